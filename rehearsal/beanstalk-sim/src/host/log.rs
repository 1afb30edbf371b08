//! The logs of one instance, with the paths and formats of `eb logs`.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{Timestamp, Zoned, tz::TimeZone};

use super::checks::Checks;
use super::procfile::WEB;

/// The most bytes of each file. The oldest lines are dropped first.
const KEPT: usize = 1024 * 1024;
/// The longest line in bytes, as in rsyslog. A longer one is split.
pub(super) const LONGEST_LINE: usize = 8 * 1024;

/// The log of the platform.
pub(super) const ENGINE: &str = "eb-engine.log";
const DAEMON: &str = "aws-sqsd/default.log";
const RULE: &str = "----------------------------------------";
/// The host name of the instance in its logs.
const HOST: &str = "ip-127-0-0-1";

/// The logs of one instance over its whole life: `eb-engine.log`, and the output of each process.
#[derive(Debug, Default)]
pub(crate) struct InstanceLog {
    files: Mutex<BTreeMap<String, File>>,
    /// The recent requests, which decide the lines that are left out.
    pub(super) checks: Checks,
}

#[derive(Debug, Default)]
struct File {
    lines: VecDeque<String>,
    bytes: usize,
}

/// The time of a line. The clock of an instance is in UTC.
fn now() -> Zoned {
    Timestamp::now().to_zoned(TimeZone::UTC)
}

impl InstanceLog {
    /// Empty logs.
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Adds a line to `eb-engine.log`. The level is in upper case, such as `INFO`.
    pub(crate) fn engine(&self, level: &str, message: &str) {
        let time = now().strftime("%Y/%m/%d %H:%M:%S%.6f");
        self.add(ENGINE, format!("{time} [{level}] {message}"));
    }

    /// Adds a line to the log of the daemon of the worker tier.
    pub(crate) fn daemon(&self, message: &str) {
        let time = now().strftime("%Y-%m-%dT%H:%M:%SZ");
        self.add(DAEMON, format!("{time} message: {message}"));
    }

    /// Adds a line of output to a log file, unless it only reports a health check.
    pub(super) fn output(&self, file: &str, process: &str, id: u32, line: &str) {
        if process == WEB && self.checks.explain(line) {
            return;
        }
        let time = now().strftime("%b %e %H:%M:%S");
        self.add(file, format!("{time} {HOST} {process}[{id}]: {line}"));
    }

    /// The last lines of one run of a process in a log file, without their dates.
    pub(super) fn last_words(&self, file: &str, process: &str, id: u32, lines: usize) -> String {
        let mark = format!(" {process}[{id}]: ");
        let files = self.lock();
        let all = files.get(file).map(|file| &file.lines);
        let written = all.into_iter().flatten().rev().filter_map(|line| line.split_once(&mark));
        let mut last: Vec<_> = written.map(|(_, text)| text).take(lines).collect();
        last.reverse();
        last.join("\n")
    }

    /// The last lines of each file under a heading, in the format of `eb logs`.
    pub(crate) fn tail(&self, lines: usize) -> String {
        let section =
            |(name, text): (String, String)| format!("{RULE}\n/var/log/{name}\n{RULE}\n{text}\n\n");
        self.texts(lines).into_iter().map(section).collect()
    }

    /// Every file with its kept content.
    pub(crate) fn full(&self) -> Vec<(String, String)> {
        self.texts(usize::MAX)
    }

    /// `eb-engine.log` first, then `web.stdout.log`, then the others by name.
    fn texts(&self, lines: usize) -> Vec<(String, String)> {
        let files = self.lock();
        let mut texts: Vec<_> =
            files.iter().map(|(name, file)| (name.clone(), file.tail(lines))).collect();
        drop(files);
        let web = file_of(WEB);
        texts.sort_by_key(|(name, _)| (*name != ENGINE, *name != web));
        texts
    }

    fn add(&self, file: &str, line: String) {
        self.lock().entry(file.to_owned()).or_default().add(line);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, File>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl File {
    fn add(&mut self, line: String) {
        self.bytes += line.len() + 1;
        self.lines.push_back(line);
        while self.bytes > KEPT {
            let Some(oldest) = self.lines.pop_front() else { return };
            self.bytes -= oldest.len() + 1;
        }
    }

    fn tail(&self, lines: usize) -> String {
        let skipped = self.lines.len().saturating_sub(lines);
        self.lines.iter().skip(skipped).flat_map(|line| [line.as_str(), "\n"]).collect()
    }
}

/// The log file of a process of the `Procfile`.
pub(super) fn file_of(process: &str) -> String {
    format!("{process}.stdout.log")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_has_a_heading_and_the_last_lines_of_every_file() {
        let log = InstanceLog::new();
        log.output(&file_of("cache"), "cache", 8, "warm");
        for line in ["one", "two", "three"] {
            log.output(&file_of(WEB), WEB, 7, line);
        }
        log.engine("INFO", "Starting...");
        let tail = log.tail(2);
        let places: Vec<_> = tail.lines().filter(|line| line.starts_with("/var/log/")).collect();
        assert_eq!(
            places,
            ["/var/log/eb-engine.log", "/var/log/web.stdout.log", "/var/log/cache.stdout.log"]
        );
        assert!(!tail.contains("one"), "{tail}");
        for line in
            ["[INFO] Starting...", "ip-127-0-0-1 web[7]: two", "web[7]: three", "cache[8]: warm"]
        {
            assert!(tail.contains(&format!("{line}\n")), "{tail}");
        }
    }

    #[test]
    fn the_last_lines_are_those_of_one_run() {
        let log = InstanceLog::new();
        for (id, line) in [(7, "old"), (8, "one"), (8, "two"), (8, "three")] {
            log.output(&file_of(WEB), WEB, id, line);
        }
        let file = file_of(WEB);
        assert_eq!(log.last_words(&file, WEB, 8, 2), "two\nthree");
        assert_eq!(log.last_words(&file, WEB, 9, 2), "");
        assert_eq!(log.last_words(&file_of("cache"), "cache", 8, 2), "");
    }

    #[test]
    fn the_oldest_lines_go_when_a_file_is_full() {
        let log = InstanceLog::new();
        let long = "x".repeat(1000);
        for number in 0..2_000 {
            log.engine("INFO", &format!("{number} {long}"));
        }
        let full = log.full();
        let [(name, text)] = full.as_slice() else { panic!("{} files", full.len()) };
        assert_eq!(name, "eb-engine.log");
        assert!(text.len() <= KEPT && text.len() > KEPT - 2_000, "{} bytes", text.len());
        assert!(text.contains("[INFO] 1999 ") && !text.contains("[INFO] 0 "));
    }

    #[test]
    fn lines_from_many_threads_stay_whole() {
        let log = InstanceLog::new();
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let log = &log;
                scope.spawn(move || {
                    (0..100).for_each(|_| log.output(&file_of(WEB), WEB, thread, "hello"));
                });
            }
        });
        let full = log.full();
        assert_eq!(full[0].1.lines().filter(|line| line.ends_with(": hello")).count(), 400);
    }
}
