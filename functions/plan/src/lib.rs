//! Plans a release before it changes anything: the target, the version, and the request of each step. It also compares
//! the stack with its stored state.

mod bundles;
mod checks;
mod choose;
mod decide;
mod memory;
mod request;
mod requests;
mod sides;
mod steps;

#[cfg(test)]
mod tests;

use mist_core::{
    error::Error,
    ports::{Alarms, Artifacts, Beanstalk, Clock, Dns, Groups, History, Locks, Monitor, Stacks},
    release::{live, request::Operation, target::Target},
    stack::ranged::Ranged,
};

pub use request::{GoesLive, Observed, Request, Response, Start, Steps, Summary};

use sides::Sides;

/// The ports of this function.
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
    /// The alarms of bakes.
    pub alarms: M,
    /// The time.
    pub clock: C,
}

/// Makes the plan, and writes it into the history. If the release accepts drift, the stack is stored as it is found.
/// Planning again changes nothing else.
///
/// [`Error::SourceNotFetched`]: the version must be fetched first.
pub async fn run(
    Ports { stacks, dns, beanstalk, artifacts, groups, locks, history, alarms, clock }: &Ports<
        impl Stacks,
        impl Dns,
        impl Beanstalk + Monitor,
        impl Artifacts,
        impl Groups,
        impl Locks,
        impl History,
        impl Alarms,
        impl Clock,
    >,
    Request { release }: Request,
) -> Result<Response, Error> {
    if release.operation == Operation::Version {
        return Ok(steps::show_versions(&release));
    }
    if let Some(name) = release.fetch.as_ref().filter(|_| release.fetched.is_none()) {
        return Err(Error::SourceNotFetched { name: name.to_string() });
    }
    let stack = stacks.load(&release.stack).await?;
    let sides = Sides::look((dns, beanstalk, clock), &release, &stack).await?;
    let target = choose::target(&release, &stack, &sides)?;
    let remembered = locks.state(&release.stack).await?;
    let accepted = memory::check(&release, (&stack, &sides), target, &remembered, clock.now())?;
    let ports = (beanstalk, artifacts, groups);
    let mut decision =
        decide::decide(ports, &release, &stack, &sides, (target, &remembered)).await?;
    let mut warnings = sides.warnings();
    // Only a deployment bakes: a person who requests a swap watches it.
    if release.operation != Operation::Deploy {
        decision.bake.seconds = Ranged::new(0);
    }
    if decision.bake.seconds.get() > 0 {
        warnings.extend(checks::alarms(alarms, &mut decision.bake).await?);
    }
    let drift = accepted.as_ref().map(|accepted| accepted.differences.clone());
    warnings.extend(drift.as_ref().map(|drift| format!("drift was accepted: {drift}")));
    // First who accepted, then the effect.
    history.plan(&stack.name, &release.release_id, &decision.planned(drift)).await?;
    if let (Some(accepted), Some(holder)) = (&accepted, &release.holder) {
        live::accept(locks, (&stack.name, holder), &accepted.live).await?;
    }
    let Target { side, environment, .. } = &decision.target;
    tracing::info!(
        stack.name = %stack.name,
        environment.name = %environment,
        version.label = decision.version.as_deref(),
        "planned {} on side {side} of `{}`", release.operation, stack.name
    );
    Ok(steps::response(&release, &stack, decision, warnings))
}
