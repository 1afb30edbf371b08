//! Settles whether a swap that failed changed the record all the same: its answer may have been lost.

use std::time::Duration;

use mist_core::{
    dns::record::Record,
    error::Error,
    ports::{Clock, Dns, NameServers},
    release::{
        failure::Failure,
        records::{Listing, StackRecords},
    },
};

use crate::{reach::Unreached, request::Request, resolve::resolve};

/// The time for which the record is read again before an old answer counts. A call that Route 53 does not answer takes
/// 20 s, and a call of this function has 55 s.
const READING: Duration = Duration::from_secs(5);

/// The pause between two readings.
const PAUSE: Duration = Duration::from_secs(1);

/// The state of the records.
enum Settled {
    /// The target of the swap: it was made.
    Moved,
    /// The target before the swap.
    NotMoved,
    /// Another target: the record was changed without mist.
    Elsewhere(String),
    /// Unknown, for this reason.
    Unknown(String),
}

/// Returns if the record changed; otherwise the error is [`Error::NotSwapped`]. If the record cannot be read at all, it
/// may have changed, and the error is [`Error::VerifyFailed`] or [`Error::Held`], as if users did not reach the
/// environment. A swap back is safe then: it changes nothing if the swap was not made.
pub(crate) async fn settle(
    (dns, name_servers, clock): (&impl Dns, &impl NameServers, &impl Clock),
    request: &Request,
    failure: &Failure,
) -> Result<(), Error> {
    let begun = clock.now();
    let mut record = read(dns, name_servers, request).await;
    // An answer from before the swap looks like no swap, and a missing answer may come later.
    while matches!(record, Settled::NotMoved | Settled::Unknown(_))
        && clock.now().duration_since(begun).unsigned_abs() < READING
    {
        clock.pause(PAUSE).await;
        record = read(dns, name_servers, request).await;
    }
    match record {
        Settled::Moved => {
            tracing::warn!("the swap was made, although it failed: {}", failure.message());
            Ok(())
        }
        Settled::NotMoved => Err(Error::NotSwapped { problem: failure.message() }),
        Settled::Elsewhere(found) => {
            tracing::warn!("the record points to `{found}`: it was changed without mist");
            Err(Error::NotSwapped { problem: failure.message() })
        }
        Settled::Unknown(problem) => {
            let unreached = Unreached::from(format!("{}; {problem}", failure.message()));
            let seconds = clock.now().duration_since(request.since).as_secs();
            Err(unreached.failed(request, seconds))
        }
    }
}

/// Reads the records by the API of Route 53. If that does not answer, the name servers are queried.
async fn read(dns: &impl Dns, name_servers: &impl NameServers, request: &Request) -> Settled {
    let from = request.from.as_deref().unwrap_or_default();
    match records(dns, request, from).await {
        Ok(found) if found.iter().all(|record| record.points_to(&request.to)) => Settled::Moved,
        Ok(found) if !from.is_empty() && same(&found, from) => Settled::NotMoved,
        Ok(found) => {
            let elsewhere = found.into_iter().find(|record| !record.points_to(&request.to));
            Settled::Elsewhere(elsewhere.map(|record| record.target).unwrap_or_default())
        }
        Err(error) => match resolve(name_servers, request).await {
            Ok(_) => Settled::Moved,
            Err(problem) => {
                Settled::Unknown(format!("the record cannot be read: {error}; {problem}"))
            }
        },
    }
}

async fn records(
    dns: &impl Dns,
    Request { record: names, to, .. }: &Request,
    from: &[Record],
) -> Result<Vec<Record>, Error> {
    let before = from.first().map_or("", |record| record.target.as_str());
    let listing = Listing::quick(dns, names).await?;
    Ok(StackRecords::read(names, [before, to], listing)?.records())
}

fn same(found: &[Record], from: &[Record]) -> bool {
    found.len() == from.len()
        && from.iter().all(|before| found.iter().any(|record| record.is_same(before)))
}
