//! Decides what a run of the workflow will do, before anything is changed: which operation, on which
//! side of which stack, with which version.

mod choose;
mod request;

#[cfg(test)]
mod tests;

use mist_core::{
    Artifact, Environments, Error, NewRelic, Record, RecordRef, Side, Stack, StackName, Target,
    WarmUp,
    ports::{Artifacts, Beanstalk, Dns, Stacks},
};
use serde::Serialize;

pub use request::{Operation, Request};

/// Everything a plan is made from.
#[derive(Debug)]
pub struct World<S, D, B, A> {
    /// The configuration of stacks.
    pub stacks: S,
    /// The records that say which side is live.
    pub dns: D,
    /// The environments and versions.
    pub beanstalk: B,
    /// The bundles.
    pub artifacts: A,
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
    /// The decision; absent for `version`, which only looks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
}

/// On which side, with which version.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Decision {
    /// The environment that the operation is for.
    pub target: Target,
    /// The side that is live now.
    pub live: Side,
    /// The record as it was read: the swap replaces exactly this.
    pub from: Record,
    /// The TTL that the record gets, in seconds.
    pub ttl_seconds: u32,
    /// The version that is deployed or marked: for `warm` and `swap`, the one that the target runs.
    pub version: Option<String>,
    /// The bundle of that version, where one was uploaded.
    pub artifact: Option<Artifact>,
    /// For how long a deployment may take, in seconds.
    pub deploy_timeout_seconds: u32,
    /// For how long a deployed environment may take to become healthy, in seconds.
    pub health_grace_seconds: u32,
    /// How to warm it up.
    pub warm_up: WarmUp,
    /// Where to mark it.
    pub new_relic: Option<NewRelic>,
}

/// Makes the plan. Reads only, so running it again changes nothing.
pub async fn run<S: Stacks, D: Dns, B: Beanstalk, A: Artifacts>(
    world: &World<S, D, B, A>,
    request: Request,
) -> Result<Response, Error> {
    let asked = request.read()?;
    let stack = world.stacks.load(&asked.stack).await?;
    asked.fits(&stack)?;
    let mut response = Response {
        operation: asked.operation,
        goes_live: asked.operation == Operation::Swap,
        already_live: false,
        stack: stack.name.clone(),
        application: stack.application.clone(),
        environments: stack.settings.environments.clone(),
        record: stack.record(),
        user: asked.user.clone(),
        decision: None,
    };
    // A stack that is not as it should be is just what somebody wants to look at.
    if asked.operation == Operation::Version {
        return Ok(response);
    }
    let sides = choose::Sides::look(world, &stack).await?;
    let target = choose::target(&asked, &stack, &sides)?;
    let mut decision = decide(&stack, &sides, target);
    match asked.operation {
        Operation::Deploy => {
            let chosen = choose::version(world, &stack, &asked).await?;
            response.goes_live = asked.environment.is_none();
            // Without a version at Beanstalk nobody can tell that what runs is what was uploaded.
            response.already_live =
                response.goes_live && chosen.kept && sides.runs_live(&chosen.version);
            if response.already_live {
                decision = decide(&stack, &sides, sides.live);
            }
            decision.version = Some(chosen.version.to_string());
            decision.artifact = chosen.artifact;
        }
        Operation::Swap => sides.may_go_live(decision.target.side)?,
        Operation::Warm | Operation::Mark | Operation::Version => {}
    }
    tracing::info!(
        stack.name = %stack.name,
        environment.name = %decision.target.environment,
        version.label = decision.version.as_deref(),
        "planned {} on side {} of `{}`", asked.operation, decision.target.side, stack.name
    );
    response.decision = Some(decision);
    Ok(response)
}

fn decide(stack: &Stack, sides: &choose::Sides, target: Side) -> Decision {
    let settings = &stack.settings;
    let environment = sides.on(target);
    Decision {
        target: Target {
            side: target,
            environment: settings.environments.on(target).clone(),
            cname: environment.cname.clone(),
            address: environment.address.clone(),
            version: environment.version.clone(),
        },
        live: sides.live,
        from: sides.record.clone(),
        ttl_seconds: settings.record.ttl_seconds.get(),
        version: environment.version.clone(),
        artifact: None,
        deploy_timeout_seconds: settings.deploy_timeout_seconds.get(),
        health_grace_seconds: settings.health_grace_seconds.get(),
        warm_up: settings.warm_up.clone(),
        new_relic: settings.new_relic.clone(),
    }
}
