//! Points the DNS record of a stack to another environment, if neither has changed since the release was planned.

use jiff::Timestamp;
use mist_core::{
    beanstalk::{environment::EnvironmentStatus, health::AllowedHealth},
    dns::record::{Change, Record},
    error::Error,
    names::{EnvironmentName, StackName},
    ports::{Beanstalk, Clock, Dns, Locks, Monitor},
    release::{
        live::{self, GoingLive},
        proof,
        state::Holder,
        steps,
    },
};
use serde::{Deserialize, Serialize};

#[cfg(test)]
mod tests;

/// The ports of this function.
#[derive(Debug)]
pub struct Ports<D, B, L, C> {
    /// The DNS records.
    pub dns: D,
    /// The environments.
    pub beanstalk: B,
    /// The locks of stacks.
    pub locks: L,
    /// The time.
    pub clock: C,
}

/// The change of the record, and the state of the environment that it requires.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// The stack.
    pub stack: StackName,
    /// The execution, which must hold the lock of the stack.
    pub holder: Holder,
    /// The record as it was when the release was planned.
    pub from: Record,
    /// The CNAME of the environment that goes live.
    pub to: String,
    /// The TTL of the new record, in seconds.
    pub ttl_seconds: u32,
    /// The environment that goes live.
    pub environment: EnvironmentName,
    /// The version that it ran when it was found healthy; null if it had none.
    pub version: Option<String>,
    /// The time of its last update when it was found healthy; null if that is unknown, as in a swap back. Then the swap
    /// proves that the environment runs the version.
    pub updated: Option<Timestamp>,
    /// The health statuses that are good enough.
    pub allowed_health: AllowedHealth,
    /// The state of the stack after the swap.
    pub live: GoingLive,
}

/// The record after the swap.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// The target before this call.
    pub from: String,
    /// The target now.
    pub to: String,
    /// The record now.
    pub record: Record,
    /// The change; null if the record already pointed to the environment.
    pub change: Option<Change>,
}

/// Points the record to `request.to`, and stores which environment is live. The record must be as planned, the
/// environment as it was found healthy, and the lock held by the execution. Swapping again changes nothing.
pub async fn run(
    Ports { dns, beanstalk, locks, clock }: &Ports<
        impl Dns,
        impl Beanstalk + Monitor,
        impl Locks,
        impl Clock,
    >,
    request: Request,
) -> Result<Response, Error> {
    let response = point((dns, beanstalk, locks, clock), &request).await?;
    let Request { stack, holder, live, .. } = &request;
    live::note(locks, clock, (stack, holder), live).await?;
    Ok(response)
}

async fn point(
    (dns, beanstalk, locks, clock): (
        &impl Dns,
        &(impl Beanstalk + Monitor),
        &impl Locks,
        &impl Clock,
    ),
    request: &Request,
) -> Result<Response, Error> {
    let Request { stack, holder, from, to, ttl_seconds, .. } = request;
    let found = dns.record(&from.which).await?;
    if found.points_to(to) {
        let from = found.target.clone();
        return Ok(Response { from, to: to.clone(), record: found, change: None });
    }
    if !found.is_same(from) {
        return Err(Error::RecordChanged {
            name: from.which.name.to_string(),
            expected: from.to_string(),
            found: found.to_string(),
        });
    }
    check_target(beanstalk, request).await?;
    // This is the last step before the change: from here on, no other release can supersede this one.
    steps::change(locks, stack, |state| {
        Ok((Some(state.swapping(holder, clock.now().as_second())?), ()))
    })
    .await?;
    // Route 53 only replaces exactly the record that it has, with its final dots.
    let record = found.pointing_to(to, *ttl_seconds);
    let change = match dns.replace(&found, &record).await {
        Ok(change) => Some(change),
        // It may be our own change: the client repeats a request whose answer is lost.
        Err(error @ Error::RecordChanged { .. }) => {
            if !dns.record(&from.which).await?.points_to(to) {
                return Err(error);
            }
            None
        }
        Err(error) => return Err(error),
    };
    tracing::info!(
        record.name = %from.which.name,
        record.from = %from.target,
        record.to = %to,
        "`{}` now points to `{to}`", from.which.name
    );
    Ok(Response { from: from.target.clone(), to: to.clone(), record, change })
}

/// Refuses an environment that has changed since it was found healthy, or that may not run the version of its label.
async fn check_target(
    beanstalk: &(impl Beanstalk + Monitor),
    Request { environment: name, version, updated, allowed_health, .. }: &Request,
) -> Result<(), Error> {
    let Some(found) = beanstalk.environments(&[name]).await?.pop() else {
        return Err(Error::EnvironmentMissing { environment: name.to_string() });
    };
    let changed =
        |problem: String| Err(Error::TargetChanged { environment: name.to_string(), problem });
    if found.status != EnvironmentStatus::Ready {
        return changed(format!("it is {}", found.status));
    }
    if found.version != *version {
        let named = |version: &Option<String>| version.clone().unwrap_or("no version".to_owned());
        let (ran, runs) = (named(version), named(&found.version));
        return changed(format!("it ran `{ran}`, and runs `{runs}` now"));
    }
    if let (Some(before), Some(now)) = (*updated, found.updated)
        && before != now
    {
        return changed(format!("it was updated at {now}"));
    }
    if !allowed_health.allows(&found.health) {
        return Err(Error::TargetNotHealthy {
            environment: name.to_string(),
            status: found.status.to_string(),
            health: found.health.to_string(),
        });
    }
    match version {
        Some(version) if updated.is_none() => proof::runs(beanstalk, name, version).await,
        _ => Ok(()),
    }
}
