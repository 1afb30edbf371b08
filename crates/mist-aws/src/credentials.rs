//! Credentials of the calls: mist's own, those for the environments, and those for the hosted zones.
//!
//! Environments and hosted zones may be in other accounts than mist. Each of the two has an identity of its own then,
//! which no other call uses.

mod key_pair;
mod role;
#[cfg(feature = "dns")]
mod secret;
#[cfg(test)]
mod tests;

use std::time::Duration;

use aws_config::SdkConfig;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};

pub use self::key_pair::KeyPair;
use self::{key_pair::non_empty, role::AssumedRole};

/// The time limit for getting credentials.
const LOAD_TIMEOUT: Duration = Duration::from_secs(10);

/// The identity of a call.
#[derive(Clone, Debug, Default)]
pub enum Identity {
    /// The credentials of mist itself.
    #[default]
    Own,
    /// A role, assumed with the credentials of mist, and again before the session expires.
    Role {
        /// The ARN of the role.
        arn: String,
        /// The external id that the trust policy of the role requires, if any.
        external_id: Option<String>,
    },
    /// An access key in a secret, as `{"accessKeyId": …, "secretAccessKey": …}`. The secret is read with the
    /// credentials of mist, and again after 15 minutes.
    #[cfg(feature = "dns")]
    Secret {
        /// The name of the secret.
        id: String,
    },
    /// An access key.
    Keys(KeyPair),
}

impl Identity {
    /// The identity for environments, versions and alarms: the role `MIST_BEANSTALK_ROLE_ARN` with
    /// `MIST_BEANSTALK_EXTERNAL_ID`, or [`Identity::Own`]. An empty variable is the same as an absent one.
    pub fn beanstalk(variable: impl Fn(&str) -> Option<String>) -> Self {
        role("BEANSTALK", variable).unwrap_or_default()
    }

    /// The identity for hosted zones: the role `MIST_DNS_ROLE_ARN` with `MIST_DNS_EXTERNAL_ID`, the access key in
    /// the secret `MIST_DNS_SECRET`, or [`Identity::Own`]. An empty variable is the same as an absent one.
    #[cfg(feature = "dns")]
    pub fn dns(variable: impl Fn(&str) -> Option<String>) -> Self {
        let secret = || Some(Self::Secret { id: non_empty(&variable, "MIST_DNS_SECRET")? });
        role("DNS", &variable).or_else(secret).unwrap_or_default()
    }

    /// `own` with the credentials of this identity.
    pub(crate) async fn configure(&self, own: &SdkConfig) -> SdkConfig {
        match self {
            Self::Own => own.clone(),
            Self::Role { arn, external_id } => {
                with(own, AssumedRole::new(own, arn, external_id.as_deref()).await)
            }
            #[cfg(feature = "dns")]
            Self::Secret { id } => with(own, secret::SecretKey::new(own, id.clone())),
            Self::Keys(pair) => with(own, pair.credentials()),
        }
    }
}

fn role(account: &str, variable: impl Fn(&str) -> Option<String>) -> Option<Identity> {
    let arn = non_empty(&variable, &format!("MIST_{account}_ROLE_ARN"))?;
    let external_id = non_empty(&variable, &format!("MIST_{account}_EXTERNAL_ID"));
    Some(Identity::Role { arn, external_id })
}

fn with(own: &SdkConfig, credentials: impl ProvideCredentials + 'static) -> SdkConfig {
    // A cache of its own: that of `own` can return the credentials of another identity.
    let cache = aws_config::identity::IdentityCache::lazy().load_timeout(LOAD_TIMEOUT).build();
    let provider = SharedCredentialsProvider::new(credentials);
    own.clone().into_builder().credentials_provider(provider).identity_cache(cache).build()
}
