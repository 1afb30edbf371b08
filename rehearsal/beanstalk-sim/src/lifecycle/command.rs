//! Commands on instances, and their results.

use std::sync::Arc;

use futures_util::future::try_join_all;

use super::replacement::{Claim, Limits, Machine, Outcome, Replaced, setup};
use super::run::Run;
use super::summary::{Executed, FAILED, Failure, Summary};
use crate::engine::Superseded;
use crate::faults::{Fault, Target};
use crate::host::{Occasion, Source};
use crate::world::{Condition, Deployment, DeploymentStatus, Group, Release, Status};

/// The seconds between the start of the application and the end of a command.
const START: f64 = 4.0;
/// A deployment without a leader.
const DEPLOYMENT: (Occasion, Option<&str>) = (Occasion::Deployment { leads: false }, None);

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
    let leader = run.elect(ids);
    let order = (DEPLOYMENT.0, leader.as_deref());
    let summary = start(run, ids, release, forced, order, &claim).await?;
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
    (occasion, leader): (Occasion, Option<&str>),
    claim: &Claim,
) -> Result<Summary, Superseded> {
    let left_behind = forced == Some(ForcedOutcome::LeaveBehind) && !run.is_aside();
    let (machines, skipped) = run.environment(|environment| {
        // A new instance has no old version to keep.
        let mut old = environment.instances.iter().rev().filter(|instance| {
            instance.group == Group::Permanent && instance.application.is_some()
        });
        let last = old.next().map(|instance| instance.id.clone());
        let skipped = last.filter(|id| left_behind && ids.contains(id));
        let limits = Limits::of(run, environment.options.command_timeout());
        let wanted = environment.instances.iter().filter(|instance| {
            ids.contains(&instance.id) && skipped.as_ref() != Some(&instance.id)
        });
        let machines: Vec<_> = wanted
            .filter(|instance| claim.holds(instance))
            .map(|instance| {
                let occasion = match occasion {
                    Occasion::Deployment { .. } => {
                        Occasion::Deployment { leads: leader == Some(instance.id.as_str()) }
                    }
                    Occasion::Configuration => Occasion::Configuration,
                };
                (Machine::of(instance), setup(environment, release, occasion, limits))
            })
            .collect();
        (machines, skipped)
    })?;
    let label = release.label();
    let starts =
        machines.into_iter().map(|(machine, setup)| machine.replace(run, setup, label, claim));
    let replaced = try_join_all(starts).await?;
    let mut summary = adopt(run, release, replaced, forced, claim).await?;
    if let Some(id) = skipped {
        let date = run.engine.clock.date();
        run.environment(|environment| environment.leave_behind(&id, date))?;
        summary.add(id, Ok(()));
    }
    Ok(summary)
}

/// Gives instances what a command made of them.
async fn adopt(
    run: &Run,
    release: &Release,
    replaced: Vec<Replaced>,
    forced: Option<ForcedOutcome>,
    claim: &Claim,
) -> Result<Summary, Superseded> {
    let mut summary = Summary::default();
    for Replaced { id, outcome, report } in replaced {
        let silence = match &outcome {
            Outcome::Running(application, _) => application.silence().await,
            _ => None,
        };
        let date = run.engine.clock.date();
        let sick = matches!(forced, Some(ForcedOutcome::Unhealthy | ForcedOutcome::NeverGood));
        let result = match &outcome {
            Outcome::Running(_, None) => Ok(()),
            Outcome::Running(_, Some(error)) | Outcome::Kept(error) | Outcome::Stopped(error) => {
                Err(Failure::of(error))
            }
            Outcome::Lost => continue,
        };
        run.environment(|environment| {
            let instance = environment.instance_mut(&id).filter(|instance| claim.holds(instance));
            let Some(instance) = instance else { return };
            instance.not_run.clone_from(&report.not_run);
            match outcome {
                Outcome::Running(application, error) => {
                    instance.install(release, Some(application), date);
                    if error.is_some() {
                        instance.deployment.status = DeploymentStatus::Failed;
                    }
                }
                Outcome::Stopped(_) => instance.install(release, None, date),
                Outcome::Kept(_) | Outcome::Lost => return instance.keep(release, date),
            }
            instance.requests.clear();
            if sick {
                instance.condition = Condition::Sick;
            }
        })?;
        summary.note(&id, report);
        if let Some(silence) = silence {
            summary.warn(&id, silence.to_string());
        }
        summary.add(id, result);
    }
    Ok(summary)
}

/// Gives the settings of the environment to the applications of all instances, such as other variables.
pub(crate) async fn configure(run: &Run) -> Result<Summary, Superseded> {
    let (ids, release) =
        run.environment(|environment| (environment.instance_ids(), environment.release.clone()))?;
    start(run, &ids, &release, None, (Occasion::Configuration, None), &Claim(None)).await
}

/// Restarts the processes of all instances in their folders. An instance without an application gets that of the
/// environment.
pub(crate) async fn restart(run: &Run) -> Result<Summary, Superseded> {
    let (machines, idle, release, timeout) = run.environment(|environment| {
        let (mut machines, mut idle) = (Vec::new(), Vec::new());
        for instance in &mut environment.instances {
            match instance.application.take() {
                Some(application) => machines.push((Machine::of(instance), application)),
                None => idle.push(instance.id.clone()),
            }
        }
        (machines, idle, environment.release.clone(), environment.options.command_timeout())
    })?;
    let patience = Limits::of(run, timeout).patience;
    let restarts = machines
        .into_iter()
        .map(|(machine, application)| machine.restart(run, application, patience));
    let restarted = try_join_all(restarts).await?;
    let mut summary = adopt(run, &release, restarted, None, &Claim(None)).await?;
    summary.append(start(run, &idle, &release, None, DEPLOYMENT, &Claim(None)).await?);
    Ok(summary)
}

/// Restores a release on instances.
pub(crate) async fn put_back(
    run: &Run,
    ids: &[String],
    release: &Release,
) -> Result<(), Superseded> {
    start(run, ids, release, None, DEPLOYMENT, &Claim(None)).await.map(drop)
}
