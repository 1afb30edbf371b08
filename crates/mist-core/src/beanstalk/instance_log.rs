//! The tails of the logs of instances, which often show why a version does not run.

mod line_time;
mod masking;

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

/// The last lines, not older than `since`, of the logs of deployments and of the application in `tail`, where each log
/// has its file name between two rules of dashes. Each line begins with the name of its log, and its secrets are masked.
///
/// A line without a time belongs to the last one before it with a time. If no line of a log has a time, they may be of
/// an earlier deployment, and the name of the log says so.
pub fn excerpt(tail: &str, since: Timestamp) -> Vec<String> {
    let logs = logs(tail);
    let relevant = logs.iter().filter(|(name, _)| is_relevant(name));
    let lines = relevant.flat_map(|(name, log)| {
        let name = name.rsplit('/').next().unwrap_or(name);
        let window = window(log, since);
        let unknown = if window.is_none() { " (time unknown)" } else { "" };
        let is_kept = |at: &usize| window.as_ref().is_none_or(|window| window[*at]);
        let kept: Vec<_> = (0..log.len()).filter(is_kept).collect();
        let last = masking::mask(log, &kept[kept.len().saturating_sub(LINES)..]);
        last.into_iter().map(move |line| format!("{name}{unknown}: {}", shorten(&line)))
    });
    lines.collect()
}

/// The logs in `tail`: their names, and their lines that are not blank.
fn logs(tail: &str) -> Vec<(&str, Vec<&str>)> {
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
    logs
}

/// Whether each line is not older than `since`; `None` if no line has a time. Logs may have times in whole seconds.
fn window(log: &[&str], since: Timestamp) -> Option<Vec<bool>> {
    let times: Vec<_> = log.iter().map(|line| line_time::of(line, since)).collect();
    times.iter().any(Option::is_some).then(|| {
        let mut last = None;
        let is_new = |time: Timestamp| time.as_second() >= since.as_second();
        let belongs = |time: Option<Timestamp>| {
            last = time.or(last);
            last.is_some_and(is_new)
        };
        times.into_iter().map(belongs).collect()
    })
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

fn shorten(line: &str) -> String {
    line.trim().chars().take(LONGEST_LINE).collect()
}

#[cfg(test)]
mod tests;
