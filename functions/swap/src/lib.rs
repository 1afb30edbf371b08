//! Points the DNS records of a stack to another environment, if none of them has changed since the release was planned.

use jiff::Timestamp;
use mist_core::{
    beanstalk::{environment::EnvironmentStatus, health::AllowedHealth},
    dns::{
        names::StackNames,
        record::{Change, Record},
    },
    error::Error,
    names::{EnvironmentName, StackName},
    ports::{Beanstalk, Clock, Dns, Locks, Monitor},
    release::{
        live::{self, GoingLive},
        proof,
        records::{Listing, StackRecords},
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

/// The change of the records, and the state of the environment that it requires.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// The stack.
    pub stack: StackName,
    /// The execution, which must hold the lock of the stack.
    pub holder: Holder,
    /// The names of the stack.
    pub record: StackNames,
    /// The records as they were when the release was planned, that of the domain first.
    pub from: Vec<Record>,
    /// The CNAME of the environment that goes live.
    pub to: String,
    /// Whether each record must be as planned, and no other record may point to one of the environments. False in a swap
    /// back and a rollback: users of a failed version do not wait for other records.
    pub alone: bool,
    /// The TTL of the new records, in seconds.
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

/// The records after the swap.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// The target before this call.
    pub from: String,
    /// The target now.
    pub to: String,
    /// The records now.
    pub records: Vec<Record>,
    /// The change; null if the records already pointed to the environment.
    pub change: Option<Change>,
}

/// Points all records to `request.to`, in one step, and stores which environment is live. The records must be as planned,
/// the environment as it was found healthy, and the lock held by the execution. Swapping again changes nothing.
///
/// Unless the swap must be `alone`, it moves the records that point to the old environment now, and warns of the rest. Only
/// a domain that points elsewhere refuses it.
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
    let Request { stack, holder, record: names, from, to, ttl_seconds, .. } = request;
    let found = read(dns, request).await?;
    if let Some(response) = already(&found, to) {
        return Ok(response);
    }
    if request.alone {
        found.compare(from)?;
        found.refuse_others(stack)?;
    }
    check_target(beanstalk, request).await?;
    // This is the last step before the change: from here on, no other release can supersede this one.
    steps::change(locks, stack, |state| {
        Ok((Some(state.swapping(holder, clock.now().as_second())?), ()))
    })
    .await?;
    // Route 53 only replaces exactly the records that it has, with their final dots.
    let mut records = found.records();
    let moves: Vec<_> = records
        .iter_mut()
        .filter(|record| !record.points_to(to))
        .map(|record| {
            let after = record.pointing_to(to, *ttl_seconds);
            (std::mem::replace(record, after.clone()), after)
        })
        .collect();
    let change = match dns.replace(&moves).await {
        Ok(change) => Some(change),
        // It may be our own change: the client repeats a request whose answer is lost.
        Err(error @ Error::RecordChanged { .. }) => {
            if already(&read(dns, request).await?, to).is_none() {
                return Err(error);
            }
            None
        }
        Err(error) => return Err(error),
    };
    let (name, from) = (&names.name, target(from));
    tracing::info!(
        record.name = %name,
        record.count = moves.len(),
        record.from = %from,
        record.to = %to,
        "`{name}` now points to `{to}`, with {} records", moves.len()
    );
    Ok(Response { from, to: to.clone(), records, change })
}

/// Reads the records of the stack, and in a small zone all others that point to one of the environments.
async fn read(
    dns: &impl Dns,
    Request { record: names, from, to, alone, .. }: &Request,
) -> Result<StackRecords, Error> {
    let listing = Listing::quick(dns, names).await?;
    let cnames = [target(from), to.clone()];
    let cnames = cnames.each_ref().map(String::as_str);
    if *alone {
        return StackRecords::read(names, cnames, listing);
    }
    let records = StackRecords::read_movable(names, cnames, listing)?;
    for skipped in &records.skipped {
        tracing::warn!(stack.domain = %names.name, "the swap leaves a record behind: {skipped}");
    }
    Ok(records)
}

/// The response if all records point to `to` already.
fn already(found: &StackRecords, to: &str) -> Option<Response> {
    let records = found.records();
    let from = target(&records);
    let moved = !records.is_empty() && records.iter().all(|record| record.points_to(to));
    moved.then(|| Response { from, to: to.to_owned(), records, change: None })
}

/// The target of the domain.
fn target(records: &[Record]) -> String {
    records.first().map(|record| record.target.clone()).unwrap_or_default()
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
