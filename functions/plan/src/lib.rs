//! Decides what each step of a release does, before anything is changed: on which environment, with which
//! version, and whether the stack is as mist remembers it.

mod checks;
mod choose;
mod memory;
mod requests;
mod steps;

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use mist_core::{
    dns::record::Record,
    error::Error,
    ports::{Alarms, Artifacts, Beanstalk, Clock, Dns, Groups, History, Locks, Stacks},
    release::{
        history::{ArtifactNote, Planned, SideVersion},
        request::{Operation, ReleaseRequest},
        target::Target,
    },
    stack::{
        artifact::Artifact, bake::BakeSettings, ranged::Ranged, settings::Stack, side::Side,
        warm_up::WarmUp,
    },
};
use serde::{Deserialize, Serialize};

pub use steps::{GoesLive, Start, Steps};

/// Everything that a plan is made from.
#[derive(Debug)]
pub struct Ports<S, D, B, A, G, L, H, M, C> {
    /// The configuration of stacks.
    pub stacks: S,
    /// The DNS records of stacks.
    pub dns: D,
    /// The environments and versions.
    pub beanstalk: B,
    /// The bundles.
    pub artifacts: A,
    /// The capacity of environments.
    pub groups: G,
    /// The state of stacks.
    pub locks: L,
    /// The history of releases.
    pub history: H,
    /// The alarms that stacks are watched by.
    pub alarms: M,
    /// The time.
    pub clock: C,
}

/// The release to plan.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// Its request.
    pub release: ReleaseRequest,
}

/// The plan: the request of each step, and which step comes first. It is kept in the history of the
/// execution, so it has no large lists and no secrets.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// The first step.
    pub start: Start,
    /// How the target goes live after the warm-up.
    pub goes_live: GoesLive,
    /// The target as it is before the first step.
    pub target: Observed,
    /// The plan in a few fields.
    pub summary: Summary,
    /// What a person should know, and what stops nothing.
    pub warnings: Vec<String>,
    /// The request of each step.
    pub steps: Steps,
}

/// An environment as it was found.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Observed {
    /// Its address.
    pub address: String,
    /// When it last changed: the swap refuses one that has changed since. Null if it is deployed to first.
    pub updated: Option<Timestamp>,
    /// How many instances run its version: null, as a plan does not look at instances.
    pub instances: Option<u32>,
}

/// The plan in a few fields.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// The operation.
    pub operation: Operation,
    /// The stack.
    pub stack: String,
    /// The side of the target.
    pub side: Side,
    /// The target.
    pub environment: String,
    /// The version that is deployed, marked, or put live.
    pub version: Option<String>,
    /// Whether the target is live once the plan is carried out.
    pub live: bool,
    /// Whether the version is live already, so that nothing is to be done.
    pub already_live: bool,
}

/// What was decided.
#[derive(Debug)]
pub(crate) struct Decision {
    /// The target.
    pub(crate) target: Target,
    /// The other environment: the one to swap back to.
    pub(crate) other: Target,
    /// The side that is live.
    pub(crate) live: Side,
    /// The record as it was read: the swap replaces exactly this.
    pub(crate) from: Record,
    /// Whether the version shall go live: yes for a stack, no for one environment.
    pub(crate) goes_live: bool,
    /// Whether the version is live already.
    pub(crate) already_live: bool,
    /// The version that is deployed or marked: otherwise the one that the target runs.
    pub(crate) version: Option<String>,
    /// The version that was live before, if a rollback can return to it.
    pub(crate) previous: Option<String>,
    /// When the target last changed; `None` if it is deployed to first.
    pub(crate) updated: Option<Timestamp>,
    /// The bundle of the version, if one was uploaded.
    pub(crate) artifact: Option<Artifact>,
    /// Whether Beanstalk has the version.
    pub(crate) version_known: bool,
    /// Whether the target has no instances, and must get its capacity back.
    pub(crate) stopped: bool,
    /// How to warm it up.
    pub(crate) warm_up: WarmUp,
    /// How to watch it once it is live.
    pub(crate) bake: BakeSettings,
}

/// Makes the plan, and writes it into the history. Planning again changes nothing else.
///
/// [`Error::SourceNotFetched`]: the version must be fetched first.
pub async fn run<
    S: Stacks,
    D: Dns,
    B: Beanstalk,
    A: Artifacts,
    G: Groups,
    L: Locks,
    H: History,
    M: Alarms,
    C: Clock,
>(
    ports: &Ports<S, D, B, A, G, L, H, M, C>,
    Request { release }: Request,
) -> Result<Response, Error> {
    if release.operation == Operation::Version {
        return Ok(steps::show_versions(&release));
    }
    if let Some(name) = release.fetch.as_ref().filter(|_| release.fetched.is_none()) {
        return Err(Error::SourceNotFetched { name: name.to_string() });
    }
    let stack = ports.stacks.load(&release.stack).await?;
    let sides = choose::Sides::look(&ports.dns, &ports.beanstalk, &stack).await?;
    let mut warnings = sides.warnings();
    let mut decision = decide(ports, &release, &stack, &sides).await?;
    // Only a release is watched: whoever swaps by hand looks on.
    if release.operation != Operation::Deploy {
        decision.bake.seconds = Ranged::new(0);
    }
    if decision.bake.seconds.get() > 0 {
        let fine = checks::fit_alarms(&ports.alarms, &decision.bake.alarms).await?;
        let ill = decision.bake.alarms.iter().filter(|name| !fine.contains(name));
        warnings.extend(
            ill.map(|name| format!("alarm `{name}` was in alarm before, so it does not count")),
        );
        decision.bake.alarms = fine;
    }
    ports.history.plan(&stack.name, &release.release_id, &planned(&decision)).await?;
    let Target { side, environment, .. } = &decision.target;
    tracing::info!(
        stack.name = %stack.name,
        environment.name = %environment,
        version.label = decision.version.as_deref(),
        "planned {} on side {side} of `{}`", release.operation, stack.name
    );
    Ok(steps::response(&release, &stack, decision, warnings))
}

async fn decide<S, D, B: Beanstalk, A: Artifacts, G: Groups, L: Locks, H, M, C: Clock>(
    Ports { beanstalk, artifacts, groups, locks, clock, .. }: &Ports<S, D, B, A, G, L, H, M, C>,
    release: &ReleaseRequest,
    stack: &Stack,
    sides: &choose::Sides,
) -> Result<Decision, Error> {
    let target = choose::target(release, stack, sides)?;
    let remembered = locks.state(&release.stack).await?;
    memory::check(release, sides, target, &remembered, clock.now())?;
    let mut decision = as_it_is(stack, sides, target);
    match release.operation {
        Operation::Deploy => {
            let chosen = choose::version((beanstalk, artifacts), stack, release).await?;
            decision.goes_live = release.environment.is_none();
            // A version that Beanstalk does not have is not known to be what was uploaded.
            decision.already_live =
                decision.goes_live && chosen.kept && sides.runs_live(&chosen.version);
            if decision.already_live {
                decision = Decision {
                    goes_live: true,
                    already_live: true,
                    ..as_it_is(stack, sides, sides.live)
                };
            }
            decision.version = Some(chosen.version.to_string());
            decision.artifact = chosen.artifact;
            decision.version_known = chosen.kept;
            decision.updated = None;
            let group = groups.group(&decision.target.environment).await?;
            decision.stopped = group.capacity.is_stopped();
            if release.in_place {
                // What the other side runs was not what users had before.
                decision.previous = None;
            }
        }
        Operation::Swap => {
            checks::may_go_live(groups, sides, target, stack).await?;
            decision.goes_live = true;
            decision.already_live = target == sides.live;
        }
        Operation::Rollback => {
            checks::may_go_live(groups, sides, target, stack).await?;
            decision.goes_live = true;
            // It was warm a moment ago; one answer shows that it still is.
            decision.warm_up.requests = Ranged::new(1);
            // What was rolled back from is nothing to return to.
            decision.previous = None;
        }
        Operation::Start => checks::may_start(groups, &decision.target, &remembered).await?,
        Operation::Warm | Operation::Mark | Operation::Stop | Operation::Version => {}
    }
    Ok(decision)
}

/// The decision to leave everything on `target` as it is.
fn as_it_is(stack: &Stack, sides: &choose::Sides, target: Side) -> Decision {
    let settings = &stack.settings;
    let on = |side: Side| {
        let environment = sides.on(side);
        Target {
            side,
            environment: settings.environments.on(side).clone(),
            cname: environment.cname.clone(),
            address: environment.address.clone(),
            version: environment.version.clone(),
        }
    };
    let environment = sides.on(target);
    Decision {
        target: on(target),
        other: on(target.other()),
        live: sides.live,
        from: sides.record.clone(),
        goes_live: false,
        already_live: false,
        version: environment.version.clone(),
        previous: sides.on(target.other()).version.clone(),
        updated: environment.updated,
        artifact: None,
        version_known: true,
        stopped: false,
        warm_up: settings.warm_up.clone(),
        bake: settings.bake.clone(),
    }
}

/// The plan as the history keeps it.
fn planned(decision: &Decision) -> Planned {
    let Decision { target, other, .. } = decision;
    let live = if decision.live == target.side { target } else { other };
    let version_on = |target: &Target, version: &Option<String>| SideVersion {
        side: target.side,
        environment: target.environment.to_string(),
        version: version.clone(),
    };
    let artifact = decision.artifact.as_ref().map(|artifact| ArtifactNote {
        key: artifact.key.clone(),
        etag: artifact.etag.clone(),
        size: artifact.size,
    });
    Planned {
        version: decision.version.clone(),
        from: version_on(live, &live.version),
        to: version_on(target, &decision.version),
        artifact,
    }
}
