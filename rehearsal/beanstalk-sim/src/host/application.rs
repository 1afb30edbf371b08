//! An application on one instance: its files, or its processes.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::http::uri::PathAndQuery;
use axum::response::Response;

use super::cron::Task;
use super::error::StartError;
use super::files::Files;
use super::listening::Silence;
use super::log::InstanceLog;
use super::prepare::Prepared;
use super::process::Ended;
use super::processes::Processes;
use super::report::Report;
use super::setup::Setup;
use super::start::{self, Start};

/// A source on one instance: its processes, or its files.
///
/// Dropping it kills the processes. So does any end of the simulator. Only a process that leaves its process group
/// survives.
#[derive(Debug)]
pub(crate) struct Application {
    kind: Kind,
    /// The periodic tasks of a worker.
    tasks: Vec<Task>,
}

#[derive(Debug)]
enum Kind {
    Files(Files),
    Processes(Box<Processes>),
}

/// An application that is ready to take the place of the old one.
#[derive(Debug)]
pub(crate) struct Ready {
    setup: Setup,
    log: Arc<InstanceLog>,
    /// The prepared bundle; `None` if its files are served as they are.
    prepared: Option<Prepared>,
}

impl Ready {
    /// Prepares an application while the old one still runs: unpacks it, and runs the steps before its start.
    ///
    /// Every step and every process has a clean environment: `PATH`, `LANG`, `HOME` (its working folder), `TMPDIR`, the
    /// variables, and for processes a `PORT` of their own. No variable overrides `PORT`, because many instances share
    /// this machine.
    pub(crate) async fn prepare(
        setup: Setup,
        log: Arc<InstanceLog>,
        report: &mut Report,
    ) -> Result<Self, StartError> {
        log.engine("INFO", "Executing instruction: StageApplication");
        let as_it_is = setup.source.folder().is_none_or(|folder| {
            !setup.source.has_steps() && start::serves_files(folder, setup.family)
        });
        let prepared =
            if as_it_is { None } else { Some(Prepared::prepare(&setup, &log, report).await?) };
        Ok(Self { setup, log, prepared })
    }

    /// Starts the application after the old one has ended. Files are available at once. Processes count as started when
    /// `web` listens on its port, or when all have run for the patience of the setup or ten seconds. Whether they answer
    /// is up to the health checks, as in Beanstalk.
    ///
    /// The last hooks run after that. If one fails, the application runs all the same, as on the platform, and comes
    /// with the error.
    pub(crate) async fn start(
        self,
        report: &mut Report,
    ) -> Result<(Application, Option<StartError>), StartError> {
        let Self { setup, log, prepared } = self;
        let Some(mut prepared) = prepared else {
            let kind = Kind::Files(Files::of(setup.source));
            return Ok((Application { kind, tasks: Vec::new() }, None));
        };
        prepared.flip()?;
        let kind = match std::mem::replace(&mut prepared.start, Start::Files) {
            Start::Files => {
                Kind::Files(Files::staged(prepared.current(), Arc::clone(&prepared.folder)))
            }
            Start::Processes(lines) => {
                let started = Processes::start(&prepared, lines, &setup, &log).await?;
                Kind::Processes(Box::new(started))
            }
        };
        let failure = prepared.finish(report).await.err();
        Ok((Application { kind, tasks: prepared.tasks }, failure))
    }
}

impl Application {
    /// The periodic tasks of a worker.
    pub(crate) fn tasks(&self) -> &[Task] {
        &self.tasks
    }

    /// Whether it has processes.
    pub(crate) fn runs_processes(&self) -> bool {
        matches!(self.kind, Kind::Processes(_))
    }

    /// Starts the processes again in their folder, after they have ended. Files need no restart.
    pub(crate) async fn restart(
        self: &Arc<Self>,
        patience: Duration,
    ) -> Result<Arc<Self>, StartError> {
        let Kind::Processes(processes) = &self.kind else { return Ok(Arc::clone(self)) };
        processes.stop().await;
        let again = processes.start_again(patience).await?;
        Ok(Arc::new(Self { kind: Kind::Processes(Box::new(again)), tasks: self.tasks.clone() }))
    }

    /// Answers one request at a port of the instance, with a file or through the `web` process. The proxy server has
    /// port 80; at another port, the process itself may listen.
    ///
    /// If the process refuses the connection, the answer is 502; if it does not answer within a minute, 504. The
    /// client's address is taken from the request's `ConnectInfo<SocketAddr>`, if any.
    pub(crate) async fn answer(&self, port: u16, request: Request) -> Response {
        match &self.kind {
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
        match &self.kind {
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
        match &self.kind {
            Kind::Files(_) => None,
            Kind::Processes(processes) => processes.silence().await,
        }
    }

    /// The processes that ended unexpectedly and are not restarted yet.
    ///
    /// Processes are restarted after growing pauses, as on a real instance.
    pub(crate) fn ended(&self) -> Vec<Ended> {
        match &self.kind {
            Kind::Files(_) => Vec::new(),
            Kind::Processes(processes) => processes.ended().collect(),
        }
    }

    /// Terminates all processes, kills those that remain after some seconds, and waits for their end.
    ///
    /// A second call does nothing.
    pub(crate) async fn stop(&self) {
        match &self.kind {
            Kind::Files(_) => {}
            Kind::Processes(processes) => processes.stop().await,
        }
    }
}
