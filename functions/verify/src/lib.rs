//! Looks once whether users reach a side by the stack's own name: through the name servers, and over HTTP.

#[cfg(test)]
mod tests;

use std::{net::IpAddr, time::Duration};

use jiff::Timestamp;
use mist_core::{
    EnvironmentName, Error, RecordRef, WarmUp,
    ports::{Clock, Destination, Leads, NameServers, Probe, Secrets, Told},
};
use serde::{Deserialize, Serialize};

/// How long one request may take.
const LONGEST_REQUEST: Duration = Duration::from_secs(10);

/// The status of an answer to a wrong user or password.
const UNAUTHORIZED: u16 = 401;

/// Everything that a look needs.
#[derive(Debug)]
pub struct World<N, P, S, C> {
    /// The name servers.
    pub name_servers: N,
    /// The requests.
    pub probe: P,
    /// The password, where there is one.
    pub secrets: S,
    /// The time.
    pub clock: C,
}

/// What must be reached by which name.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// The environment that must answer.
    pub environment: EnvironmentName,
    /// Its own name in DNS: where the record must lead to.
    pub to: String,
    /// The stack's record.
    pub record: RecordRef,
    /// The version that must answer, where the application tells it.
    pub version: Option<String>,
    /// How requests are sent, and what is a good answer: as for the warm-up.
    pub warm_up: WarmUp,
    /// When the name was moved.
    pub since: Timestamp,
    /// For how long it may take from then on, in seconds.
    pub verify_seconds: i64,
}

/// Users reach the environment.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// How many name servers say so.
    pub servers: usize,
    /// How long it took since the name was moved, in seconds.
    pub seconds: i64,
}

/// Looks once. [`Error::NotReady`] asks to look again later; [`Error::VerifyFailed`] is the end.
pub async fn run<N: NameServers, P: Probe, S: Secrets, C: Clock>(
    world: &World<N, P, S, C>,
    request: Request,
) -> Result<Response, Error> {
    let seconds = world.clock.now().duration_since(request.since).as_secs();
    match look(world, &request).await {
        Ok(servers) => {
            let Request { record, environment, .. } = &request;
            tracing::info!(
                record.name = %record.name,
                environment.name = %environment,
                "`{}` is answered by `{environment}`", record.name
            );
            Ok(Response { servers, seconds })
        }
        // It does not come back by waiting.
        Err(Unreached::NoSecret(error)) => Err(error),
        Err(Unreached::Yet(problem) | Unreached::Password(problem))
            if seconds < request.verify_seconds =>
        {
            Err(Error::NotReady {
                what: format!("`{}` on `{}`", request.record.name, request.environment),
                status: problem,
            })
        }
        Err(Unreached::Password(problem)) => Err(Error::PasswordRefused {
            environment: request.environment.to_string(),
            secret: request.warm_up.basic_auth_secret.unwrap_or_default(),
            problem: format!("{problem} ({seconds} s after the swap)"),
        }),
        Err(Unreached::Yet(problem)) => Err(Error::VerifyFailed {
            name: request.record.name.to_string(),
            environment: request.environment.to_string(),
            problem: format!("{problem} ({seconds} s after the swap)"),
        }),
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

impl From<String> for Unreached {
    fn from(problem: String) -> Self {
        Self::Yet(problem)
    }
}

async fn look<N: NameServers, P: Probe, S: Secrets, C: Clock>(
    world: &World<N, P, S, C>,
    request: &Request,
) -> Result<usize, Unreached> {
    let World { name_servers, probe, secrets, .. } = world;
    let said = |error: Error| error.to_string();
    let told = name_servers.ask(&request.record).await.map_err(said)?;
    let addresses = name_servers.addresses(&request.to).await.map_err(said)?;
    for Told { server, leads } in &told {
        leads_there(leads.as_ref(), &request.to, &addresses)
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
        _ => Ok(told.len()),
    }
}

// An alias shows addresses only; of those of a load balancer, each answer may show others.
fn leads_there(
    leads: Result<&Leads, &String>,
    to: &str,
    addresses: &[IpAddr],
) -> Result<(), String> {
    match leads {
        Err(problem) => Err(format!("gave no answer: {problem}")),
        Ok(Leads::Name(name)) if name.eq_ignore_ascii_case(to.trim_end_matches('.')) => Ok(()),
        Ok(Leads::Name(name)) => Err(format!("still leads to `{name}`")),
        Ok(Leads::Addresses(found)) if found.iter().any(|address| addresses.contains(address)) => {
            Ok(())
        }
        Ok(Leads::Addresses(found)) if found.is_empty() => Err("knows no such name".to_owned()),
        Ok(Leads::Addresses(found)) => Err(format!("leads to {found:?}, not to {addresses:?}")),
    }
}
