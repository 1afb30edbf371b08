//! Excerpts of the tails of logs.

use super::*;

const RULE: &str = "----------------------------------------";

fn since() -> Timestamp {
    "2026-01-02T03:04:05.900Z".parse().unwrap()
}

fn tail(name: &str, lines: &str) -> String {
    format!("{RULE}\n/var/log/{name}\n{RULE}\n{lines}\n")
}

#[test]
fn an_excerpt_has_the_lines_of_engine_and_application() {
    let tail = [
        tail(
            "nginx/access.log",
            "1.2.3.4 - - [02/Jan/2026:03:04:06 +0000] \"GET / HTTP/1.1\" 502 0",
        ),
        tail(
            "eb-engine.log",
            "2026/01/02 03:04:06.1 [INFO] Staging\n\n2026/01/02 03:04:07.2 [ERROR] An error occurred",
        ),
        tail(
            "web.stdout.log",
            "Jan  2 03:04:08 ip web[1]: db password=hunter2\nno such module: shop",
        ),
    ];
    let expected = [
        "eb-engine.log: 2026/01/02 03:04:06.1 [INFO] Staging",
        "eb-engine.log: 2026/01/02 03:04:07.2 [ERROR] An error occurred",
        "web.stdout.log: Jan  2 03:04:08 ip web[1]: db password=[masked]",
        "web.stdout.log: no such module: shop",
    ];
    assert_eq!(excerpt(&tail.concat(), since()), expected);
}

#[test]
fn lines_of_an_earlier_deployment_are_left_out_with_their_stack_traces() {
    let lines = "    at the end of an older trace\n\
        2026-01-02 02:00:00,000 ERROR no such table: orders\n    at old.js:1\n\
        2026-01-02 03:04:05,100 ERROR no such module: shop\n    at new.js:1";
    let expected = [
        "web.stdout.log: 2026-01-02 03:04:05,100 ERROR no such module: shop",
        "web.stdout.log: at new.js:1",
    ];
    assert_eq!(excerpt(&tail("web.stdout.log", lines), since()), expected);
    let old = "2026-01-02 02:00:00,000 ERROR no such table: orders\n    at old.js:1";
    assert!(excerpt(&tail("web.stdout.log", old), since()).is_empty());
}

#[test]
fn a_log_without_times_says_that_they_are_unknown() {
    let both = tail("eb-engine.log", "2026/01/01 01:01:01.0 [ERROR] old")
        + &tail("puma.log", "new or old?");
    assert_eq!(excerpt(&both, since()), ["puma.log (time unknown): new or old?"]);
}

#[test]
fn a_key_that_begins_in_an_older_line_is_masked() {
    let key = "2026-01-02 02:00:00,000 -----BEGIN RSA PRIVATE KEY-----\n\
        2026-01-02 03:04:06,000 MIIEowIBAAKCAQEA\n\
        2026-01-02 03:04:06,000 kQ==\n\
        2026-01-02 03:04:06,000 -----END RSA PRIVATE KEY-----\n\
        2026-01-02 03:04:07,000 ready";
    let masked = "web.stdout.log: [masked]";
    let expected = [masked, masked, masked, "web.stdout.log: 2026-01-02 03:04:07,000 ready"];
    assert_eq!(excerpt(&tail("web.stdout.log", key), since()), expected);
}

#[test]
fn an_excerpt_is_short_and_empty_for_a_text_that_is_no_tail() {
    let lines: Vec<_> =
        (0..100).map(|line| format!("line {line} {}", "x y ".repeat(200))).collect();
    let lines = excerpt(&tail("web.stdout.log", &lines.join("\n")), since());
    let name = "web.stdout.log (time unknown): ";
    assert_eq!((lines.len(), lines[0].chars().count()), (8, name.len() + LONGEST_LINE));
    assert!(lines[0].starts_with(&format!("{name}line 92")), "{lines:?}");
    for odd in ["", "----------\n", "no headings", "----------\nname\nno second rule"] {
        assert!(excerpt(odd, since()).is_empty(), "{odd}");
    }
}
