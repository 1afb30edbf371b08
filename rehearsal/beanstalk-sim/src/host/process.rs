//! One process of an application: started, watched, restarted, and ended together with its children.

use std::io::{self, PipeReader};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::unix::pipe;
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use super::log::{InstanceLog, LONGEST_LINE};
use super::procfile::Line;
use super::surroundings::Surroundings;
use crate::clock::pause;

/// Replaces the shell with a command, and starts a watcher that kills the process group when its pipe closes. The
/// simulator holds the other end, so even a killed simulator leaves no processes.
///
/// The watcher belongs to the group, so the group's number is not reused while it lives. It is not a child of the
/// command, which may count its children.
const WATCHED: &str = r#"
( { trap '' HUP INT TERM; cd /; read -r nothing <&3; kill -s KILL 0; } >/dev/null 2>&1 & ) 3<&0
exec /bin/sh -c "$0" </dev/null
"#;

/// The time that a process gets to terminate.
const GRACE: Duration = Duration::from_secs(5);
/// The time for the rest of the output of an ended process. A program that left its group may keep the pipe open.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// The shortest and longest pause before a restart. Pauses double until a process runs as long as the longest.
const SHORTEST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// A process that ended unexpectedly and is not restarted yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ended {
    /// The name of the process in the `Procfile`.
    pub(crate) process: String,
    /// The exit status or signal, as text.
    pub(crate) how: String,
    /// The number of earlier restarts.
    pub(crate) restarts: u32,
}

/// A process that is kept running. Dropping it kills it.
#[derive(Debug)]
pub(super) struct Process {
    name: String,
    state: watch::Receiver<State>,
    /// The sender of orders. Dropping it is the order to kill.
    orders: watch::Sender<Order>,
}

#[derive(Debug, Clone, Default)]
struct State {
    /// The ID of the current process, or of the last one.
    id: u32,
    /// The way the process ended; `None` while it runs.
    ended: Option<End>,
    restarts: u32,
}

/// The end of a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct End {
    /// Whether the exit status is 0.
    pub(super) succeeded: bool,
    /// The exit status or signal, as text.
    pub(super) how: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    /// The process is not restarted.
    RunOnce,
    /// The process is restarted when it ends.
    Keep,
    /// The process is terminated, and killed if it remains.
    Stop,
}

/// A running command with its children.
#[derive(Debug)]
struct Running {
    child: Child,
    id: u32,
    group: Pid,
    /// The pipe of the watcher, which kills the group when it closes.
    _watched: Option<ChildStdin>,
    output: JoinHandle<()>,
}

/// The data to start a command repeatedly.
struct Plan {
    line: Line,
    surroundings: Surroundings,
    log: Arc<InstanceLog>,
}

impl Process {
    /// Starts a process. It is not restarted before [`keep`](Self::keep).
    pub(super) fn start(
        line: Line,
        surroundings: Surroundings,
        log: Arc<InstanceLog>,
    ) -> io::Result<Self> {
        let name = line.name.clone();
        let plan = Plan { line, surroundings, log };
        let running = plan.start()?;
        let (sender, state) = watch::channel(State { id: running.id, ..State::default() });
        let (orders, receiver) = watch::channel(Order::RunOnce);
        tokio::spawn(plan.keep_running(running, sender, receiver));
        Ok(Self { name, state, orders })
    }

    /// Restarts the process from now on when it ends.
    pub(super) fn keep(&self) {
        self.orders.send_replace(Order::Keep);
    }

    /// The name of the process in the `Procfile`.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The ID of the current process, or of the last one.
    pub(super) fn id(&self) -> u32 {
        self.state.borrow().id
    }

    /// The way the process ended, if it does not run at the moment.
    pub(super) fn ended(&self) -> Option<Ended> {
        let State { ended, restarts, .. } = self.state.borrow().clone();
        Some(Ended { process: self.name.clone(), how: ended?.how, restarts })
    }

    /// Waits until the process ends. If it is kept running, this is the end of its current run.
    pub(super) async fn end(&self) -> End {
        let mut state = self.state.clone();
        let ended = state.wait_for(|state| state.ended.is_some()).await;
        let ended = ended.ok().and_then(|state| state.ended.clone());
        ended.unwrap_or_else(|| End::failed("stopped".to_owned()))
    }

    /// Terminates the process and its children, and kills them if they remain.
    pub(super) fn stop(&self) {
        self.orders.send_replace(Order::Stop);
    }

    /// Waits until a stopped process is gone.
    pub(super) async fn gone(&self) {
        self.orders.closed().await;
    }
}

impl End {
    fn failed(how: String) -> Self {
        Self { succeeded: false, how }
    }
}

impl Plan {
    fn start(&self) -> io::Result<Running> {
        let (reader, writer) = io::pipe()?;
        let surroundings = &self.surroundings;
        let mut command = Command::new("/bin/sh");
        // One pipe for both streams keeps the order of lines.
        let mut child = surroundings
            .apply(command.args(["-c", WATCHED, &self.line.command]))
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(writer.try_clone()?)
            .stderr(writer)
            .spawn()?;
        let watched = child.stdin.take();
        let id = child.id().unwrap_or_default();
        let group = i32::try_from(id).ok().and_then(Pid::from_raw);
        let group = group.ok_or_else(|| io::Error::other("the process has no number"))?;
        let output = collect(reader, (&surroundings.log_file, &self.line.name), id, &self.log)?;
        Ok(Running { child, id, group, _watched: watched, output })
    }

    /// Runs the process until the order to stop.
    async fn keep_running(
        self,
        mut running: Running,
        state: watch::Sender<State>,
        mut orders: watch::Receiver<Order>,
    ) {
        let mut wait = SHORTEST_PAUSE;
        loop {
            let started = Instant::now();
            let Some(end) = running.end(&mut orders).await else { return };
            let how = end.how.clone();
            state.send_modify(|state| state.ended = Some(end));
            if started.elapsed() >= LONGEST_PAUSE {
                wait = SHORTEST_PAUSE;
            }
            let name = &self.line.name;
            running = match self.start_again(&mut wait, &state, &mut orders).await {
                Some(running) => running,
                None => return,
            };
            self.log.engine("WARN", &format!("{name} has ended ({how}) and is restarted"));
        }
    }

    /// Starts the process after a pause; `None` if the order to stop comes first.
    async fn start_again(
        &self,
        wait: &mut Duration,
        state: &watch::Sender<State>,
        orders: &mut watch::Receiver<Order>,
    ) -> Option<Running> {
        orders.wait_for(|order| *order != Order::RunOnce).await.ok()?;
        loop {
            tokio::select! {
                _ = stopped(orders) => return None,
                () = pause(*wait) => {}
            }
            *wait = (*wait * 2).min(LONGEST_PAUSE);
            match self.start() {
                Ok(running) => {
                    state.send_modify(|state| state.restarted(running.id));
                    return Some(running);
                }
                Err(error) => state.send_modify(|state| {
                    state.ended = Some(End::failed(format!("not restarted: {error}")));
                }),
            }
        }
    }
}

impl State {
    fn restarted(&mut self, id: u32) {
        *self = Self { id, ended: None, restarts: self.restarts.saturating_add(1) };
    }
}

impl Running {
    /// Waits for the end of the process. After an order to stop, terminates it and returns `None`.
    async fn end(&mut self, orders: &mut watch::Receiver<Order>) -> Option<End> {
        let status = tokio::select! {
            status = self.child.wait() => status,
            order = stopped(orders) => {
                if order.is_ok() {
                    self.signal(Signal::TERM);
                    // The group is killed in any case.
                    let _ = timeout(GRACE, self.child.wait()).await;
                }
                self.clean_up().await;
                return None;
            }
        };
        self.clean_up().await;
        Some(match status {
            Ok(status) => End { succeeded: status.success(), how: status.to_string() },
            Err(error) => End::failed(error.to_string()),
        })
    }

    /// Kills the rest of the group, and waits for the last lines of output.
    async fn clean_up(&mut self) {
        self.signal(Signal::KILL);
        // On a failure there is nothing to wait for.
        let _ = timeout(GRACE, self.child.wait()).await;
        let _ = timeout(LAST_WORDS, &mut self.output).await;
    }

    /// Sends a signal to the group. The watcher is in it, so the number is not reused.
    fn signal(&self, signal: Signal) {
        // A missing group needs no signal.
        let _ = kill_process_group(self.group, signal);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The watcher does the same when its pipe closes.
        self.output.abort();
    }
}

/// Waits for the order to stop. An error means that the sender was dropped.
async fn stopped(orders: &mut watch::Receiver<Order>) -> Result<(), watch::error::RecvError> {
    orders.wait_for(|order| *order == Order::Stop).await.map(drop)
}

fn collect(
    reader: PipeReader,
    (file, process): (&str, &str),
    id: u32,
    log: &Arc<InstanceLog>,
) -> io::Result<JoinHandle<()>> {
    let reader = pipe::Receiver::from_owned_fd(reader.into())?;
    let (file, process, log) = (file.to_owned(), process.to_owned(), Arc::clone(log));
    Ok(tokio::spawn(async move {
        let mut reader = BufReader::new(reader);
        let mut line = Vec::new();
        while let Ok(1..) =
            (&mut reader).take(LONGEST_LINE as u64).read_until(b'\n', &mut line).await
        {
            log.output(&file, &process, id, String::from_utf8_lossy(&line).trim_end());
            line.clear();
        }
    }))
}
