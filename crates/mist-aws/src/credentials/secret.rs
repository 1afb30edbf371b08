//! The access key in a secret.

use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_credential_types::{
    Credentials,
    provider::{self, ProvideCredentials, future},
};
use aws_sdk_secretsmanager::Client;
use mist_core::{error::Error, ports::Secrets as _};

use super::key_pair::KeyPair;
use crate::{error::NoCredentials, secrets::SecretsManager};

/// The time after which the secret is read again, so that a rotated key is used soon.
const MAX_AGE: Duration = Duration::from_mins(15);

/// The access key in a secret.
#[derive(Debug)]
pub(super) struct SecretKey {
    id: String,
    secrets: SecretsManager,
}

impl SecretKey {
    /// The access key in the secret `id`, which is read with the credentials of `own`.
    pub(super) fn new(own: &SdkConfig, id: String) -> Self {
        Self { id, secrets: SecretsManager::new(Client::new(own)) }
    }

    async fn read(&self) -> Result<Credentials, Error> {
        let text = self.secrets.read(&self.id).await?;
        let pair = KeyPair::from_text(&text).ok_or_else(|| {
            let problem = "it is not {\"accessKeyId\": …, \"secretAccessKey\": …}".to_owned();
            Error::SecretMissing { id: self.id.clone(), problem }
        })?;
        let mut credentials = pair.credentials();
        *credentials.expiry_mut() = Some(SystemTime::now() + MAX_AGE);
        Ok(credentials)
    }
}

impl ProvideCredentials for SecretKey {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            let read: provider::Result =
                self.read().await.map_err(|error| NoCredentials(error).into());
            read
        })
    }
}
