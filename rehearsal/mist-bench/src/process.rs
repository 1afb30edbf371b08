//! A process that is measured: its CPU time and its memory.

use std::{collections::BTreeMap, fs, net::SocketAddr, path::Path, process::Stdio, time::Duration};

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

use crate::error::Result;

/// The pause between two checks whether a process is at rest, and the number of checks. The CPU time of a running
/// thread is updated every 4 ms only.
const TICK: Duration = Duration::from_millis(5);
const MOST_TICKS: usize = 100;

/// The core for a pinned process.
pub(crate) const FIRST_CORE: usize = 0;
/// The number of ticks of `/proc/ID/stat` in a second, which is the same on every Linux.
const STAT_TICKS: u32 = 100;

/// A process that ends with this value.
#[derive(Debug)]
pub(crate) struct Process {
    // Dropping it kills it.
    child: Child,
    id: u32,
}

impl Process {
    /// Starts `binary` with only the variables in `environment`.
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

    /// Starts `binary`, whose first line of output has its address; `alone` pins it to one core.
    pub(crate) async fn serve(
        binary: &Path,
        arguments: &[&str],
        alone: bool,
    ) -> Result<(Self, SocketAddr)> {
        let mut command = Command::new(binary);
        command.args(arguments).env_clear().env("RUST_LOG", "warn").kill_on_drop(true);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = if alone { on_first_core(&mut command)? } else { command.spawn()? };
        let id = child.id().ok_or("the server ended at once")?;
        let stdout = child.stdout.as_mut().ok_or("the server has no output")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).await?;
        let (_, address) = line.trim().split_once("http://").ok_or("the server did not start")?;
        Ok((Self { child, id }, address.parse()?))
    }

    /// The CPU time of all its threads since its start, in milliseconds, once it is idle.
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
            // A thread that has just ended has no statistics.
            let text = fs::read_to_string(task?.path().join("schedstat")).unwrap_or_default();
            nanoseconds += text.split(' ').next().and_then(|it| it.parse().ok()).unwrap_or(0);
        }
        Ok(Duration::from_nanos(nanoseconds))
    }

    /// The CPU time since its start, including ended threads, with a resolution of 10 ms.
    pub(crate) fn whole_cpu(&self) -> Result<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.id))?;
        // The fields follow the name, which may contain any character.
        let (_, fields) = stat.rsplit_once(')').ok_or("the process has no statistics")?;
        let times = fields.split_whitespace().skip(11).take(2).map(str::parse::<u32>);
        let ticks: u32 = times.sum::<Result<_, _>>()?;
        Ok(Duration::from_secs(1) * ticks / STAT_TICKS)
    }

    /// The current memory, in megabytes.
    pub(crate) fn memory(&self) -> Result<f64> {
        self.status("VmRSS:")
    }

    /// The peak memory, in megabytes.
    pub(crate) fn most_memory(&self) -> Result<f64> {
        self.status("VmHWM:")
    }

    fn status(&self, name: &str) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id))?;
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
        let kilobytes: f64 = kilobytes.ok_or("the process has ended")?.trim().parse()?;
        Ok(kilobytes / 1024.0)
    }

    /// Ends the process and waits for its end.
    pub(crate) async fn stop(mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }
}

/// Starts a process whose threads all run on the first core. This thread does so meanwhile.
fn on_first_core(command: &mut Command) -> Result<Child> {
    let before = sched_getaffinity(None)?;
    let mut first = CpuSet::new();
    first.set(FIRST_CORE);
    sched_setaffinity(None, &first)?;
    let child = command.spawn();
    sched_setaffinity(None, &before)?;
    Ok(child?)
}

/// Keeps this thread off the first core, if there are others.
pub(crate) fn leave_first_core() -> Result<()> {
    let mut cores = sched_getaffinity(None)?;
    if cores.count() > 1 {
        cores.unset(FIRST_CORE);
        sched_setaffinity(None, &cores)?;
    }
    Ok(())
}
