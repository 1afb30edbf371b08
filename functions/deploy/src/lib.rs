//! Creates an application version, and begins to deploy it to an environment that is not live.

mod request;
mod version;

#[cfg(test)]
mod tests;

use mist_core::{
    beanstalk::{
        environment::{Environment, EnvironmentStatus},
        event::last_failure,
    },
    error::Error,
    ports::{Artifacts, Beanstalk, Clock, Dns, Groups, Locks, Monitor},
    release::{
        capacity::{self, CAPACITY_SECONDS, CapacityWait},
        records, steps,
    },
};

pub use request::{Request, Response};

/// The ports of this function.
#[derive(Debug)]
pub struct Ports<B, A, D, G, L, C> {
    /// The environments and versions.
    pub beanstalk: B,
    /// The bundles.
    pub artifacts: A,
    /// The DNS records, which decide which environment is live.
    pub dns: D,
    /// The Auto Scaling groups.
    pub groups: G,
    /// The locks of stacks.
    pub locks: L,
    /// The time.
    pub clock: C,
}

/// Begins the deployment. A stopped environment first gets its instances back. Running again changes nothing if the
/// environment runs the version. While a deployment is in progress, the error is [`Error::EnvironmentBusy`].
pub async fn run(
    Ports { beanstalk, artifacts, dns, groups, locks, clock }: &Ports<
        impl Beanstalk + Monitor,
        impl Artifacts,
        impl Dns,
        impl Groups,
        impl Locks,
        impl Clock,
    >,
    request: Request,
) -> Result<Response, Error> {
    let since = clock.now();
    let Request { stack, holder, environment: name, version, stopped, .. } = &request;
    if *stopped {
        let wait = CapacityWait::new(name, request.since, CAPACITY_SECONDS, since);
        let ports = (groups, locks, clock);
        capacity::restore(ports, (stack, holder), request.side, wait).await?;
    }
    // This also renews the lease while the environment is busy.
    steps::hold(locks, clock, stack, holder).await?;
    let ready = ready(beanstalk, &request).await;
    if matches!(ready, Err(Error::EnvironmentBusy { .. })) {
        // The upload can be replaced while this waits. Beanstalk gets the version once it can deploy it.
        version::copy(artifacts, &request).await?;
    }
    let environment = ready?;
    version::keep(beanstalk, artifacts, &request).await?;
    if runs(beanstalk, &environment, &request).await? {
        return Ok(Response { request_id: None, already_running: true, since, started: *stopped });
    }
    // The records may have changed since the release was planned.
    if !request.in_place {
        records::check_idle(dns, (stack, &request.record), &environment).await?;
    }
    // An execution that has lost the lock must not overwrite the deployment of the next one.
    steps::hold(locks, clock, stack, holder).await?;
    // The time limit of the deployment begins here: the copy of a large bundle can take minutes.
    let since = clock.now();
    let update = beanstalk.deploy(name, version).await?;
    tracing::info!(
        environment.name = %name,
        version.label = %version,
        request.id = %update.request_id,
        "Beanstalk began to deploy `{version}` to `{name}`"
    );
    let request_id = Some(update.request_id);
    Ok(Response { request_id, already_running: false, since, started: *stopped })
}

/// The environment, if Beanstalk can deploy to it.
async fn ready(
    beanstalk: &impl Beanstalk,
    Request { environment: name, .. }: &Request,
) -> Result<Environment, Error> {
    let Some(environment) = beanstalk.environments(&[name]).await?.pop() else {
        return Err(Error::EnvironmentMissing { environment: name.to_string() });
    };
    let status = environment.status;
    if status.is_ending() {
        let status = status.to_string();
        return Err(Error::EnvironmentTerminating { environment: environment.name, status });
    }
    // It can also be busy with our own deployment, if the answer to an earlier call was lost. In both cases, the next
    // call finds whether it runs the version.
    if status != EnvironmentStatus::Ready {
        let status = status.to_string();
        return Err(Error::EnvironmentBusy { environment: environment.name, status });
    }
    Ok(environment)
}

/// Whether the environment is healthy, its last update succeeded, and no instance is known to run another version. Basic
/// health reports no instances.
async fn runs(
    beanstalk: &(impl Beanstalk + Monitor),
    environment: &Environment,
    Request { environment: name, version, .. }: &Request,
) -> Result<bool, Error> {
    let labelled = environment.version.as_deref() == Some(version.as_str());
    if !labelled || !environment.health.is_good() {
        return Ok(false);
    }
    // Stricter than the proof of what goes live without a deployment: one too many does no harm.
    if last_failure(&beanstalk.events(name, None).await?).is_some() {
        return Ok(false);
    }
    let instances = beanstalk.instances(name).await?;
    Ok(instances.is_none_or(|instances| instances.iter().all(|it| it.runs(version.as_str()))))
}
