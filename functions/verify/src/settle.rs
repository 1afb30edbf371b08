//! Settles whether a swap that failed changed the record all the same: its answer may have been lost.

use std::time::Duration;

use mist_core::{
    dns::{record::Record, set::RecordSet},
    error::Error,
    ports::{Clock, Dns, NameServers},
    release::{failure::Failure, records::Listing},
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

/// Reads the records by the API of Route 53. The name servers are queried only if that says nothing about the records.
async fn read(dns: &impl Dns, name_servers: &impl NameServers, request: &Request) -> Settled {
    match Listing::quick(dns, &request.record).await {
        Ok(listing) => judge(&listing.sets, request),
        Err(error @ Error::HostedZoneMissing { .. }) => Settled::Elsewhere(error.to_string()),
        Err(error) => match resolve(name_servers, request).await {
            Ok(_) => Settled::Moved,
            Err(problem) => {
                Settled::Unknown(format!("the record cannot be read: {error}; {problem}"))
            }
        },
    }
}

/// Judges only the records that the swap was to move: it was refused if any other record of the stack was missing, or
/// could not be moved. All of them move or none, so one that was deleted later does not count, unless it is the domain's.
fn judge(sets: &[RecordSet], Request { from, to, .. }: &Request) -> Settled {
    let from = from.as_deref().unwrap_or_default();
    let Some(domain) = from.first() else {
        return Settled::Unknown("the records before the swap are unknown".to_owned());
    };
    let set_of = |before: &Record| sets.iter().find(|set| set.is(&before.which));
    if set_of(domain).is_none() {
        return Settled::Elsewhere(format!("nothing: {} does not exist", domain.which));
    }
    let found: Vec<_> = from.iter().filter_map(|before| Some((before, set_of(before)?))).collect();
    let has_moved = |set: &RecordSet| set.points_to(&[to]);
    if found.iter().all(|(_, set)| has_moved(set)) {
        return Settled::Moved;
    }
    let is_as_before = |(before, set): &(&Record, &RecordSet)| {
        set.record(&before.which.zone).is_ok_and(|record| record.is_same(before))
    };
    if found.iter().all(is_as_before) {
        return Settled::NotMoved;
    }
    let elsewhere = found.into_iter().find(|(_, set)| !has_moved(set));
    Settled::Elsewhere(elsewhere.map(|(_, set)| set.values()).unwrap_or_default())
}
