//! Makes a stack's name lead to another side, if all is still as it was when that was decided.

use jiff::Timestamp;
use mist_core::{
    AllowedHealth, Change, ChangeStatus, EnvironmentName, EnvironmentStatus, Error, Holder, Record,
    StackName,
    ports::{self, Beanstalk, Clock, Dns, Ledger},
};
use serde::{Deserialize, Serialize};

#[cfg(test)]
mod tests;

/// For how many seconds the lock is kept at least, once the name begins to move.
const LEASE_SECONDS: i64 = 3600;

/// Everything a swap touches.
#[derive(Debug)]
pub struct World<D, B, L, C> {
    /// The records that say which side is live.
    pub dns: D,
    /// The environments.
    pub beanstalk: B,
    /// What mist remembers: who has the lock.
    pub ledger: L,
    /// The time.
    pub clock: C,
}

/// What to replace by what.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// The stack.
    pub stack: StackName,
    /// The run, which must have the stack's lock.
    pub holder: Holder,
    /// The record as it was when the release was planned.
    pub from: Record,
    /// The CNAME of the environment that must be live afterwards.
    pub to: String,
    /// The TTL that the record gets, in seconds.
    pub ttl_seconds: u32,
    /// What to do.
    pub step: Step,
}

/// What a call does.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Step {
    /// Makes the name lead to the target.
    Move(Expected),
    /// Looks whether all name servers have it, and whether it is still so.
    #[serde(rename_all = "camelCase")]
    Confirm {
        /// The change that was made; null when the name led there already.
        change: Option<Change>,
    },
}

/// How the environment was when it was found fit to go live. What is different by now was not looked at,
/// so it does not go live.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Expected {
    /// The environment.
    pub environment: EnvironmentName,
    /// The version that it ran; null when it ran none.
    pub version: Option<String>,
    /// When it had last changed; null when that is not known.
    pub updated: Option<Timestamp>,
    /// The healths that are good enough.
    pub allowed_health: AllowedHealth,
}

/// Where the name leads to.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// Where it led to before this call.
    pub from: String,
    /// Where it leads to now.
    pub to: String,
    /// The record as it is now: what a way back replaces.
    pub record: Record,
    /// The change; null when the name led there already.
    pub change: Option<Change>,
}

/// Makes the name lead to `request.to`, if it still leads to where it did, the environment is still as it
/// was, and the run still has the lock; or confirms that it does. Running either again changes nothing.
pub async fn run<D: Dns, B: Beanstalk, L: Ledger, C: Clock>(
    world: &World<D, B, L, C>,
    request: Request,
) -> Result<Response, Error> {
    match &request.step {
        Step::Move(expected) => make(world, &request, expected).await,
        Step::Confirm { change } => confirm(&world.dns, &request, change.clone()).await,
    }
}

async fn make<D: Dns, B: Beanstalk, L: Ledger, C: Clock>(
    world: &World<D, B, L, C>,
    request: &Request,
    expected: &Expected,
) -> Result<Response, Error> {
    let Request { from, to, ttl_seconds, .. } = request;
    let dns = &world.dns;
    let found = dns.record(&from.which).await?;
    if found.leads_to(to) {
        return Ok(Response {
            from: found.target.clone(),
            to: to.clone(),
            record: found,
            change: None,
        });
    }
    if !found.is_same(from) {
        return Err(Error::RecordChanged {
            name: from.which.name.to_string(),
            expected: from.to_string(),
            found: found.to_string(),
        });
    }
    unchanged(&world.beanstalk, expected).await?;
    // Last of all: nothing may come between it and the change.
    keep_lock(&world.ledger, &world.clock, request).await?;
    // Exactly what stands there now is replaced, dots and all.
    let record = found.leading_to(to, *ttl_seconds);
    let change = match dns.replace(&found, &record).await {
        Ok(change) => Some(change),
        // It can be our own change, resent because its answer was lost.
        Err(error @ Error::RecordChanged { .. }) => {
            if !dns.record(&from.which).await?.leads_to(to) {
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
        "`{}` now leads to `{to}`", from.which.name
    );
    Ok(Response { from: from.target.clone(), to: to.clone(), record, change })
}

/// Refuses an environment that is no longer as it was found fit to go live.
async fn unchanged(beanstalk: &impl Beanstalk, expected: &Expected) -> Result<(), Error> {
    let name = &expected.environment;
    let Some(found) = beanstalk.environments(&[name]).await?.pop() else {
        return Err(Error::EnvironmentMissing { environment: name.to_string() });
    };
    let changed =
        |problem: String| Err(Error::TargetChanged { environment: name.to_string(), problem });
    if found.status != EnvironmentStatus::Ready {
        return changed(format!("it is {}", found.status));
    }
    if found.version != expected.version {
        let named = |version: &Option<String>| version.clone().unwrap_or("no version".to_owned());
        let (ran, runs) = (named(&expected.version), named(&found.version));
        return changed(format!("it ran `{ran}`, and runs `{runs}` now"));
    }
    if let (Some(before), Some(now)) = (expected.updated, found.updated)
        && before != now
    {
        return changed(format!("it was updated at {now}"));
    }
    if !expected.allowed_health.allows(&found.health) {
        return Err(Error::TargetNotHealthy {
            environment: name.to_string(),
            status: found.status.to_string(),
            health: found.health.to_string(),
        });
    }
    Ok(())
}

/// Notes in the lock that the name moves, so that nobody takes it over from now on.
async fn keep_lock(
    ledger: &impl Ledger,
    clock: &impl Clock,
    Request { stack, holder, .. }: &Request,
) -> Result<(), Error> {
    ports::change(ledger, stack, |state| {
        let next = state.swapping(holder, clock.now().as_second(), LEASE_SECONDS)?;
        Ok((Some(next), ()))
    })
    .await
}

async fn confirm(
    dns: &impl Dns,
    Request { from, to, .. }: &Request,
    change: Option<Change>,
) -> Result<Response, Error> {
    let change = match change {
        Some(change) => Some(in_sync(dns, from, change).await?),
        None => None,
    };
    // Somebody may have moved it meanwhile: done is what is so now.
    let found = dns.record(&from.which).await?;
    if found.leads_to(to) {
        return Ok(Response { from: from.target.clone(), to: to.clone(), record: found, change });
    }
    let name = from.which.name.to_string();
    // An old answer looks just like this, so it is asked for again before it is believed.
    if found.is_same(from) {
        let status = format!("still leads to `{}`", found.target);
        return Err(Error::NotReady { what: format!("`{name}`"), status });
    }
    Err(Error::RecordChanged { name, expected: format!("`{to}`"), found: found.to_string() })
}

async fn in_sync(dns: &impl Dns, from: &Record, change: Change) -> Result<Change, Error> {
    match dns.change(&change.id).await? {
        status @ ChangeStatus::Insync => Ok(Change { status, ..change }),
        // Route 53 answers before its servers agree.
        ChangeStatus::Pending => {
            let what = format!("the change of `{}`", from.which.name);
            Err(Error::NotReady { what, status: "pending".to_owned() })
        }
    }
}
