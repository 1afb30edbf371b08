//! The tails of the logs of instances, which often show why a version does not run.

use jiff::Timestamp;
use secrecy::SecretString;

/// The tails of the logs of one instance.
#[derive(Clone, Debug)]
pub struct LogTail {
    /// The instance.
    pub instance: String,
    /// The time at which it sent them.
    pub time: Timestamp,
    /// Their presigned URL: whoever has it can read them for a while.
    pub url: SecretString,
}

/// The lines of each log that are kept.
const LINES: usize = 8;

/// The longest line that is kept whole, in characters.
const LONGEST_LINE: usize = 300;

/// Words of lines that are hidden, since an application may log secrets.
const PRIVATE: [&str; 17] = [
    "password",
    "passwd",
    "pwd",
    "secret",
    "api_key",
    "api-key",
    "apikey",
    "access_key",
    "akia",
    "authorization",
    "bearer",
    "credential",
    "cookie",
    "session",
    "signature",
    "token=",
    "token:",
];

/// The last lines of the logs of deployments and of the application in `tail`, where each log has its file name between
/// two rules of dashes. Each line begins with the name of its log.
pub fn excerpt(tail: &str) -> Vec<String> {
    let lines: Vec<_> = tail.lines().collect();
    let mut logs: Vec<(&str, Vec<&str>)> = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        if is_rule(lines[at]) && lines.get(at + 2).is_some_and(|line| is_rule(line)) {
            logs.push((lines[at + 1].trim(), Vec::new()));
            at += 3;
            continue;
        }
        if let Some((_, log)) = logs.last_mut()
            && !lines[at].trim().is_empty()
        {
            log.push(lines[at]);
        }
        at += 1;
    }
    let relevant = logs.iter().filter(|(name, log)| is_relevant(name) && !log.is_empty());
    let lines = relevant.flat_map(|(name, log)| {
        let name = name.rsplit('/').next().unwrap_or(name).to_owned();
        let last = log.iter().skip(log.len().saturating_sub(LINES));
        last.map(move |line| format!("{name}: {}", shown(line)))
    });
    lines.collect()
}

fn is_rule(line: &str) -> bool {
    let line = line.trim();
    line.len() >= 5 && line.chars().all(|letter| letter == '-')
}

// Access logs and the error logs of web servers have the requests of users, so they are left out.
fn is_relevant(name: &str) -> bool {
    let ends =
        ["eb-engine.log", "stdout.log", "stderr.log", "stdouterr.log", "catalina.out", "puma.log"];
    ends.iter().any(|end| name.ends_with(end))
}

fn shown(line: &&str) -> String {
    let lower = line.to_lowercase();
    // As in `postgres://shop:hunter2@db/shop`, which applications print when they cannot start.
    let address = lower.split_once("://").is_some_and(|(_, rest)| {
        rest.split(['/', ' ', '"']).next().is_some_and(|authority| authority.contains('@'))
    });
    if address || PRIVATE.iter().any(|word| lower.contains(word)) {
        return "(hidden)".to_owned();
    }
    line.trim().chars().take(LONGEST_LINE).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAIL: &str = "\
----------------------------------------
/var/log/nginx/access.log
----------------------------------------
1.2.3.4 GET /
----------------------------------------
/var/log/eb-engine.log
----------------------------------------
2026/01/02 [INFO] Executing instruction: StageApplication

2026/01/02 [ERROR] An error occurred
-----------------------
/var/log/web.stdout.log
-----------------------
db password=hunter2
no such module: shop
";

    #[test]
    fn an_excerpt_has_the_last_lines_of_engine_and_application() {
        let expected = [
            "eb-engine.log: 2026/01/02 [INFO] Executing instruction: StageApplication",
            "eb-engine.log: 2026/01/02 [ERROR] An error occurred",
            "web.stdout.log: (hidden)",
            "web.stdout.log: no such module: shop",
        ];
        assert_eq!(excerpt(TAIL), expected);
    }

    #[test]
    fn a_line_that_may_hold_a_secret_is_hidden_and_a_parser_error_is_not() {
        for line in [
            "cannot connect to postgres://shop:hunter2@db/shop",
            "api_key=abc",
            "X-Amz-Signature=abc",
            "Cookie: a=b",
            "AKIAIOSFODNN7EXAMPLE",
            "token: abc",
        ] {
            assert_eq!(shown(&line), "(hidden)", "{line}");
        }
        for line in ["SyntaxError: Unexpected token }", "GET http://localhost/a@b failed"] {
            assert_eq!(shown(&line), line);
        }
    }

    #[test]
    fn an_excerpt_is_short_and_empty_for_a_text_that_is_no_tail() {
        let rule = "-".repeat(10);
        let lines: Vec<_> = (0..100).map(|line| format!("line {line}")).collect();
        let lines =
            excerpt(&format!("{rule}\n/var/log/web.stdout.log\n{rule}\n{}", lines.join("\n")));
        let (first, last) = (lines.first().map(String::as_str), lines.last().map(String::as_str));
        assert_eq!(first, Some("web.stdout.log: line 92"));
        assert_eq!(last, Some("web.stdout.log: line 99"));
        for odd in ["", "----------\n", "no headings", "----------\nname\nno second rule"] {
            assert!(excerpt(odd).is_empty(), "{odd}");
        }
    }
}
