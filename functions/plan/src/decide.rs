//! The decision of a release: its target, its version, and whether that goes live.

use jiff::Timestamp;
use mist_core::{
    dns::record::Record,
    error::Error,
    ports::{Artifacts, Beanstalk, Groups, Monitor},
    release::{
        history::{ArtifactNote, Planned, SideVersion},
        request::{Operation, ReleaseRequest},
        state::{Queued, StackState},
        target::Target,
    },
    stack::{bake::BakeSettings, ranged::Ranged, settings::Stack, side::Side, warm_up::WarmUp},
};

use crate::{
    checks,
    choose::{self, Chosen},
    sides::Sides,
};

/// The decision of a release.
#[derive(Debug)]
pub(crate) struct Decision {
    /// The target.
    pub(crate) target: Target,
    /// The other environment: the one to swap back to.
    pub(crate) other: Target,
    /// The live side.
    pub(crate) live: Side,
    /// The records before the release: the swap replaces exactly these.
    pub(crate) from: Vec<Record>,
    /// The longest of their TTLs, in seconds.
    pub(crate) ttl: u32,
    /// Whether the version is to go live: yes for a stack, no for one environment.
    pub(crate) goes_live: bool,
    /// Whether the version is already live.
    pub(crate) already_live: bool,
    /// The version that is deployed or marked; otherwise the one that the target runs.
    pub(crate) version: Option<String>,
    /// The version that was live before, if a rollback can return to it.
    pub(crate) previous: Option<String>,
    /// The time of the target's last update; `None` if the release deploys first.
    pub(crate) updated: Option<Timestamp>,
    /// The version to deploy; `None` for all other operations.
    pub(crate) chosen: Option<Chosen>,
    /// Whether the target is stopped, and must get its capacity back.
    pub(crate) stopped: bool,
    /// The settings of the warm-up.
    pub(crate) warm_up: WarmUp,
    /// The settings of the bake.
    pub(crate) bake: BakeSettings,
}

impl Decision {
    /// The decision to change nothing on `target`.
    fn unchanged(stack: &Stack, sides: &Sides, target: Side) -> Self {
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
        Self {
            target: on(target),
            other: on(target.other()),
            live: sides.live,
            from: sides.records.records(),
            ttl: sides.ttl(),
            goes_live: false,
            already_live: false,
            version: environment.version.clone(),
            previous: sides.on(target.other()).version.clone(),
            updated: environment.updated,
            chosen: None,
            stopped: false,
            warm_up: settings.warm_up.clone(),
            bake: settings.bake.clone(),
        }
    }

    /// The entry of the plan in the history, with the drift that it accepts.
    pub(crate) fn planned(&self, accepted_drift: Option<String>) -> Planned {
        let Self { target, other, .. } = self;
        let live = if self.live == target.side { target } else { other };
        let version_on = |target: &Target, version: &Option<String>| SideVersion {
            side: target.side,
            environment: target.environment.to_string(),
            version: version.clone(),
        };
        let artifact = self.chosen.as_ref().and_then(|chosen| chosen.artifact.as_ref());
        Planned {
            version: self.version.clone(),
            from: version_on(live, &live.version),
            to: version_on(target, &self.version),
            artifact: artifact.map(|artifact| ArtifactNote {
                key: artifact.key.clone(),
                etag: artifact.etag.clone(),
                version_id: artifact.version_id.clone(),
                size: artifact.size,
                checksum: Some(artifact.checksum),
            }),
            accepted_drift,
        }
    }
}

/// Decides what `release` does on `target`, and refuses what cannot succeed.
pub(crate) async fn decide(
    (beanstalk, artifacts, groups): (&(impl Beanstalk + Monitor), &impl Artifacts, &impl Groups),
    release: &ReleaseRequest,
    stack: &Stack,
    sides: &Sides,
    (target, remembered): (Side, &StackState),
) -> Result<Decision, Error> {
    let mut decision = Decision::unchanged(stack, sides, target);
    match release.operation {
        Operation::Deploy => {
            let ports = (beanstalk, artifacts, groups);
            let stack = (stack, remembered.queue.as_slice());
            return deployment(ports, release, stack, sides, target).await;
        }
        Operation::Swap => {
            checks::may_go_live((beanstalk, groups), sides, target, stack).await?;
            decision.goes_live = true;
            decision.already_live = target == sides.live;
        }
        Operation::Rollback => {
            checks::may_go_live((beanstalk, groups), sides, target, stack).await?;
            decision.goes_live = true;
            // It had the traffic a short time ago, so one answer is enough.
            decision.warm_up.requests = Ranged::new(1);
            // A rollback cannot be rolled back: the version that was live failed.
            decision.previous = None;
        }
        Operation::Start => checks::may_start(groups, &decision.target, remembered).await?,
        Operation::Warm | Operation::Mark | Operation::Stop | Operation::Version => {}
    }
    Ok(decision)
}

async fn deployment(
    (beanstalk, artifacts, groups): (&(impl Beanstalk + Monitor), &impl Artifacts, &impl Groups),
    release: &ReleaseRequest,
    (stack, queue): (&Stack, &[Queued]),
    sides: &Sides,
    target: Side,
) -> Result<Decision, Error> {
    let chosen = choose::version((beanstalk, artifacts), (stack, queue), release).await?;
    let goes_live = release.environment.is_none();
    // If Beanstalk does not have the version, the live label may belong to another bundle.
    let already_live = goes_live
        && chosen.known
        && sides.runs_live(&chosen.version)
        && checks::is_proven(
            beanstalk,
            stack.settings.environments.on(sides.live),
            &chosen.version,
        )
        .await?;
    let target = if already_live { sides.live } else { target };
    let unchanged = Decision::unchanged(stack, sides, target);
    let group = groups.group(&unchanged.target.environment).await?;
    Ok(Decision {
        goes_live,
        already_live,
        version: Some(chosen.version.to_string()),
        // In place, the version of the other environment was not live before.
        previous: unchanged.previous.filter(|_| !release.in_place),
        updated: None,
        chosen: Some(chosen),
        stopped: group.capacity.is_stopped(),
        ..unchanged
    })
}
