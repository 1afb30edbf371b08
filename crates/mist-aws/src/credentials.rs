//! As whom AWS is asked: mist's own account, that of the environments, and that of the hosted zones.
//!
//! Environments and hosted zones may be in accounts of their own. Each of these two sides has credentials of its
//! own then, which the other never uses.

#[cfg(feature = "dns")]
mod secret;
#[cfg(test)]
mod tests;

use std::time::Duration;

use aws_config::{SdkConfig, sts::AssumeRoleProvider};
use aws_credential_types::{
    Credentials,
    provider::{self, ProvideCredentials, error::CredentialsError, future},
};
use aws_sdk_sts::operation::assume_role::AssumeRoleError;
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use mist_core::error::Error;
use secrecy::{ExposeSecret, SecretString};

use crate::error::{classify, find};

/// How long credentials may take to come.
const LOAD_TIMEOUT: Duration = Duration::from_secs(10);

/// A session may have a name of this many characters.
const LONGEST_SESSION_NAME: usize = 64;

/// Whose credentials a side has.
#[derive(Clone, Debug, Default)]
pub enum Identity {
    /// Those that mist itself runs with.
    #[default]
    Own,
    /// Those of a role, which is assumed with mist's own, and again before they run out.
    Role {
        /// The ARN of the role.
        arn: String,
        /// What the trust policy of the role asks for, if it does.
        external_id: Option<String>,
    },
    /// Those that a secret holds as `{"accessKeyId": …, "secretAccessKey": …}`. It is read with mist's own, and
    /// again after some minutes.
    #[cfg(feature = "dns")]
    Secret {
        /// The name of the secret.
        id: String,
    },
    /// An access key.
    Keys(KeyPair),
}

impl Identity {
    /// The environments' side: a role where `MIST_BEANSTALK_ROLE_ARN` names one, with
    /// `MIST_BEANSTALK_EXTERNAL_ID`. Empty is the same as not set.
    pub fn beanstalk(variable: impl Fn(&str) -> Option<String>) -> Self {
        role("BEANSTALK", variable).unwrap_or_default()
    }

    /// The hosted zones' side: a role where `MIST_DNS_ROLE_ARN` names one, with `MIST_DNS_EXTERNAL_ID`, or else
    /// the access key in the secret `MIST_DNS_SECRET`. Empty is the same as not set.
    #[cfg(feature = "dns")]
    pub fn dns(variable: impl Fn(&str) -> Option<String>) -> Self {
        let secret = || Some(Self::Secret { id: told(&variable, "MIST_DNS_SECRET")? });
        role("DNS", &variable).or_else(secret).unwrap_or_default()
    }

    /// `own`, with the credentials of this identity.
    pub(crate) async fn configure(&self, own: &SdkConfig) -> SdkConfig {
        match self {
            Self::Own => own.clone(),
            Self::Role { arn, external_id } => {
                let mut builder = AssumeRoleProvider::builder(arn.as_str())
                    .session_name(session_name())
                    .configure(own);
                if let Some(id) = external_id {
                    builder = builder.external_id(id.as_str());
                }
                with(own, Role { arn: arn.clone(), inner: builder.build().await })
            }
            #[cfg(feature = "dns")]
            Self::Secret { id } => with(own, secret::SecretKey::new(own, id.clone())),
            Self::Keys(pair) => with(own, pair.credentials()),
        }
    }
}

fn role(side: &str, variable: impl Fn(&str) -> Option<String>) -> Option<Identity> {
    let arn = told(&variable, &format!("MIST_{side}_ROLE_ARN"))?;
    let external_id = told(&variable, &format!("MIST_{side}_EXTERNAL_ID"));
    Some(Identity::Role { arn, external_id })
}

fn told(variable: impl Fn(&str) -> Option<String>, name: &str) -> Option<String> {
    variable(name).filter(|value| !value.is_empty())
}

fn with(own: &SdkConfig, credentials: impl ProvideCredentials + 'static) -> SdkConfig {
    // Not the cache of the other sides.
    let cache = aws_config::identity::IdentityCache::lazy().load_timeout(LOAD_TIMEOUT).build();
    let provider = provider::SharedCredentialsProvider::new(credentials);
    own.clone().into_builder().credentials_provider(provider).identity_cache(cache).build()
}

// In CloudTrail of the other account: which of the functions it was.
fn session_name() -> String {
    let name = std::env::var("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_else(|_| "mist".to_owned());
    name.chars().take(LONGEST_SESSION_NAME).collect()
}

/// A role that says in our words why it cannot be assumed.
#[derive(Debug)]
struct Role {
    arn: String,
    inner: AssumeRoleProvider,
}

impl Role {
    async fn assume(&self) -> provider::Result {
        let error = match self.inner.provide_credentials().await {
            Ok(credentials) => return Ok(credentials),
            Err(error) => error,
        };
        let refused = find::<SdkError<AssumeRoleError, HttpResponse>>(&error)
            .map(|refusal| classify("sts", refusal));
        match refused {
            Some(Error::AccessDenied { message, .. } | Error::ServiceFailed { message, .. }) => {
                let role = self.arn.clone();
                Err(unusable(Error::RoleDenied { role, problem: message }))
            }
            Some(later) => Err(unusable(later)),
            None => Err(error),
        }
    }
}

impl ProvideCredentials for Role {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.assume())
    }
}

/// Why there are no credentials, on its way through the SDK to [`classify`].
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Unusable(pub(crate) Error);

fn unusable(error: Error) -> CredentialsError {
    CredentialsError::provider_error(Unusable(error))
}

/// An access key with its secret.
#[derive(Clone, Debug)]
pub struct KeyPair {
    id: String,
    secret: SecretString,
}

impl KeyPair {
    /// The access key `id` with its secret.
    pub fn new(id: String, secret: SecretString) -> Self {
        Self { id, secret }
    }

    /// The pair for everything that the command calls: `AWS_APP_ACCESS_KEY_ID` and `AWS_APP_SECRET_ACCESS_KEY`.
    /// `None` when neither is set; [`Error::InvalidInput`] names the one that is missing.
    pub fn app(variable: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, Error> {
        Self::read("APP", variable)
    }

    /// The pair for what looks at hosted zones: `AWS_DNS_ACCESS_KEY_ID` and `AWS_DNS_SECRET_ACCESS_KEY`. `None`
    /// when neither is set; [`Error::InvalidInput`] names the one that is missing.
    pub fn dns(variable: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, Error> {
        Self::read("DNS", variable)
    }

    fn read(side: &str, variable: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, Error> {
        let names = [format!("AWS_{side}_ACCESS_KEY_ID"), format!("AWS_{side}_SECRET_ACCESS_KEY")];
        let [id, secret] = names.each_ref().map(|name| told(&variable, name));
        let half = |missing: &str, given: &str| {
            let problem = format!("`{given}` is set and `{missing}` is not; set both, or neither");
            Err(Error::InvalidInput { problem })
        };
        match (id, secret) {
            (Some(id), Some(secret)) => Ok(Some(Self::new(id, secret.into()))),
            (None, None) => Ok(None),
            (Some(_), None) => half(&names[1], &names[0]),
            (None, Some(_)) => half(&names[0], &names[1]),
        }
    }

    /// The text with which a secret holds the pair: `{"accessKeyId": …, "secretAccessKey": …}`.
    #[cfg(feature = "dns")]
    pub fn to_text(&self) -> SecretString {
        secret::text(&self.id, &self.secret)
    }

    /// The pair that a secret with this text holds; `None` where it holds something else.
    #[cfg(feature = "dns")]
    pub fn from_text(text: &SecretString) -> Option<Self> {
        secret::parse(text)
    }

    fn credentials(&self) -> Credentials {
        let secret = self.secret.expose_secret();
        Credentials::new(
            self.id.trim(),
            secret.trim(),
            None,
            None,
            "a pair of environment variables",
        )
    }
}
