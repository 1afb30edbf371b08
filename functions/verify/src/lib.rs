//! Verifies that users reach an environment by the name of the stack: through the name servers, and over HTTP.

mod reach;
mod request;
mod resolve;
mod settle;

#[cfg(test)]
mod tests;

use std::time::Duration;

use mist_core::{
    error::Error,
    ports::{Clock, Dns, Locks, NameServers, Probe, Secrets},
    release::live,
};

pub use request::{Request, Response};

use reach::Unreached;

/// The time for which one call looks again. Most name servers have a change within this time, so that one call is enough
/// for most swaps.
const PATIENCE: Duration = Duration::from_secs(20);

/// The pause between two looks of a call.
const PAUSE: Duration = Duration::from_secs(1);

/// The ports of this function.
#[derive(Debug)]
pub struct Ports<D, N, P, S, L, C> {
    /// The DNS records, by the API of Route 53.
    pub dns: D,
    /// The name servers.
    pub name_servers: N,
    /// The web requests.
    pub probe: P,
    /// The password, if the warm-up names one.
    pub secrets: S,
    /// The locks of stacks.
    pub locks: L,
    /// The time.
    pub clock: C,
}

/// Verifies for some seconds. [`Error::NotReady`]: call again. [`Error::VerifyFailed`] ends the verification, or
/// [`Error::Held`] if there is no environment to swap back to: also if an error prevents it, as users may not reach the
/// environment then.
///
/// If the swap failed, its answer may have been lost. So this first settles whether the record changed: if it did not,
/// the error is [`Error::NotSwapped`].
pub async fn run(
    ports: &Ports<impl Dns, impl NameServers, impl Probe, impl Secrets, impl Locks, impl Clock>,
    request: Request,
) -> Result<Response, Error> {
    let Ports { dns, name_servers, probe, secrets, locks, clock } = ports;
    let verified = async {
        if let Some(failure) = &request.swap_failure {
            settle::settle((dns, name_servers, clock), &request, failure).await?;
        }
        let Request { stack, holder, live, .. } = &request;
        live::note(locks, clock, (stack, holder), live).await?;
        verify((name_servers, probe, secrets), clock, &request).await
    };
    match verified.await {
        Err(
            error @ (Error::NotReady { .. }
            | Error::NotSwapped { .. }
            | Error::VerifyFailed { .. }
            | Error::Held { .. }),
        ) => Err(error),
        Err(error) if !error.is_transient() => {
            let seconds = clock.now().duration_since(request.since).as_secs();
            Err(Unreached::from(error.to_string()).failed(&request, seconds))
        }
        verified => verified,
    }
}

/// Looks until users reach the environment, or the time of this call or of the verification is over.
async fn verify(
    ports: (&impl NameServers, &impl Probe, &impl Secrets),
    clock: &impl Clock,
    request: &Request,
) -> Result<Response, Error> {
    let Request { record, environment, since, verify_seconds, .. } = request;
    let begun = clock.now();
    loop {
        let seconds = clock.now().duration_since(*since).as_secs();
        match reach::look(ports, request).await {
            Ok(servers) => {
                tracing::info!(
                    record.name = %record.name,
                    environment.name = %environment,
                    "`{}` reaches `{environment}`", record.name
                );
                return Ok(Response { servers, seconds });
            }
            Err(Unreached::NoSecret(error)) => return Err(error),
            Err(unreached) if seconds >= *verify_seconds => {
                return Err(unreached.failed(request, seconds));
            }
            Err(unreached) => {
                // Checked after the look, which can take as long as a call may last.
                if clock.now().duration_since(begun).unsigned_abs() >= PATIENCE {
                    return Err(Error::NotReady {
                        what: format!("`{}` on `{environment}`", record.name),
                        status: unreached.problem(),
                    });
                }
                clock.pause(PAUSE).await;
            }
        }
    }
}
