//! Settles whether a swap that failed has moved the record all the same: an answer can be lost.

use std::time::Duration;

use mist_core::{
    dns::answer::NameServerAnswer,
    error::Error,
    ports::{Clock, Dns, Locks, NameServers, Probe, Secrets},
    release::failure::Failure,
};

use crate::{PAUSE, Ports, Request, points_there};

/// How long the record is read again before an old answer is believed. A call that Route 53 does not answer takes
/// 20 s, and a call of this function has 55 s.
const READING: Duration = Duration::from_secs(5);

/// Where the record points.
enum Record {
    /// To the target: the swap was made.
    Moved,
    /// To where it did before.
    NotMoved,
    /// Elsewhere: it was changed without mist.
    Elsewhere(String),
    /// Unknown, for this reason.
    Unknown(String),
}

/// Returns if the record moved; otherwise the error is [`Error::NotSwapped`]. If the record cannot be read at all,
/// it may have moved, and the error is [`Error::VerifyFailed`] or [`Error::Held`], as if users did not reach the
/// environment: swapping back changes nothing if it did not.
pub(crate) async fn settle<D: Dns, N: NameServers, P: Probe, S: Secrets, L: Locks, C: Clock>(
    ports: &Ports<D, N, P, S, L, C>,
    request: &Request,
    failure: &Failure,
) -> Result<(), Error> {
    let begun = ports.clock.now();
    let mut record = read(ports, request).await;
    // An old answer looks just like no swap, and one that is missing may come later.
    while matches!(record, Record::NotMoved | Record::Unknown(_))
        && ports.clock.now().duration_since(begun).unsigned_abs() < READING
    {
        ports.clock.pause(PAUSE).await;
        record = read(ports, request).await;
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
            let unreached = format!("{}; {problem}", failure.message());
            let seconds = ports.clock.now().duration_since(request.since).as_secs();
            Err(crate::failed(request, unreached.into(), seconds))
        }
    }
}

/// Reads the record by the API, and if that does not answer, asks the name servers.
async fn read<D: Dns, N: NameServers, P, S, L, C>(
    Ports { dns, name_servers, .. }: &Ports<D, N, P, S, L, C>,
    request: &Request,
) -> Record {
    match dns.record(&request.record).await {
        Ok(found) if found.points_to(&request.to) => Record::Moved,
        Ok(found) if request.from.as_ref().is_some_and(|from| found.is_same(from)) => {
            Record::NotMoved
        }
        Ok(found) => Record::Elsewhere(found.target),
        Err(error) => ask(name_servers, request).await.unwrap_or_else(|problem| {
            Record::Unknown(format!("the record cannot be read: {error}; {problem}"))
        }),
    }
}

/// Whether all name servers have the new target.
async fn ask(name_servers: &impl NameServers, request: &Request) -> Result<Record, String> {
    let said = |error: Error| error.to_string();
    let answers = name_servers.query(&request.record).await.map_err(said)?;
    let addresses = name_servers.addresses(&request.to).await.map_err(said)?;
    for NameServerAnswer { server, target } in &answers {
        points_there(target.as_ref(), &request.to, &addresses)
            .map_err(|problem| format!("name server {server} {problem}"))?;
    }
    Ok(Record::Moved)
}
