//! The periodic tasks of a worker: `cron.yaml` (developer guide, "Periodic tasks").

mod schedule;

use std::fs;
use std::path::Path;

use jiff::Timestamp;
use serde::Deserialize;

use self::schedule::Schedule;

/// The name of the file.
pub(super) const FILE: &str = "cron.yaml";
/// The only version of its format.
const VERSION: u32 = 1;

/// A periodic task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Task {
    pub(crate) name: String,
    /// The path to which the daemon posts.
    pub(crate) path: String,
    schedule: Schedule,
}

#[derive(Debug, Deserialize)]
struct Document {
    version: u32,
    cron: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
struct Entry {
    name: String,
    url: String,
    schedule: String,
}

impl Task {
    /// The tasks of a bundle. The error says what is wrong with the file.
    pub(super) fn read_all(bundle: &Path) -> Result<Vec<Self>, String> {
        let file = bundle.join(FILE);
        if !file.is_file() {
            return Ok(Vec::new());
        }
        let text = fs::read_to_string(file).map_err(|error| error.to_string())?;
        Self::parse(&text)
    }

    fn parse(text: &str) -> Result<Vec<Self>, String> {
        let document: Document = serde_saphyr::from_str(text)
            .map_err(|error| error.to_string().lines().next().unwrap_or_default().to_owned())?;
        if document.version != VERSION {
            return Err(format!("version {} is not {VERSION}", document.version));
        }
        let mut tasks: Vec<Self> = Vec::new();
        for Entry { name, url, schedule } in document.cron {
            if tasks.iter().any(|task| task.name == name) {
                return Err(format!("two tasks have the name `{name}`"));
            }
            let schedule = Schedule::parse(&schedule)
                .ok_or_else(|| format!("`{schedule}` of task `{name}` is no CRON expression"))?;
            tasks.push(Self { name, path: format!("/{}", url.trim_start_matches('/')), schedule });
        }
        Ok(tasks)
    }

    /// Whether the task is due in the minute of a date, in UTC.
    pub(crate) fn is_due(&self, date: Timestamp) -> bool {
        self.schedule.contains(date)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_have_a_name_a_path_and_a_schedule() {
        let text = "version: 1\ncron:\n - name: backup\n   url: /backup\n   schedule: \"0 */12 * * *\"\n - name: audit\n   url: \"audit?all\"\n   schedule: \"0 23 * * 1\"\n";
        let tasks = Task::parse(text).unwrap();
        let paths: Vec<_> = tasks.iter().map(|task| task.path.as_str()).collect();
        assert_eq!(paths, ["/backup", "/audit?all"]);
        assert!(tasks[0].is_due("2026-11-30T12:00:59Z".parse().unwrap()));
        assert!(!tasks[0].is_due("2026-11-30T12:01:00Z".parse().unwrap()));
    }

    #[test]
    fn a_bad_file_is_explained() {
        let task = |name: &str, schedule: &str| {
            format!(" - name: {name}\n   url: /x\n   schedule: \"{schedule}\"\n")
        };
        let refuse = |text: String| Task::parse(&text).unwrap_err();
        assert_eq!(refuse("version: 2\ncron: []".to_owned()), "version 2 is not 1");
        let twice =
            format!("version: 1\ncron:\n{}{}", task("a", "* * * * *"), task("a", "* * * * *"));
        assert_eq!(refuse(twice), "two tasks have the name `a`");
        let bad = format!("version: 1\ncron:\n{}", task("a", "61 * * * *"));
        assert_eq!(refuse(bad), "`61 * * * *` of task `a` is no CRON expression");
        assert!(refuse("cron".to_owned()).lines().count() == 1);
    }
}
