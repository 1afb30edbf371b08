//! One process of an application: started, watched, restarted, and ended together with its children.

use std::collections::BTreeMap;
use std::env;
use std::io::{self, PipeReader};
use std::path::PathBuf;
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
use crate::clock::pause;

/// Starts a command in place of the shell, and beside it a watcher, which kills the whole process group when its
/// pipe closes: the other end is the simulator's, so that not even a simulator that is killed leaves processes behind.
///
/// The watcher belongs to the group, so that the group's number is not given to others while it lives; it is no child
/// of the command, which may count its children.
const WATCHED: &str = r#"
( { trap '' HUP INT TERM; cd /; read -r nothing <&3; kill -s KILL 0; } >/dev/null 2>&1 & ) 3<&0
exec /bin/sh -c "$0" </dev/null
"#;

/// How long a process may take to end when it is asked to.
const GRACE: Duration = Duration::from_secs(5);
/// How long output is waited for when a process has ended; something that left its group may keep the pipe open.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// The waits between an end and a restart, which double until the process has run for as long as the longest.
const SHORTEST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// What a process has around it.
#[derive(Debug, Clone)]
pub(super) struct Surroundings {
    /// Where it starts.
    pub(super) working_folder: PathBuf,
    /// Where it may leave things for a while.
    pub(super) temporary_folder: PathBuf,
    /// Where it is expected to listen.
    pub(super) port: u16,
    /// The environment's properties.
    pub(super) variables: BTreeMap<String, String>,
}

/// A process that has ended by itself and is not back yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ended {
    /// The name in the `Procfile`.
    pub(crate) process: String,
    /// Exit status or signal, in words.
    pub(crate) how: String,
    /// How many times it has been started anew before.
    pub(crate) restarts: u32,
}

/// A process line that is kept running; dropping it kills whatever runs.
#[derive(Debug)]
pub(super) struct Process {
    name: String,
    state: watch::Receiver<State>,
    /// Dropping the sender is an order too: to kill.
    orders: watch::Sender<Order>,
}

#[derive(Debug, Clone, Default)]
struct State {
    /// The number of the process that runs, or ran last.
    id: u32,
    /// How the process ended; `None` while it runs.
    ended: Option<String>,
    restarts: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    /// An end of the process is the end of it all.
    RunOnce,
    /// A process that ends is started again.
    Keep,
    /// Ask it to end, and see to it that it does.
    Stop,
}

/// A command that runs, with everything that it started.
#[derive(Debug)]
struct Running {
    child: Child,
    id: u32,
    group: Pid,
    /// When this closes, the watcher kills the group.
    _watched: Option<ChildStdin>,
    output: JoinHandle<()>,
}

/// What is needed to start a command, again and again.
struct Plan {
    line: Line,
    surroundings: Surroundings,
    log: Arc<InstanceLog>,
}

impl Process {
    /// Starts a process; it is not restarted before [`keep`](Self::keep).
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

    /// From now on the process is restarted when it ends.
    pub(super) fn keep(&self) {
        self.orders.send_replace(Order::Keep);
    }

    /// What it is called in the `Procfile`.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The number of the process that runs, or ran last.
    pub(super) fn id(&self) -> u32 {
        self.state.borrow().id
    }

    /// How the process ended, if it does not run at the moment.
    pub(super) fn ended(&self) -> Option<Ended> {
        let State { ended, restarts, .. } = self.state.borrow().clone();
        Some(Ended { process: self.name.clone(), how: ended?, restarts })
    }

    /// Asks the process and its children to end; they are killed when they do not.
    pub(super) fn stop(&self) {
        self.orders.send_replace(Order::Stop);
    }

    /// Waits until a process that was asked to end is gone.
    pub(super) async fn gone(&self) {
        self.orders.closed().await;
    }
}

impl Plan {
    fn start(&self) -> io::Result<Running> {
        let (reader, writer) = io::pipe()?;
        let Surroundings { working_folder, temporary_folder, port, variables } = &self.surroundings;
        // One pipe for both keeps the lines in their order.
        let mut child = Command::new("/bin/sh")
            .args(["-c", WATCHED, &self.line.command])
            .current_dir(working_folder)
            .env_clear()
            .env("PATH", path())
            .env("LANG", "C.UTF-8")
            .env("HOME", working_folder)
            .env("TMPDIR", temporary_folder)
            .envs(variables)
            .env("PORT", port.to_string())
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(writer.try_clone()?)
            .stderr(writer)
            .spawn()?;
        let watched = child.stdin.take();
        let id = child.id().unwrap_or_default();
        let group = i32::try_from(id).ok().and_then(Pid::from_raw);
        let group = group.ok_or_else(|| io::Error::other("the process has no number"))?;
        let output = collect(reader, &self.line.name, id, &self.log)?;
        Ok(Running { child, id, group, _watched: watched, output })
    }

    /// Runs until it is told to stop.
    async fn keep_running(
        self,
        mut running: Running,
        state: watch::Sender<State>,
        mut orders: watch::Receiver<Order>,
    ) {
        let mut wait = SHORTEST_PAUSE;
        loop {
            let started = Instant::now();
            let Some(how) = running.end(&mut orders).await else { return };
            state.send_modify(|state| state.ended = Some(how.clone()));
            if started.elapsed() >= LONGEST_PAUSE {
                wait = SHORTEST_PAUSE;
            }
            let name = &self.line.name;
            running = match self.start_again(&mut wait, &state, &mut orders).await {
                Some(running) => running,
                None => return,
            };
            self.log.engine("WARN", &format!("{name} has ended ({how}) and is started anew"));
        }
    }

    /// Starts the process as soon as that is wanted and a pause is over; nothing when it is to stop instead.
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
                    state.ended = Some(format!("not started anew: {error}"));
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
    /// Waits for the end, or brings it about when that is wanted, and then there is nothing to tell.
    async fn end(&mut self, orders: &mut watch::Receiver<Order>) -> Option<String> {
        let status = tokio::select! {
            status = self.child.wait() => status,
            order = stopped(orders) => {
                if order.is_ok() {
                    self.signal(Signal::TERM);
                    // One that does not end in time is killed like one that does.
                    let _ = timeout(GRACE, self.child.wait()).await;
                }
                self.clean_up().await;
                return None;
            }
        };
        self.clean_up().await;
        Some(status.map_or_else(|error| error.to_string(), |status| status.to_string()))
    }

    /// Kills what is left of the group, and waits for the last lines of output.
    async fn clean_up(&mut self) {
        self.signal(Signal::KILL);
        // A failure says that there is nothing to wait for.
        let _ = timeout(GRACE, self.child.wait()).await;
        let _ = timeout(LAST_WORDS, &mut self.output).await;
    }

    /// Tells the whole group. The watcher is in it, so the number cannot be another group's by now.
    fn signal(&self, signal: Signal) {
        // A group that is gone needs no signal.
        let _ = kill_process_group(self.group, signal);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The watcher does the same as soon as its pipe is closed, and once it has nothing is left to do.
        self.output.abort();
    }
}

/// Waits for the order to stop; an error says that nobody can give orders any more.
async fn stopped(orders: &mut watch::Receiver<Order>) -> Result<(), watch::error::RecvError> {
    orders.wait_for(|order| *order == Order::Stop).await.map(drop)
}

/// Where programs are found; the only thing that a process has from the simulator.
fn path() -> std::ffi::OsString {
    env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into())
}

fn collect(
    reader: PipeReader,
    process: &str,
    id: u32,
    log: &Arc<InstanceLog>,
) -> io::Result<JoinHandle<()>> {
    let reader = pipe::Receiver::from_owned_fd(reader.into())?;
    let (process, log) = (process.to_owned(), Arc::clone(log));
    Ok(tokio::spawn(async move {
        let mut reader = BufReader::new(reader);
        let mut line = Vec::new();
        while let Ok(1..) =
            (&mut reader).take(LONGEST_LINE as u64).read_until(b'\n', &mut line).await
        {
            log.output(&process, id, String::from_utf8_lossy(&line).trim_end());
            line.clear();
        }
    }))
}
