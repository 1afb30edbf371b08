//! Makes a stack's name lead to another side.

use mist_core::{Change, ChangeStatus, Error, Record, ports::Dns};
use serde::{Deserialize, Serialize};

#[cfg(test)]
mod tests;

/// What to replace by what.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// The record as it was when the release was planned.
    pub from: Record,
    /// The CNAME of the environment that must be live afterwards.
    pub to: String,
    /// The TTL that the record gets, in seconds.
    pub ttl_seconds: u32,
    /// What to do.
    pub step: Step,
    /// For [`Step::Confirm`], the change that was made; null when the name led there already.
    pub change: Option<Change>,
}

/// What a call does.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Step {
    /// Makes the name lead to the target.
    Move,
    /// Looks whether all name servers have it, and whether it is still so.
    Confirm,
}

/// Where the name leads to.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// Where it led to before this call.
    pub from: String,
    /// Where it leads to now.
    pub to: String,
    /// The change; null when the name led there already.
    pub change: Option<Change>,
}

/// Makes the name lead to `request.to`, if it still leads to where it did, or confirms that it does.
/// Running either again changes nothing.
pub async fn run(dns: &impl Dns, request: Request) -> Result<Response, Error> {
    let Request { from, to, ttl_seconds, step, change } = request;
    match step {
        Step::Move => make(dns, from, to, ttl_seconds).await,
        Step::Confirm => confirm(dns, from, to, change).await,
    }
}

async fn make(
    dns: &impl Dns,
    from: Record,
    to: String,
    ttl_seconds: u32,
) -> Result<Response, Error> {
    let found = dns.record(&from.which).await?;
    if found.leads_to(&to) {
        return Ok(Response { from: found.target, to, change: None });
    }
    if found != from {
        return Err(Error::RecordChanged {
            name: from.which.name.to_string(),
            expected: from.to_string(),
            found: found.to_string(),
        });
    }
    let change = match dns.replace(&from, &from.leading_to(&to, ttl_seconds)).await {
        Ok(change) => change,
        // It can be our own change, resent because its answer was lost.
        Err(error @ Error::RecordChanged { .. }) => {
            return if dns.record(&from.which).await?.leads_to(&to) {
                Ok(Response { from: from.target, to, change: None })
            } else {
                Err(error)
            };
        }
        Err(error) => return Err(error),
    };
    tracing::info!(
        record.name = %from.which.name,
        record.from = %from.target,
        record.to = %to,
        "`{}` now leads to `{to}`", from.which.name
    );
    Ok(Response { from: from.target, to, change: Some(change) })
}

async fn confirm(
    dns: &impl Dns,
    from: Record,
    to: String,
    change: Option<Change>,
) -> Result<Response, Error> {
    let change = match change {
        Some(change) => Some(in_sync(dns, &from, change).await?),
        None => None,
    };
    // Somebody may have moved it meanwhile: done is what is so now.
    let found = dns.record(&from.which).await?;
    if found.leads_to(&to) {
        return Ok(Response { from: from.target, to, change });
    }
    Err(Error::RecordChanged {
        name: from.which.name.to_string(),
        expected: format!("`{to}`"),
        found: found.to_string(),
    })
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
