//! A process that is measured: its CPU time and its memory.

use std::{collections::BTreeMap, fs, path::Path, process::Stdio, time::Duration};

use tokio::process::{Child, Command};

use crate::Result;

/// How often to look whether a process has come to rest, and how often at most. The time of a thread
/// that runs is brought up to date every 4 ms only.
const TICK: Duration = Duration::from_millis(5);
const MOST_TICKS: usize = 100;

/// A process that ends with this value.
#[derive(Debug)]
pub(crate) struct Process {
    // Dropping it kills it.
    child: Child,
    id: u32,
}

impl Process {
    /// Starts `binary`, which sees `environment` and nothing else.
    pub(crate) fn start(binary: &Path, environment: &BTreeMap<&str, String>) -> Result<Self> {
        let child = Command::new(binary)
            .env_clear()
            .envs(environment)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let id = child.id().ok_or("the function ended at once")?;
        Ok(Self { child, id })
    }

    /// The CPU time of all its threads since its start, in milliseconds, once it does nothing any more.
    pub(crate) async fn cpu_at_rest(&self) -> Result<f64> {
        let mut ticks = tokio::time::interval(TICK);
        let mut before = None;
        for _ in 0..MOST_TICKS {
            ticks.tick().await;
            let now = self.cpu()?;
            if before == Some(now) {
                break;
            }
            before = Some(now);
        }
        Ok(before.map_or(0.0, |time| time.as_secs_f64() * 1000.0))
    }

    // `stat` counts in ticks of 10 ms, longer than most functions run; the scheduler counts nanoseconds.
    fn cpu(&self) -> Result<Duration> {
        let mut nanoseconds = 0_u64;
        for task in fs::read_dir(format!("/proc/{}/task", self.id))? {
            // A thread that has just ended has nothing to tell.
            let text = fs::read_to_string(task?.path().join("schedstat")).unwrap_or_default();
            nanoseconds += text.split(' ').next().and_then(|it| it.parse().ok()).unwrap_or(0);
        }
        Ok(Duration::from_nanos(nanoseconds))
    }

    /// The most memory that it ever had, in megabytes.
    pub(crate) fn most_memory(&self) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
        let kilobytes: f64 = kilobytes.ok_or("the function has ended")?.trim().parse()?;
        Ok(kilobytes / 1024.0)
    }

    /// Ends it and waits for that.
    pub(crate) async fn stop(mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }
}
