//! Settles whether a swap that failed changed the record all the same: its answer may have been lost.

use std::time::Duration;

use mist_core::{
    error::Error,
    ports::{Clock, Dns, NameServers},
    release::failure::Failure,
};

use crate::{reach::Unreached, request::Request, resolve::resolve};

/// The time for which the record is read again before an old answer counts. A call that Route 53 does not answer takes
/// 20 s, and a call of this function has 55 s.
const READING: Duration = Duration::from_secs(5);

/// The pause between two readings.
const PAUSE: Duration = Duration::from_secs(1);

/// The target of the record.
enum Record {
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
    while matches!(record, Record::NotMoved | Record::Unknown(_))
        && clock.now().duration_since(begun).unsigned_abs() < READING
    {
        clock.pause(PAUSE).await;
        record = read(dns, name_servers, request).await;
    }
    match record {
        Record::Moved => {
            tracing::warn!("the swap was made, although it failed: {}", failure.message());
            Ok(())
        }
        Record::NotMoved => Err(Error::NotSwapped { problem: failure.message() }),
        Record::Elsewhere(found) => {
            tracing::warn!("the record points to `{found}`: it was changed without mist");
            Err(Error::NotSwapped { problem: failure.message() })
        }
        Record::Unknown(problem) => {
            let unreached = Unreached::from(format!("{}; {problem}", failure.message()));
            let seconds = clock.now().duration_since(request.since).as_secs();
            Err(unreached.failed(request, seconds))
        }
    }
}

/// Reads the record by the API of Route 53. If that does not answer, the name servers are queried.
async fn read(dns: &impl Dns, name_servers: &impl NameServers, request: &Request) -> Record {
    match dns.record(&request.record).await {
        Ok(found) if found.points_to(&request.to) => Record::Moved,
        Ok(found) if request.from.as_ref().is_some_and(|from| found.is_same(from)) => {
            Record::NotMoved
        }
        Ok(found) => Record::Elsewhere(found.target),
        Err(error) => match resolve(name_servers, request).await {
            Ok(_) => Record::Moved,
            Err(problem) => {
                Record::Unknown(format!("the record cannot be read: {error}; {problem}"))
            }
        },
    }
}
