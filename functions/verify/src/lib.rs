//! Verifies that users reach an environment by the stack's own name: through the name servers, and over HTTP.

mod settle;

#[cfg(test)]
mod tests;

use std::{net::IpAddr, time::Duration};

use jiff::Timestamp;
use mist_core::{
    dns::{
        answer::{DnsTarget, NameServerAnswer},
        record::{Record, RecordRef},
    },
    error::Error,
    names::{EnvironmentName, StackName},
    ports::{Clock, Destination, Dns, Locks, NameServers, Probe, Secrets},
    release::{
        failure::Failure,
        live::{self, GoingLive},
        state::Holder,
    },
    stack::warm_up::WarmUp,
};
use serde::{Deserialize, Serialize};

/// How long one request may take.
const LONGEST_REQUEST: Duration = Duration::from_secs(10);

/// How long one call goes on looking. Name servers mostly have a change within this time, so that most swaps are
/// verified by one call.
const PATIENCE: Duration = Duration::from_secs(20);

/// The pause between two looks of a call.
const PAUSE: Duration = Duration::from_secs(1);

/// The status of an answer to a wrong user or password.
const UNAUTHORIZED: u16 = 401;

/// Everything that a look needs.
#[derive(Debug)]
pub struct Ports<D, N, P, S, L, C> {
    /// The DNS records, as Route 53's API tells them.
    pub dns: D,
    /// The name servers.
    pub name_servers: N,
    /// The requests.
    pub probe: P,
    /// The password, if there is one.
    pub secrets: S,
    /// The locks of stacks.
    pub locks: L,
    /// The time.
    pub clock: C,
}

/// The environment that must answer, and by which name.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// The stack.
    pub stack: StackName,
    /// The execution, which must hold the lock of the stack.
    pub holder: Holder,
    /// The environment that must answer.
    pub environment: EnvironmentName,
    /// Its CNAME: the target of the record.
    pub to: String,
    /// The stack's record.
    pub record: RecordRef,
    /// The record before the swap; null if there was no swap.
    pub from: Option<Record>,
    /// The version that must answer, if the application tells it.
    pub version: Option<String>,
    /// How requests are sent, and which answer is good: as for the warm-up.
    pub warm_up: WarmUp,
    /// How long it may take from `since` on, in seconds.
    pub verify_seconds: i64,
    /// When the verification began.
    pub since: Timestamp,
    /// The failure of the swap; null if it succeeded.
    #[serde(default)]
    pub swap_failure: Option<Failure>,
    /// Whether there is an environment to swap back to.
    pub can_swap_back: bool,
    /// What is live.
    pub live: GoingLive,
}

/// Users reach the environment.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// How many name servers have the record.
    pub servers: usize,
    /// How long it took, in seconds.
    pub seconds: i64,
}

/// Verifies for some seconds. [`Error::NotReady`] asks to be called again. [`Error::VerifyFailed`] is the end, or
/// [`Error::Held`] if there is no environment to swap back to: also if it cannot be verified at all, as nobody knows
/// then whether users reach the environment.
///
/// If the swap failed, its answer may have been lost. So this first settles whether the record moved: if it did
/// not, the error is [`Error::NotSwapped`].
pub async fn run<D: Dns, N: NameServers, P: Probe, S: Secrets, L: Locks, C: Clock>(
    ports: &Ports<D, N, P, S, L, C>,
    request: Request,
) -> Result<Response, Error> {
    match verify(ports, &request).await {
        Err(
            error @ (Error::NotReady { .. }
            | Error::NotSwapped { .. }
            | Error::VerifyFailed { .. }
            | Error::Held { .. }),
        ) => Err(error),
        Err(error) if !error.is_transient() => {
            let seconds = ports.clock.now().duration_since(request.since).as_secs();
            Err(failed(&request, error.to_string().into(), seconds))
        }
        verified => verified,
    }
}

async fn verify<D: Dns, N: NameServers, P: Probe, S: Secrets, L: Locks, C: Clock>(
    ports: &Ports<D, N, P, S, L, C>,
    request: &Request,
) -> Result<Response, Error> {
    if let Some(failure) = &request.swap_failure {
        settle::settle(ports, request, failure).await?;
    }
    let Request { stack, holder, live, .. } = request;
    live::note(&ports.locks, &ports.clock, (stack, holder), live).await?;
    let begun = ports.clock.now();
    loop {
        let now = ports.clock.now();
        let seconds = now.duration_since(request.since).as_secs();
        match look(ports, request).await {
            Ok(servers) => {
                let Request { record, environment, .. } = request;
                tracing::info!(
                    record.name = %record.name,
                    environment.name = %environment,
                    "`{}` is answered by `{environment}`", record.name
                );
                return Ok(Response { servers, seconds });
            }
            // It does not come back by waiting.
            Err(Unreached::NoSecret(error)) => return Err(error),
            Err(unreached) if seconds >= request.verify_seconds => {
                return Err(failed(request, unreached, seconds));
            }
            Err(unreached) => {
                // What is over is counted after the look: one can take as long as a call has.
                let took = ports.clock.now().duration_since(begun);
                if took.unsigned_abs() >= PATIENCE {
                    return Err(Error::NotReady {
                        what: format!("`{}` on `{}`", request.record.name, request.environment),
                        status: unreached.problem(),
                    });
                }
                ports.clock.pause(PAUSE).await;
            }
        }
    }
}

/// The error once the time is over.
fn failed(request: &Request, unreached: Unreached, seconds: i64) -> Error {
    let environment = request.environment.to_string();
    let password = matches!(unreached, Unreached::Password(_));
    let problem = format!("{} ({seconds} s after the swap)", unreached.problem());
    let name = request.record.name.to_string();
    if !request.can_swap_back {
        let problem = format!("record `{name}` does not reach environment `{environment}`: {problem}");
        let reason = live::NO_SWAP_BACK.to_owned();
        return Error::Held { environment, problem, reason };
    }
    match &request.warm_up.basic_auth_secret {
        Some(secret) if password => Error::VerifyFailed {
            name,
            environment,
            problem: format!("{problem}; secret `{secret}` must hold USER:PASSWORD"),
        },
        _ => Error::VerifyFailed { name, environment, problem },
    }
}

/// Why users do not reach the environment.
enum Unreached {
    /// They may do so later.
    Yet(String),
    /// It does not take the password, or not yet.
    Password(String),
    /// The password cannot be read.
    NoSecret(Error),
}

impl Unreached {
    fn problem(self) -> String {
        match self {
            Self::Yet(problem) | Self::Password(problem) => problem,
            Self::NoSecret(error) => error.to_string(),
        }
    }
}

impl From<String> for Unreached {
    fn from(problem: String) -> Self {
        Self::Yet(problem)
    }
}

async fn look<D, N: NameServers, P: Probe, S: Secrets, L, C>(
    Ports { name_servers, probe, secrets, .. }: &Ports<D, N, P, S, L, C>,
    request: &Request,
) -> Result<usize, Unreached> {
    let said = |error: Error| error.to_string();
    let answers = name_servers.query(&request.record).await.map_err(said)?;
    let addresses = name_servers.addresses(&request.to).await.map_err(said)?;
    for NameServerAnswer { server, target } in &answers {
        points_there(target.as_ref(), &request.to, &addresses)
            .map_err(|problem| format!("name server {server} {problem}"))?;
    }
    let address = addresses.first().ok_or_else(|| format!("`{}` has no address", request.to))?;
    let basic_auth = match &request.warm_up.basic_auth_secret {
        Some(id) => match secrets.read(id).await {
            Ok(password) => Some(password),
            Err(error @ Error::SecretMissing { .. }) => return Err(Unreached::NoSecret(error)),
            Err(error) => return Err(said(error).into()),
        },
        None => None,
    };
    let destination = Destination {
        scheme: request.warm_up.scheme,
        domain: request.record.name.clone(),
        address: address.to_string(),
        port: request.warm_up.port(),
        basic_auth,
        version_in: request.warm_up.version_in.clone(),
    };
    let path = request.warm_up.paths.iter().next().unwrap_or("/");
    let answer = probe
        .get(&destination, path, LONGEST_REQUEST)
        .await
        .map_err(|problem| format!("`{path}`: {problem}"))?;
    let expected = request.warm_up.expected_status.get();
    if u32::from(answer.status) != expected {
        let problem = format!("`{path}` answered {}, not {expected}", answer.status);
        let password = answer.status == UNAUTHORIZED && destination.basic_auth.is_some();
        return Err(if password { Unreached::Password(problem) } else { problem.into() });
    }
    match (&request.warm_up.version_in, &request.version) {
        (Some(_), Some(version)) if answer.version.as_ref() != Some(version) => {
            let found = answer.version.as_deref().unwrap_or("none");
            Err(format!("`{path}` was answered by version `{found}`, not `{version}`").into())
        }
        _ => Ok(answers.len()),
    }
}

// An alias shows addresses only; of those of a load balancer, each answer may show others.
fn points_there(
    target: Result<&DnsTarget, &String>,
    to: &str,
    addresses: &[IpAddr],
) -> Result<(), String> {
    match target {
        Err(problem) => Err(format!("gave no answer: {problem}")),
        Ok(DnsTarget::Name(name)) if name.eq_ignore_ascii_case(to.trim_end_matches('.')) => Ok(()),
        Ok(DnsTarget::Name(name)) => Err(format!("still points to `{name}`")),
        Ok(DnsTarget::Addresses(found)) if found.iter().any(|it| addresses.contains(it)) => Ok(()),
        Ok(DnsTarget::Addresses(found)) if found.is_empty() => Err("knows no such name".to_owned()),
        Ok(DnsTarget::Addresses(found)) => {
            Err(format!("points to {found:?}, not to {addresses:?}"))
        }
    }
}
