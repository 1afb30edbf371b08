//! Decides what a run of the workflow will do, before anything is changed: on which side of the stack,
//! with which version, and whether the stack is as mist remembers it.

mod choose;
mod memory;

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use mist_core::{
    AllowedHealth, Artifact, Asked, BakeSettings, Environments, Error, NewRelic, Operation, Record,
    RecordRef, Side, Stack, StackName, StackState, Target, WarmUp,
    ports::{AlarmState, Alarms, Artifacts, Beanstalk, Clock, Dns, Groups, Ledger, Stacks},
    ranged::Ranged,
};
use serde::{Deserialize, Serialize};

/// Everything a plan is made from.
#[derive(Debug)]
pub struct World<S, D, B, A, G, L, M, C> {
    /// The configuration of stacks.
    pub stacks: S,
    /// The records that say which side is live.
    pub dns: D,
    /// The environments and versions.
    pub beanstalk: B,
    /// The bundles.
    pub artifacts: A,
    /// How many instances environments have.
    pub groups: G,
    /// What mist remembers.
    pub ledger: L,
    /// The alarms that stacks are watched by.
    pub alarms: M,
    /// The time.
    pub clock: C,
}

/// What is asked for.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// The request as it was accepted.
    pub asked: Asked,
}

/// What the later steps read. Large lists and secrets have no place here: it is kept in the
/// execution's history.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// What to do.
    pub operation: Operation,
    /// Whether the version shall go live: yes for a stack, no for one environment.
    pub goes_live: bool,
    /// Whether there is nothing to do, because the version is live already.
    pub already_live: bool,
    /// The stack.
    pub stack: StackName,
    /// Its application.
    pub application: String,
    /// Its two environments.
    pub environments: Environments,
    /// The record that decides which side is live.
    pub record: RecordRef,
    /// Who asked for it.
    pub user: String,
    /// What a person should know, and what stops nothing.
    pub warnings: Vec<String>,
    /// The decision.
    pub decision: Decision,
}

/// On which side, with which version.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Decision {
    /// The environment that the operation is for.
    pub target: Target,
    /// The other environment: the one to go back to, should the target turn bad.
    pub other: Target,
    /// The side that is live now.
    pub live: Side,
    /// The record as it was read: the swap replaces exactly this.
    pub from: Record,
    /// The TTL that the record gets, in seconds.
    pub ttl_seconds: u32,
    /// The version that is deployed or marked: for `warm` and `swap`, the one that the target runs.
    pub version: Option<String>,
    /// The version that was live before, where one can go back to it after this.
    pub previous: Option<String>,
    /// When the target last changed; it must not have until it goes live. Null when it is deployed to first.
    pub updated: Option<Timestamp>,
    /// The bundle of that version, where one was uploaded.
    pub artifact: Option<Artifact>,
    /// Whether it may be deployed to the side that is live.
    pub in_place: bool,
    /// Whether the target has no instances, and must be given those that it had first.
    pub stopped: bool,
    /// Whether the target gets at least as many instances as the live side before it goes live.
    pub match_size: bool,
    /// For how long a deployment may take, in seconds.
    pub deploy_timeout_seconds: u32,
    /// For how long a deployed environment may take to become healthy, in seconds.
    pub health_grace_seconds: u32,
    /// For how long it must have been healthy without a break, in seconds.
    pub health_stable_seconds: u32,
    /// The healths with which it may go live and stay there.
    pub allowed_health: AllowedHealth,
    /// How to warm it up.
    pub warm_up: WarmUp,
    /// For how long it may take until the stack's name is answered by the target, in seconds.
    pub verify_seconds: u32,
    /// How to watch it once it is live.
    pub bake: BakeSettings,
    /// For how long the side that was live stays as it is, in seconds: as long as clients may be on it.
    pub drain_seconds: u32,
    /// Where to mark it.
    pub new_relic: Option<NewRelic>,
}

/// Makes the plan. Reads only, so running it again changes nothing.
pub async fn run<
    S: Stacks,
    D: Dns,
    B: Beanstalk,
    A: Artifacts,
    G: Groups,
    L: Ledger,
    M: Alarms,
    C: Clock,
>(
    world: &World<S, D, B, A, G, L, M, C>,
    Request { asked }: Request,
) -> Result<Response, Error> {
    let stack = world.stacks.load(&asked.stack).await?;
    let sides = choose::Sides::look(&world.dns, &world.beanstalk, &stack).await?;
    let target = choose::target(&asked, &stack, &sides)?;
    let remembered = world.ledger.state(&asked.stack).await?;
    memory::check(&asked, &sides, target, &remembered, world.clock.now())?;
    let mut response = Response {
        operation: asked.operation,
        goes_live: matches!(asked.operation, Operation::Swap | Operation::Rollback),
        already_live: false,
        stack: stack.name.clone(),
        application: stack.application.clone(),
        environments: stack.settings.environments.clone(),
        record: stack.record(),
        user: asked.user.clone(),
        warnings: sides.warnings(),
        decision: decide(&stack, &sides, target),
    };
    match asked.operation {
        Operation::Deploy => {
            let places = (&world.beanstalk, &world.artifacts);
            let chosen = choose::version(places, &stack, &asked).await?;
            response.goes_live = asked.environment.is_none();
            // Without a version at Beanstalk nobody can tell that what runs is what was uploaded.
            response.already_live =
                response.goes_live && chosen.kept && sides.runs_live(&chosen.version);
            if response.already_live {
                response.decision = decide(&stack, &sides, sides.live);
            }
            response.decision.version = Some(chosen.version.to_string());
            response.decision.artifact = chosen.artifact;
            response.decision.updated = None;
            response.decision.in_place = asked.in_place;
            let group = world.groups.group(&response.decision.target.environment).await?;
            response.decision.stopped = group.sizes.is_stopped();
            if asked.in_place {
                // What the other side runs was not what users had before.
                response.decision.previous = None;
            }
        }
        Operation::Swap => {
            may_go_live(&world.groups, &sides, target, &stack).await?;
            response.already_live = target == sides.live;
        }
        Operation::Rollback => {
            may_go_live(&world.groups, &sides, target, &stack).await?;
            // It was warm a moment ago; one answer shows that it still is.
            response.decision.warm_up.requests = Ranged::new(1);
            // What was rolled back from is nothing to go back to.
            response.decision.previous = None;
        }
        Operation::Start => {
            let target = &response.decision.target;
            may_start(&world.groups, target, &remembered).await?;
            response.decision.stopped = true;
        }
        Operation::Warm | Operation::Mark | Operation::Stop | Operation::Version => {}
    }
    // Only a release is watched: who swaps by hand looks on.
    if asked.operation != Operation::Deploy {
        response.decision.bake.seconds = Ranged::new(0);
    }
    if response.decision.bake.seconds.get() > 0 {
        let fine = fit_alarms(&world.alarms, &response.decision.bake.alarms).await?;
        let ill = response.decision.bake.alarms.iter().filter(|name| !fine.contains(name));
        response.warnings.extend(
            ill.map(|name| format!("alarm `{name}` was in alarm before, so it does not count")),
        );
        response.decision.bake.alarms = fine;
    }
    tracing::info!(
        stack.name = %stack.name,
        environment.name = %response.decision.target.environment,
        version.label = response.decision.version.as_deref(),
        "planned {} on side {} of `{}`", asked.operation, response.decision.target.side, stack.name
    );
    Ok(response)
}

/// Refuses to put a side live that does not serve well, and says so if it was stopped.
async fn may_go_live(
    groups: &impl Groups,
    sides: &choose::Sides,
    target: Side,
    stack: &Stack,
) -> Result<(), Error> {
    let Err(refused) = sides.may_go_live(target, &stack.settings.allowed_health) else {
        return Ok(());
    };
    let environment = stack.settings.environments.on(target);
    match groups.group(environment).await {
        Ok(group) if group.sizes.is_stopped() => {
            Err(Error::Stopped { environment: environment.to_string() })
        }
        _ => Err(refused),
    }
}

/// Refuses to start a side that runs, and one that nobody would know how to start.
async fn may_start(
    groups: &impl Groups,
    Target { side, environment, .. }: &Target,
    remembered: &StackState,
) -> Result<(), Error> {
    let group = groups.group(environment).await?;
    let environment_name = environment.to_string();
    if !group.sizes.is_stopped() {
        let instances = group.sizes.desired;
        // An earlier start may have ended before they were there: this one goes on waiting then.
        if group.in_service < instances {
            return Ok(());
        }
        return Err(Error::AlreadyRunning { environment: environment_name, instances });
    }
    match remembered.stopped(*side, environment) {
        Some(_) => Ok(()),
        None => Err(Error::SizesUnknown { environment: environment_name }),
    }
}

/// The alarms that can tell something of the version: not those that are in alarm already, as they are
/// about the one before, and may be just what it mends. Refuses those that are not there: nobody would
/// ever hear them.
async fn fit_alarms(alarms: &impl Alarms, names: &[String]) -> Result<Vec<String>, Error> {
    let found = alarms.states(names).await?;
    let missing = names.iter().find(|name| found.iter().all(|alarm| alarm.name != **name));
    if let Some(alarm) = missing {
        return Err(Error::UnknownAlarm { alarm: alarm.clone() });
    }
    let fine = found.into_iter().filter(|alarm| alarm.state != AlarmState::InAlarm);
    Ok(fine.map(|alarm| alarm.name).collect())
}

fn decide(stack: &Stack, sides: &choose::Sides, target: Side) -> Decision {
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
    let old_ttl = sides.record.ttl_seconds.unwrap_or_default();
    Decision {
        target: on(target),
        other: on(target.other()),
        live: sides.live,
        from: sides.record.clone(),
        ttl_seconds: settings.record.ttl_seconds.get(),
        version: environment.version.clone(),
        previous: sides.on(target.other()).version.clone(),
        updated: environment.updated,
        artifact: None,
        in_place: false,
        stopped: false,
        match_size: settings.match_size,
        deploy_timeout_seconds: settings.deploy_timeout_seconds.get(),
        health_grace_seconds: settings.health_grace_seconds.get(),
        health_stable_seconds: settings.health_stable_seconds.get(),
        allowed_health: settings.allowed_health.clone(),
        warm_up: settings.warm_up.clone(),
        verify_seconds: settings.verify_seconds.get(),
        bake: settings.bake.clone(),
        drain_seconds: old_ttl + settings.drain_seconds.get(),
        new_relic: settings.new_relic.clone(),
    }
}
