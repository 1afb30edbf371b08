//! An application on one instance: its files, or its processes.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::uri::PathAndQuery;
use axum::response::{IntoResponse, Response};
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::files::Files;
use super::listening::{Silence, addresses_of};
use super::log::InstanceLog;
use super::ports;
use super::process::{Ended, Process, Surroundings};
use super::procfile::{self, Line, ProcfileError};
use super::proxy::{PROXY_PORT, Proxy};
use super::scratch::Scratch;
use super::source::Source;
use crate::clock::pause;

/// The real time after which running processes count as started, even if `web` does not listen yet. Whether they
/// answer is up to the health checks.
const SETTLING: Duration = Duration::from_secs(10);
/// The most attempts if other programs take the ports.
const ATTEMPTS: usize = 3;
/// The most lines of output in an error, as many as deployment logs have of a failed step.
const LAST_WORDS: usize = 50;
/// The real time for which the addresses of a process count as known.
const FRESH: Duration = Duration::from_millis(500);
/// The interval between two checks of a port.
const LOOK: Duration = Duration::from_millis(20);

/// A source on one instance: its processes, or its files.
///
/// Dropping it kills the processes. So does any end of the simulator. Only a process that leaves its process group
/// survives.
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
    /// The port to which the proxy server passes requests.
    port: u16,
    web: Process,
    others: Vec<Process>,
    /// The last known addresses of a process group, with the time at which they were read.
    addresses: tokio::sync::Mutex<Option<(u32, Instant, BTreeSet<SocketAddr>)>>,
    _folder: Scratch,
}

/// The reason why an application does not run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    /// A process ended before `web` listened.
    #[error("process `{}` has ended ({}){}", .ended.process, .ended.how, quoted(.output))]
    Ended {
        /// The process and the way it ended.
        ended: Ended,
        /// The last lines of its output.
        output: String,
    },
    /// The `Procfile` is invalid.
    #[error(transparent)]
    Procfile(#[from] ProcfileError),
    /// The operating system cannot copy the files or start a process.
    #[error("the application cannot be put in place: {0}")]
    Io(#[from] io::Error),
}

impl Application {
    /// Starts an application. Files are available at once. Processes count as started when `web` listens on its port,
    /// or when all have run for `patience` or ten seconds. Whether they answer is up to the health checks, as in
    /// Beanstalk.
    ///
    /// Every process has a clean environment: `PATH`, `LANG`, `HOME` (its working folder), `TMPDIR`, the variables,
    /// and its own `PORT`. No variable overrides `PORT`, because many instances share this machine.
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

    /// Answers one request at a port of the instance, with a file or through the `web` process. The proxy server has
    /// port 80; at another port, the process itself may listen.
    ///
    /// If the process refuses the connection, the answer is 502; if it does not answer within a minute, 504. The
    /// client's address is taken from the request's `ConnectInfo<SocketAddr>`, if any.
    pub(crate) async fn answer(&self, port: u16, request: Request) -> Response {
        match &self.0 {
            Kind::Files(files) => files.answer_at(port, request).await,
            Kind::Processes(processes) => {
                let _visit = processes.log.checks.visit();
                processes.answer(port, request).await
            }
        }
    }

    /// Makes a health check. The error is a status that `is_good` rejects. While checks pass, the log omits their
    /// lines.
    pub(crate) async fn check(
        &self,
        port: u16,
        request: Request,
        is_good: impl Fn(u16) -> bool,
    ) -> Result<(), u16> {
        let judge = |answer: Response| {
            let status = answer.status().as_u16();
            if is_good(status) { Ok(()) } else { Err(status) }
        };
        match &self.0 {
            Kind::Files(files) => judge(files.answer_at(port, request).await),
            Kind::Processes(processes) => {
                let asked = request.uri().path_and_query().map_or("/", PathAndQuery::as_str);
                let check = processes.log.checks.check(asked);
                judge(processes.answer(port, request).await).inspect(|()| check.pass())
            }
        }
    }

    /// The reason why requests do not reach the `web` process, if it runs and nothing listens on its port.
    pub(crate) async fn silence(&self) -> Option<Silence> {
        match &self.0 {
            Kind::Files(_) => None,
            Kind::Processes(processes) => processes.silence().await,
        }
    }

    /// The processes that ended unexpectedly and are not restarted yet.
    ///
    /// Processes are restarted after growing pauses, as on a real instance.
    pub(crate) fn ended(&self) -> Vec<Ended> {
        match &self.0 {
            Kind::Files(_) => Vec::new(),
            Kind::Processes(processes) => processes.all().filter_map(Process::ended).collect(),
        }
    }

    /// Terminates all processes, kills those that remain after some seconds, and waits for their end.
    ///
    /// A second call does nothing.
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
                    log.engine("WARN", "The port is in use; trying another one");
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
        let started = Self {
            log,
            proxy: Proxy::new(first),
            port: first,
            web,
            others,
            addresses: tokio::sync::Mutex::default(),
            _folder: folder,
        };
        if let Some(ended) = started.settle(first, patience).await {
            started.stop().await;
            let output = started.log.last_words(&ended.process, started.id_of(&ended), LAST_WORDS);
            return Err(StartError::Ended { ended, output });
        }
        started.all().for_each(Process::keep);
        started.log.engine("INFO", "All processes have been started");
        if let Some(silence) = started.silence().await {
            started.log.engine("WARN", &silence.to_string());
        }
        Ok(started)
    }

    /// Waits until `web` listens or `patience` is over. Returns a process that ended.
    async fn settle(&self, port: u16, patience: Duration) -> Option<Ended> {
        let deadline = Instant::now() + patience;
        loop {
            // Checked after the port, because another program may listen on the port of an ended process.
            let settled = listens(port).await || Instant::now() >= deadline;
            let ended = self.all().find_map(Process::ended);
            if settled || ended.is_some() {
                return ended;
            }
            pause(LOOK).await;
        }
    }

    async fn answer(&self, port: u16, request: Request) -> Response {
        if port == PROXY_PORT {
            return self.proxy.answer(request).await;
        }
        if self.addresses().await.iter().any(|address| address.port() == port) {
            return Proxy::new(port).answer(request).await;
        }
        StatusCode::BAD_GATEWAY.into_response()
    }

    /// The addresses on which the `web` process listens. They are at most [`FRESH`] old, because finding them is slow
    /// and a time scale makes many checks a second.
    async fn addresses(&self) -> BTreeSet<SocketAddr> {
        let mut known = self.addresses.lock().await;
        // Every process leads a group of its own.
        let group = self.web.id();
        if let Some((of, at, addresses)) = &*known
            && *of == group
            && at.elapsed() < FRESH
        {
            return addresses.clone();
        }
        let found = tokio::task::spawn_blocking(move || addresses_of(group)).await;
        let addresses = found.unwrap_or_default();
        *known = Some((group, Instant::now(), addresses.clone()));
        addresses
    }

    async fn silence(&self) -> Option<Silence> {
        if listens(self.port).await || self.web.ended().is_some() {
            return None;
        }
        Some(Silence { port: self.port, instead: self.addresses().await })
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

/// The folders of an instance.
const CURRENT: &str = "current";
const TEMPORARY: &str = "tmp";

/// Creates the folder of an instance, with a copy of the source.
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
    // A port without a listener can, rarely, connect to itself.
    connection.local_addr().ok() != connection.peer_addr().ok()
}

/// Whether this output says that the port is in use.
fn was_too_late(output: &str) -> bool {
    let output = output.to_ascii_lowercase();
    output.contains("eaddrinuse") || output.contains("address already in use")
}

fn quoted(output: &str) -> String {
    if output.is_empty() {
        " without output".to_owned()
    } else {
        format!("; last output:\n{output}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_in_use_is_recognized_in_the_output_of_different_programs() {
        assert!(was_too_late("OSError: [Errno 98] Address already in use"));
        assert!(was_too_late("Error: listen EADDRINUSE: address already in use 127.0.0.1:20000"));
        assert!(!was_too_late("no such address"));
    }
}
