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
    /// The change that was made by an earlier call: asks only how far it is.
    pub change: Option<Change>,
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

/// Makes the name lead to `request.to`, if it still leads to where it did. Running it again changes
/// nothing. With `change`, waits for all name servers to have it: [`Error::NotReady`] until then.
pub async fn run(dns: &impl Dns, request: Request) -> Result<Response, Error> {
    let Request { from, to, ttl_seconds, change } = request;
    if let Some(change) = change {
        return in_sync(dns, from, to, change).await;
    }
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

async fn in_sync(
    dns: &impl Dns,
    from: Record,
    to: String,
    change: Change,
) -> Result<Response, Error> {
    match dns.change(&change.id).await? {
        status @ ChangeStatus::Insync => {
            let change = Some(Change { status, ..change });
            Ok(Response { from: from.target, to, change })
        }
        // Route 53 answers before all its servers agree.
        ChangeStatus::Pending => {
            let what = format!("the change of `{}`", from.which.name);
            Err(Error::NotReady { what, status: "pending".to_owned() })
        }
    }
}
