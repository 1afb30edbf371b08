//! The replacement of the application on one instance.

use std::sync::Arc;
use std::time::Duration;

use super::run::Run;
use crate::engine::Superseded;
use crate::host::{
    Application, Family, InstanceLog, Occasion, PythonOptions, Ready, Report, Setup, StartError,
};
use crate::world::{Deployment, Environment, Instance, Release, Tier};

/// The claim of a command on its instances. An operation has its environment to itself. A command beside operations
/// has an instance only until another command is announced on it.
pub(super) struct Claim(pub(super) Option<Deployment>);

/// An instance that gets an application.
pub(super) struct Machine {
    id: String,
    log: Arc<InstanceLog>,
}

/// An instance after the replacement.
pub(super) struct Replaced {
    pub(super) id: String,
    pub(super) outcome: Outcome,
    pub(super) report: Report,
}

/// The outcome of a replacement.
pub(super) enum Outcome {
    /// The new application runs. With an error, a step after its start failed.
    Running(Arc<Application>, Option<StartError>),
    /// A step before the start failed, so the old application still runs.
    Kept(StartError),
    /// The old application has ended, and the new one does not run.
    Stopped(StartError),
    /// Another command has the instance.
    Lost,
}

/// The time limits of a command, in real time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// The limit for processes to listen.
    pub(super) patience: Duration,
    /// The limit for each step.
    pub(super) step: Duration,
}

impl Claim {
    pub(super) fn holds(&self, instance: &Instance) -> bool {
        self.0.as_ref().is_none_or(|announced| instance.deployment == *announced)
    }
}

impl Limits {
    /// The limits of an environment with this command timeout, in simulated seconds.
    pub(super) fn of(run: &Run, timeout: u32) -> Self {
        let patience = run.patience(f64::from(timeout));
        Self { patience, step: patience.max(run.process_patience()) }
    }
}

impl Machine {
    pub(super) fn of(instance: &Instance) -> Self {
        Self { id: instance.id.clone(), log: Arc::clone(&instance.log) }
    }

    /// Logs the reason why nothing can be started.
    pub(super) fn fail(self, why: &str) -> (String, Option<Arc<Application>>) {
        self.log.engine("ERROR", why);
        (self.id, None)
    }

    /// Puts a release in the place of the application of the instance.
    ///
    /// The old application runs until the new one is ready to start, as on the platform.
    pub(super) async fn replace(
        self,
        run: &Run,
        setup: Setup,
        label: &str,
        claim: &Claim,
    ) -> Result<Replaced, Superseded> {
        let Self { id, log } = self;
        let mut report = Report::default();
        let outcome = match Ready::prepare(setup, Arc::clone(&log), &mut report).await {
            Err(error) => Outcome::Kept(error),
            Ok(ready) => match take(run, &id, claim)? {
                None => Outcome::Lost,
                Some(before) => {
                    if let Some(before) = before {
                        before.stop().await;
                    }
                    match ready.start(&mut report).await {
                        Ok((application, error)) => Outcome::Running(Arc::new(application), error),
                        Err(error) => Outcome::Stopped(error),
                    }
                }
            },
        };
        if let Some(error) = outcome.error() {
            log.engine("ERROR", &error.to_string());
            tracing::warn!("{id} cannot run {label}: {error}");
        }
        Ok(Replaced { id, outcome, report })
    }

    /// Starts the processes of an application again, in their folder.
    pub(super) async fn restart(
        self,
        run: &Run,
        application: Arc<Application>,
        patience: Duration,
    ) -> Result<Replaced, Superseded> {
        let Self { id, log } = self;
        let outcome = match application.restart(patience).await {
            Ok(again) => Outcome::Running(again, None),
            Err(error) => {
                log.engine("ERROR", &error.to_string());
                tracing::warn!("{id} of {} does not restart: {error}", run.environment_name);
                Outcome::Stopped(error)
            }
        };
        Ok(Replaced { id, outcome, report: Report::default() })
    }
}

impl Outcome {
    fn error(&self) -> Option<&StartError> {
        match self {
            Self::Running(_, error) => error.as_ref(),
            Self::Kept(error) | Self::Stopped(error) => Some(error),
            Self::Lost => None,
        }
    }
}

/// Takes the application from an instance; `None` if another command has the instance.
///
/// If the command is interrupted after that, the instance has no application, and `put_back` restores one.
#[expect(clippy::option_option, reason = "an instance may have no application to take")]
fn take(
    run: &Run,
    id: &str,
    claim: &Claim,
) -> Result<Option<Option<Arc<Application>>>, Superseded> {
    run.environment(|environment| {
        let instance = environment.instance_mut(id).filter(|instance| claim.holds(instance))?;
        Some(instance.application.take())
    })
}

/// The setup of a release in an environment.
pub(super) fn setup(
    environment: &Environment,
    release: &Release,
    occasion: Occasion,
    limits: Limits,
) -> Setup {
    let options = &environment.options;
    let (processes, threads) = options.python_concurrency();
    Setup {
        source: Arc::clone(&release.source),
        family: Family::of(&environment.instance_platform().language),
        is_worker: environment.tier == Tier::Worker,
        variables: options.environment_variables(),
        python: PythonOptions { wsgi_path: options.wsgi_path().to_owned(), processes, threads },
        occasion,
        patience: limits.patience,
        step_limit: limits.step,
    }
}
