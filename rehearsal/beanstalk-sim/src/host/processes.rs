//! The processes of an application, behind the proxy server of their instance.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::error::{StartError, was_too_late};
use super::listening::{Silence, addresses_of};
use super::log::{InstanceLog, file_of};
use super::nginx::Limits;
use super::ports;
use super::prepare::Prepared;
use super::process::{Ended, Process};
use super::procfile::{Line, ProcfileError};
use super::proxy::{PROXY_PORT, Proxy};
use super::scratch::Scratch;
use super::setup::Setup;
use super::step::LAST_WORDS;
use super::surroundings::Surroundings;
use crate::clock::pause;

/// The real time after which running processes count as started, even if `web` does not listen yet. Whether they
/// answer is up to the health checks.
const SETTLING: Duration = Duration::from_secs(10);
/// The most attempts if other programs take the ports.
const ATTEMPTS: usize = 3;
/// The real time for which the addresses of a process count as known.
const FRESH: Duration = Duration::from_millis(500);
/// The interval between two checks of a port.
const LOOK: Duration = Duration::from_millis(20);

/// The addresses of a process group, with the time at which they were read.
type Known = Option<(u32, Instant, BTreeSet<SocketAddr>)>;

/// The processes of an application, `web` first.
#[derive(Debug)]
pub(super) struct Processes {
    pub(super) log: Arc<InstanceLog>,
    proxy: Proxy,
    /// The port in the `PORT` of `web`.
    port: u16,
    /// The port on which an application that ignores its `PORT` is expected.
    usual_port: u16,
    limits: Limits,
    web: Process,
    others: Vec<Process>,
    addresses: tokio::sync::Mutex<Known>,
    lines: Vec<Line>,
    surroundings: Surroundings,
    folder: Arc<Scratch>,
}

/// The place of the processes of an instance.
#[derive(Debug)]
struct Place {
    lines: Vec<Line>,
    surroundings: Surroundings,
    usual_port: u16,
    limits: Limits,
    folder: Arc<Scratch>,
}

impl Processes {
    /// Starts the processes of a prepared application.
    pub(super) async fn start(
        prepared: &Prepared,
        lines: Vec<Line>,
        setup: &Setup,
        log: &Arc<InstanceLog>,
    ) -> Result<Self, StartError> {
        let surroundings = Surroundings {
            working_folder: prepared.current(),
            temporary_folder: prepared.temporary_folder().to_owned(),
            port: None,
            variables: setup.variables.clone(),
            programs: None,
            log_file: String::new(),
        };
        let place = Place {
            lines,
            surroundings,
            usual_port: setup.usual_port(),
            limits: Limits::read(&prepared.current()),
            folder: Arc::clone(&prepared.folder),
        };
        place.start(log, setup.patience.min(SETTLING)).await
    }

    /// Starts the same processes in the same folder, after these have ended.
    pub(super) async fn start_again(&self, patience: Duration) -> Result<Self, StartError> {
        let place = Place {
            lines: self.lines.clone(),
            surroundings: self.surroundings.clone(),
            usual_port: self.usual_port,
            limits: self.limits,
            folder: Arc::clone(&self.folder),
        };
        place.start(&self.log, patience.min(SETTLING)).await
    }

    /// Waits until `web` listens or `patience` is over. Returns a process that ended.
    async fn settle(&self, patience: Duration) -> Option<Ended> {
        let deadline = Instant::now() + patience;
        loop {
            // Checked after the port, because another program may listen on the port of an ended process.
            let settled = self.is_reached().await || Instant::now() >= deadline;
            let ended = self.ended().next();
            if settled || ended.is_some() {
                return ended;
            }
            pause(LOOK).await;
        }
    }

    /// Whether requests reach the `web` process. If it ignores its `PORT` and listens on the usual port, they are passed
    /// there from now on.
    async fn is_reached(&self) -> bool {
        if listens(self.proxy.port()).await {
            return true;
        }
        let elsewhere = [self.port, self.usual_port];
        let ports: BTreeSet<_> = self.addresses().await.iter().map(SocketAddr::port).collect();
        for port in elsewhere.into_iter().filter(|port| ports.contains(port)) {
            if listens(port).await {
                if port != self.proxy.port() {
                    self.log.engine("WARN", &format!(
                        "process `web` ignores PORT={} and listens on port {port}; requests are passed there, and no \
                         second instance on this machine can start",
                        self.port
                    ));
                }
                self.proxy.pass_to(port);
                return true;
            }
        }
        false
    }

    /// Answers a request at a port of the instance.
    pub(super) async fn answer(&self, port: u16, request: Request) -> Response {
        if port == PROXY_PORT {
            return self.proxy.answer(request).await;
        }
        if self.addresses().await.iter().any(|address| address.port() == port) {
            return Proxy::new(port, self.limits).answer(request).await;
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

    /// The reason why requests do not reach the `web` process, if it runs.
    pub(super) async fn silence(&self) -> Option<Silence> {
        if self.web.ended().is_some() || self.is_reached().await {
            return None;
        }
        Some(Silence { port: self.port, instead: self.addresses().await })
    }

    fn error_of(&self, ended: Ended) -> StartError {
        let process = self.all().find(|process| process.name() == ended.process);
        let id = process.map_or(0, Process::id);
        let name = &ended.process;
        let output = self.log.last_words(&file_of(name), name, id, LAST_WORDS);
        StartError::Ended { ended, output }
    }

    /// The processes that ended and are not restarted yet.
    pub(super) fn ended(&self) -> impl Iterator<Item = Ended> {
        self.all().filter_map(Process::ended)
    }

    fn all(&self) -> impl Iterator<Item = &Process> {
        std::iter::once(&self.web).chain(&self.others)
    }

    /// Terminates all processes, kills those that remain after some seconds, and waits for their end.
    pub(super) async fn stop(&self) {
        self.all().for_each(Process::stop);
        for process in self.all() {
            process.gone().await;
        }
    }
}

impl Place {
    async fn start(
        self,
        log: &Arc<InstanceLog>,
        patience: Duration,
    ) -> Result<Processes, StartError> {
        for _ in 1..ATTEMPTS {
            match self.start_once(log, patience).await {
                Err(StartError::Ended { output, .. }) if was_too_late(&output) => {
                    log.engine("WARN", "The port is in use; trying another one");
                }
                result => return result,
            }
        }
        self.start_once(log, patience).await
    }

    async fn start_once(
        &self,
        log: &Arc<InstanceLog>,
        patience: Duration,
    ) -> Result<Processes, StartError> {
        let first = ports::reserve(self.lines.len())?;
        let mut processes = Vec::new();
        for (line, index) in self.lines.iter().zip(0..) {
            let port = ports::port_of(first, index);
            let surroundings = Surroundings {
                port: Some(port),
                log_file: file_of(&line.name),
                ..self.surroundings.clone()
            };
            log.engine("INFO", &format!("Starting process {} on port {port}", line.name));
            processes.push(Process::start(line.clone(), surroundings, Arc::clone(log))?);
        }
        let others = processes.split_off(1);
        let web = processes.pop().ok_or(ProcfileError::NoWeb)?;
        let started = Processes {
            log: Arc::clone(log),
            proxy: Proxy::new(first, self.limits),
            port: first,
            usual_port: self.usual_port,
            limits: self.limits,
            web,
            others,
            addresses: tokio::sync::Mutex::default(),
            lines: self.lines.clone(),
            surroundings: self.surroundings.clone(),
            folder: Arc::clone(&self.folder),
        };
        if let Some(ended) = started.settle(patience).await {
            started.stop().await;
            return Err(started.error_of(ended));
        }
        started.all().for_each(Process::keep);
        log.engine("INFO", "All processes have been started");
        if let Some(silence) = started.silence().await {
            log.engine("WARN", &silence.to_string());
        }
        Ok(started)
    }
}

async fn listens(port: u16) -> bool {
    let Ok(connection) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await else {
        return false;
    };
    // A port without a listener can, rarely, connect to itself.
    connection.local_addr().ok() != connection.peer_addr().ok()
}
