//! One look: whether users reach the environment by the name of the stack.

use std::time::Duration;

use mist_core::{
    error::Error,
    ports::{NameServers, Probe, Secrets},
    release::{
        live::NO_SWAP_BACK,
        web_check::{self, WrongAnswer},
    },
};

use crate::{request::Request, resolve::resolve};

/// The time limit of one web request.
const LONGEST_REQUEST: Duration = Duration::from_secs(10);

/// The reason why users do not reach the environment.
pub(crate) enum Unreached {
    /// A condition that may be met later.
    Yet(WrongAnswer),
    /// A secret that does not exist: later looks cannot succeed either.
    NoSecret(Error),
}

impl Unreached {
    /// The problem, as a fragment of a message.
    pub(crate) fn problem(self) -> String {
        match self {
            Self::Yet(wrong) => wrong.problem,
            Self::NoSecret(error) => error.to_string(),
        }
    }

    /// The error if the time limit has passed after `seconds`.
    pub(crate) fn failed(self, request: &Request, seconds: i64) -> Error {
        let refused = matches!(&self, Self::Yet(wrong) if wrong.password_refused);
        let mut problem = format!("{} ({seconds} s after the swap)", self.problem());
        if let Some(secret) = request.warm_up.basic_auth_secret.as_ref().filter(|_| refused) {
            problem = format!("{problem}; secret `{secret}` must hold USER:PASSWORD");
        }
        let environment = request.environment.to_string();
        let name = request.record.name.to_string();
        let failed = Error::VerifyFailed { name, environment: environment.clone(), problem };
        if request.can_swap_back {
            return failed;
        }
        let reason = NO_SWAP_BACK.to_owned();
        Error::Held { environment, problem: failed.to_string(), reason }
    }
}

impl From<String> for Unreached {
    fn from(problem: String) -> Self {
        Self::Yet(problem.into())
    }
}

/// Looks once. Returns the number of name servers.
pub(crate) async fn look(
    (name_servers, probe, secrets): (&impl NameServers, &impl Probe, &impl Secrets),
    request: &Request,
) -> Result<usize, Unreached> {
    let Request { warm_up, record, to, version, .. } = request;
    let (servers, addresses) = resolve(name_servers, request).await?;
    let address = addresses.first().ok_or_else(|| format!("`{to}` has no address"))?.to_string();
    let destination = web_check::destination(secrets, warm_up, &record.name, &address)
        .await
        .map_err(|error| match error {
            Error::SecretMissing { .. } => Unreached::NoSecret(error),
            error => error.to_string().into(),
        })?;
    let path = warm_up.paths.iter().next().unwrap_or("/");
    let answer = probe.get(&destination, path, LONGEST_REQUEST).await;
    let answer = answer.map_err(|problem| format!("`{path}`: {problem}"))?;
    web_check::check(warm_up, version.as_deref(), path, &answer).map_err(Unreached::Yet)?;
    Ok(servers)
}
