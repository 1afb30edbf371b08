//! A source on one instance: its files, or its processes.

use std::collections::BTreeMap;
use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::http::uri::PathAndQuery;
use axum::response::Response;
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::files::Files;
use super::log::InstanceLog;
use super::ports;
use super::process::{Ended, Process, Surroundings};
use super::procfile::{self, Line, ProcfileError};
use super::proxy::Proxy;
use super::scratch::Scratch;
use super::source::Source;
use crate::clock::pause;

/// For how long processes are watched before they count as started, in real time. That `web` listens is better, but
/// some take long; whether they answer is up to the health checks.
const SETTLING: Duration = Duration::from_secs(10);
/// How often ports are tried when others are faster to listen on them.
const ATTEMPTS: usize = 3;
/// How many lines of output an error shows, as many as deployment logs have of a failed step.
const LAST_WORDS: usize = 50;
/// How long to wait between two looks at a port.
const LOOK: Duration = Duration::from_millis(20);

/// A source on one instance: its processes, or its files.
///
/// Dropping it kills the processes, and so does the end of the simulator, whatever way it ends; only a process that
/// leaves its process group survives.
#[derive(Debug)]
pub(crate) struct Application(Kind);

#[derive(Debug)]
enum Kind {
    Files(Files),
    Processes(Box<Processes>),
}

/// The processes of a `Procfile`, `web` first.
#[derive(Debug)]
struct Processes {
    log: Arc<InstanceLog>,
    proxy: Proxy,
    web: Process,
    others: Vec<Process>,
    _folder: Scratch,
}

/// Why an application does not run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    /// A process ended before `web` listened.
    #[error("process `{}` has ended ({}){}", .ended.process, .ended.how, quoted(.output))]
    Ended {
        /// Which, and how.
        ended: Ended,
        /// Its last lines of output.
        output: String,
    },
    /// The `Procfile` says nothing that could be run.
    #[error(transparent)]
    Procfile(#[from] ProcfileError),
    /// The operating system refuses to copy the files or to start a process.
    #[error("the application cannot be put in place: {0}")]
    Io(#[from] io::Error),
}

impl Application {
    /// Starts what there is to start. Files are there at once; of processes, `web` listens on its port, or all have run
    /// for a while, at most for as long as `patience`: whether they answer is up to the health checks, as it is for
    /// Beanstalk.
    ///
    /// Every process has a clean environment: `PATH`, `LANG`, `HOME` (its working folder), `TMPDIR`, the variables,
    /// and a `PORT` of its own, which no variable can override as many instances share this machine.
    pub(crate) async fn start(
        source: Arc<Source>,
        log: Arc<InstanceLog>,
        variables: &BTreeMap<String, String>,
        patience: Duration,
    ) -> Result<Self, StartError> {
        log.engine("INFO", "Executing instruction: StageApplication");
        if !source.runs_processes() {
            return Ok(Self(Kind::Files(Files(source))));
        }
        let processes = Processes::start(&source, &log, variables, patience.min(SETTLING)).await?;
        Ok(Self(Kind::Processes(Box::new(processes))))
    }

    /// Answers one request: with a file, or with what the `web` process answers.
    ///
    /// A process that takes no request is a 502, and one that does not answer in a minute is a 504. The client's
    /// address is taken from the request's `ConnectInfo<SocketAddr>` where there is one.
    pub(crate) async fn answer(&self, request: Request) -> Response {
        match &self.0 {
            Kind::Files(files) => files.answer(request).await,
            Kind::Processes(processes) => {
                let _visit = processes.log.checks.visit();
                processes.proxy.answer(request).await
            }
        }
    }

    /// Answers the status that a health check gets, as an error if it is not good; what processes say of it is left
    /// out of the log as long as checks pass.
    pub(crate) async fn check(
        &self,
        request: Request,
        is_good: impl Fn(u16) -> bool,
    ) -> Result<(), u16> {
        let judge = |answer: Response| {
            let status = answer.status().as_u16();
            if is_good(status) { Ok(()) } else { Err(status) }
        };
        match &self.0 {
            Kind::Files(files) => judge(files.answer(request).await),
            Kind::Processes(processes) => {
                let asked = request.uri().path_and_query().map_or("/", PathAndQuery::as_str);
                let check = processes.log.checks.check(asked);
                judge(processes.proxy.answer(request).await).inspect(|()| check.pass())
            }
        }
    }

    /// The processes that have ended by themselves and are not back yet; none is well.
    ///
    /// Processes are restarted as on a real instance, after pauses that grow.
    pub(crate) fn ended(&self) -> Vec<Ended> {
        match &self.0 {
            Kind::Files(_) => Vec::new(),
            Kind::Processes(processes) => processes.all().filter_map(Process::ended).collect(),
        }
    }

    /// Asks all processes to end, kills those that do not within seconds, and waits until they are gone.
    ///
    /// A second time does nothing.
    pub(crate) async fn stop(&self) {
        match &self.0 {
            Kind::Files(_) => {}
            Kind::Processes(processes) => processes.stop().await,
        }
    }
}

impl Processes {
    async fn start(
        source: &Arc<Source>,
        log: &Arc<InstanceLog>,
        variables: &BTreeMap<String, String>,
        patience: Duration,
    ) -> Result<Self, StartError> {
        let lines = procfile::parse(&source.procfile()?)?;
        for _ in 1..ATTEMPTS {
            match Self::start_once(source, &lines, log, variables, patience).await {
                Err(StartError::Ended { output, .. }) if was_too_late(&output) => {
                    log.engine("WARN", "The port is taken by now, another one is tried");
                }
                result => return result,
            }
        }
        Self::start_once(source, &lines, log, variables, patience).await
    }

    async fn start_once(
        source: &Arc<Source>,
        lines: &[Line],
        log: &Arc<InstanceLog>,
        variables: &BTreeMap<String, String>,
        patience: Duration,
    ) -> Result<Self, StartError> {
        let folder = stage(Arc::clone(source)).await?;
        let first = ports::reserve(lines.len())?;
        let mut processes = Vec::new();
        for (line, index) in lines.iter().zip(0..) {
            let surroundings = Surroundings {
                working_folder: folder.path().join(CURRENT),
                temporary_folder: folder.path().join(TEMPORARY),
                port: ports::port_of(first, index),
                variables: variables.clone(),
            };
            log.engine(
                "INFO",
                &format!("Starting process {} on port {}", line.name, surroundings.port),
            );
            processes.push(Process::start(line.clone(), surroundings, Arc::clone(log))?);
        }
        let others = processes.split_off(1);
        let web = processes.pop().ok_or(ProcfileError::NoWeb)?;
        let log = Arc::clone(log);
        let started = Self { log, proxy: Proxy::new(first), web, others, _folder: folder };
        if let Some(ended) = started.settle(first, patience).await {
            started.stop().await;
            let output = started.log.last_words(&ended.process, started.id_of(&ended), LAST_WORDS);
            return Err(StartError::Ended { ended, output });
        }
        started.all().for_each(Process::keep);
        started.log.engine("INFO", "All processes have been started");
        Ok(started)
    }

    /// Waits until `web` listens or patience is over, and answers a process that has ended instead.
    async fn settle(&self, port: u16, patience: Duration) -> Option<Ended> {
        let deadline = Instant::now() + patience;
        loop {
            // Looked at afterwards, so that one that has ended does not count as listening, whoever else does.
            let settled = listens(port).await || Instant::now() >= deadline;
            let ended = self.all().find_map(Process::ended);
            if settled || ended.is_some() {
                return ended;
            }
            pause(LOOK).await;
        }
    }

    fn id_of(&self, ended: &Ended) -> u32 {
        self.all().find(|process| process.name() == ended.process).map_or(0, Process::id)
    }

    fn all(&self) -> impl Iterator<Item = &Process> {
        std::iter::once(&self.web).chain(&self.others)
    }

    async fn stop(&self) {
        self.all().for_each(Process::stop);
        for process in self.all() {
            process.gone().await;
        }
    }
}

/// The folders of an instance, below its own.
const CURRENT: &str = "current";
const TEMPORARY: &str = "tmp";

/// A folder of its own for an instance, with a copy of the source.
async fn stage(source: Arc<Source>) -> io::Result<Scratch> {
    let stage = move || {
        let folder = Scratch::new("instance-")?;
        let current = folder.path().join(CURRENT);
        std::fs::create_dir(&current)?;
        std::fs::create_dir(folder.path().join(TEMPORARY))?;
        source.copy_to(&current)?;
        Ok(folder)
    };
    tokio::task::spawn_blocking(stage).await.map_err(io::Error::other)?
}

async fn listens(port: u16) -> bool {
    let Ok(connection) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await else {
        return false;
    };
    // A port without a listener can, rarely, be connected to itself.
    connection.local_addr().ok() != connection.peer_addr().ok()
}

/// Do these last words say that somebody else has the port?
fn was_too_late(output: &str) -> bool {
    let output = output.to_ascii_lowercase();
    output.contains("eaddrinuse") || output.contains("address already in use")
}

fn quoted(output: &str) -> String {
    if output.is_empty() {
        " without a word".to_owned()
    } else {
        format!("; its last words:\n{output}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_tell_in_different_words_that_a_port_is_taken() {
        assert!(was_too_late("OSError: [Errno 98] Address already in use"));
        assert!(was_too_late("Error: listen EADDRINUSE: address already in use 127.0.0.1:20000"));
        assert!(!was_too_late("no such address"));
    }
}
