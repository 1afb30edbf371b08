//! Commands on instances, and their results.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use super::run::Run;
use super::summary::{Executed, FAILED, Summary};
use crate::engine::Superseded;
use crate::faults::{Fault, Target};
use crate::host::{Application, InstanceLog, Source, StartError};
use crate::world::{Condition, Deployment, DeploymentStatus, Group, Instance, Release, Status};

/// The seconds between the start of the application and the end of a command.
const START: f64 = 4.0;

/// The outcome of a deployment that a fault forces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ForcedOutcome {
    /// The instances cannot start the version.
    Fail,
    /// The instances start the version and stay unhealthy.
    Unhealthy,
    /// The instances never answer.
    TimeOut,
    /// The command fails, and yet the version counts as deployed.
    CompleteWithErrors,
    /// The deployment succeeds, but health stays bad.
    NeverGood,
    /// The deployment succeeds, but one instance keeps the old version.
    LeaveBehind,
    /// The instances get the previous version back.
    RollBack,
}

/// An instance with all that is needed to start an application on it.
pub(super) struct Machine {
    id: String,
    log: Arc<InstanceLog>,
    before: Option<Arc<Application>>,
}

/// An instance with the application that runs on it now, or the reason why none does.
type Started = (String, Result<Arc<Application>, StartError>);

/// The claim of a command on its instances. An operation has its environment to itself. A command beside operations
/// has an instance only until another command is announced on it.
struct Claim(Option<Deployment>);

impl Claim {
    fn holds(&self, instance: &Instance) -> bool {
        self.0.as_ref().is_none_or(|announced| instance.deployment == *announced)
    }
}

impl Machine {
    /// An instance without an application.
    pub(super) fn empty(instance: &Instance) -> Self {
        Self { id: instance.id.clone(), log: Arc::clone(&instance.log), before: None }
    }

    /// Logs the reason why nothing can be started.
    pub(super) fn fail(self, why: &str) -> (String, Option<Arc<Application>>) {
        self.log.engine("ERROR", why);
        (self.id, None)
    }
}

impl ForcedOutcome {
    /// The outcome that faults force on the deployment of a version.
    pub(crate) fn find(run: &Run, version: Option<&str>) -> Option<Self> {
        let target = Target { version, ..Target::environment(&run.environment_name) };
        run.engine.world().faults.find(&target, |fault| match fault {
            Fault::FailDeploy => Some(Self::Fail),
            Fault::Unhealthy => Some(Self::Unhealthy),
            Fault::CommandTimeout => Some(Self::TimeOut),
            Fault::CompleteWithErrors => Some(Self::CompleteWithErrors),
            Fault::HealthNeverGood => Some(Self::NeverGood),
            Fault::SilentPartial => Some(Self::LeaveBehind),
            Fault::RollBack => Some(Self::RollBack),
            _ => None,
        })
    }
}

/// Deploys a release to instances within some planned seconds. If `bundle` is `None`, the command fails.
///
/// Beside operations, it does not touch instances to which an operation deploys in the meantime.
pub(crate) async fn deploy(
    run: &mut Run,
    ids: &[String],
    release: &Release,
    bundle: Option<&Arc<Source>>,
    seconds: f64,
) -> Result<Summary, Superseded> {
    let forced = ForcedOutcome::find(run, release.version.as_deref());
    let claim = announce(run, ids, release)?;
    run.begin_log(ids)?;
    match (forced, bundle) {
        (Some(ForcedOutcome::TimeOut), Some(_)) => {
            let timeout = run.environment(|environment| environment.options.command_timeout())?;
            run.pass(f64::from(timeout)).await;
            give_up(run, ids, Condition::TimedOut, &claim)?;
            return Ok(Summary::of(ids, Executed::TimedOut));
        }
        (Some(ForcedOutcome::Fail | ForcedOutcome::CompleteWithErrors), _) | (_, None) => {
            run.pass(seconds).await;
            give_up(run, ids, Condition::Sound, &claim)?;
            let summary = Summary::of(ids, Executed::Failed);
            run.end_log(&summary);
            return Ok(summary);
        }
        _ => {}
    }
    run.pass(seconds - START).await;
    let summary = start(run, ids, release, forced, &claim).await?;
    run.catch_up();
    run.pass(START).await;
    run.end_log(&summary);
    Ok(summary)
}

fn announce(run: &Run, ids: &[String], release: &Release) -> Result<Claim, Superseded> {
    let (moment, date) = (run.engine.clock.moment(), run.engine.clock.date());
    let announced = Deployment::of(release, DeploymentStatus::InProgress, date);
    let claim = Claim(run.is_aside().then(|| announced.clone()));
    run.environment(|environment| {
        if run.is_aside() && environment.status != Status::Ready {
            return;
        }
        for id in ids {
            if let Some(instance) = environment.instance_mut(id) {
                instance.deployment = announced.clone();
                instance.command = Some(moment);
                instance.log.engine("INFO", &format!("Starting deployment of {}", release.label()));
            }
        }
    })?;
    Ok(claim)
}

/// Ends the command as failed and leaves the instances as they were.
fn give_up(
    run: &Run,
    ids: &[String],
    condition: Condition,
    claim: &Claim,
) -> Result<(), Superseded> {
    run.environment(|environment| {
        for id in ids {
            if let Some(instance) =
                environment.instance_mut(id).filter(|instance| claim.holds(instance))
            {
                instance.deployment.status = DeploymentStatus::Failed;
                instance.command = None;
                instance.condition = condition;
                instance.log.engine("ERROR", FAILED);
            }
        }
    })
}

/// Replaces the applications of instances by a release.
async fn start(
    run: &Run,
    ids: &[String],
    release: &Release,
    forced: Option<ForcedOutcome>,
    claim: &Claim,
) -> Result<Summary, Superseded> {
    let left_behind = forced == Some(ForcedOutcome::LeaveBehind) && !run.is_aside();
    let (machines, variables, timeout, skipped) = run.environment(|environment| {
        // A new instance has no old version to keep.
        let mut old = environment.instances.iter().rev().filter(|instance| {
            instance.group == Group::Permanent && instance.application.is_some()
        });
        let last = old.next().map(|instance| instance.id.clone());
        let skipped = last.filter(|id| left_behind && ids.contains(id));
        // If this is interrupted, the instances have no application, and `put_back` restores one.
        let machines: Vec<_> = environment
            .instances
            .iter_mut()
            .filter(|instance| ids.contains(&instance.id) && skipped.as_ref() != Some(&instance.id))
            .filter(|instance| claim.holds(instance))
            .map(|instance| Machine {
                id: instance.id.clone(),
                log: Arc::clone(&instance.log),
                before: instance.application.take(),
            })
            .collect();
        let options = &environment.options;
        (machines, options.environment_variables(), options.command_timeout(), skipped)
    })?;
    let patience = run.patience(f64::from(timeout));
    let starts =
        machines.into_iter().map(|machine| replace(machine, release, &variables, patience));
    let started = join_all(starts).await;
    let warnings = warnings(&started).await;
    let date = run.engine.clock.date();
    let sick = matches!(forced, Some(ForcedOutcome::Unhealthy | ForcedOutcome::NeverGood));
    run.environment(|environment| {
        if let Some(id) = &skipped {
            environment.leave_behind(id, date);
        }
        let mut summary = Summary::of(skipped.as_slice(), Executed::Successful);
        for (id, started) in started {
            let (application, result) = match started {
                Ok(application) => (Some(application), Ok(())),
                Err(error) => (None, Err(error.to_string())),
            };
            if let Some(instance) =
                environment.instance_mut(&id).filter(|instance| claim.holds(instance))
            {
                instance.install(release, application, date);
                instance.requests.clear();
                if sick {
                    instance.condition = Condition::Sick;
                }
            }
            summary.add(id, result);
        }
        for (id, warning) in warnings {
            summary.warn(&id, warning);
        }
        summary
    })
}

/// The warnings about applications that have started, by instance: those whose process does not listen on its port.
async fn warnings(started: &[Started]) -> Vec<(String, String)> {
    let mut warnings = Vec::new();
    for (id, application) in started {
        if let Ok(application) = application
            && let Some(silence) = application.silence().await
        {
            warnings.push((id.clone(), silence.to_string()));
        }
    }
    warnings
}

/// Starts a release on one instance, after the previous application has ended.
pub(super) async fn replace(
    machine: Machine,
    release: &Release,
    variables: &BTreeMap<String, String>,
    patience: Duration,
) -> Started {
    if let Some(before) = &machine.before {
        before.stop().await;
    }
    let source = Arc::clone(&release.source);
    let started = Application::start(source, Arc::clone(&machine.log), variables, patience).await;
    let started = started.map(Arc::new).inspect_err(|error| {
        machine.log.engine("ERROR", &error.to_string());
        tracing::warn!("{} cannot run {}: {error}", machine.id, release.label());
    });
    (machine.id, started)
}

/// Restarts the applications of all instances, such as with other variables.
pub(crate) async fn restart(run: &Run) -> Result<Summary, Superseded> {
    let (ids, release) =
        run.environment(|environment| (environment.instance_ids(), environment.release.clone()))?;
    start(run, &ids, &release, None, &Claim(None)).await
}

/// Restores a release on instances.
pub(crate) async fn put_back(
    run: &Run,
    ids: &[String],
    release: &Release,
) -> Result<(), Superseded> {
    start(run, ids, release, None, &Claim(None)).await.map(drop)
}
