//! An access key that a secret holds.

use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_credential_types::{
    Credentials,
    provider::{self, ProvideCredentials, future},
};
use aws_sdk_secretsmanager::Client;
use mist_core::{error::Error, ports::Secrets as _};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;

use super::{KeyPair, unusable};
use crate::secrets::SecretsManager;

/// After how long the secret is read again, so that a new key is used soon.
const KEPT: Duration = Duration::from_mins(15);

/// The access key in a secret.
#[derive(Debug)]
pub(super) struct SecretKey {
    id: String,
    secrets: SecretsManager,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Pair {
    access_key_id: String,
    secret_access_key: String,
}

/// The text that holds this pair.
pub(super) fn text(id: &str, secret: &SecretString) -> SecretString {
    json!({ "accessKeyId": id, "secretAccessKey": secret.expose_secret() }).to_string().into()
}

/// The pair that the text holds. What the parser would say of another one may repeat what it read.
pub(super) fn parse(text: &SecretString) -> Option<KeyPair> {
    let Pair { access_key_id, secret_access_key } =
        serde_json::from_str(text.expose_secret()).ok()?;
    Some(KeyPair::new(access_key_id, secret_access_key.into()))
}

impl SecretKey {
    /// The one in the secret `id`, which is read as `own` says.
    pub(super) fn new(own: &SdkConfig, id: String) -> Self {
        Self { id, secrets: SecretsManager::new(Client::new(own)) }
    }

    async fn read(&self) -> Result<Credentials, Error> {
        let text = self.secrets.read(&self.id).await?;
        let pair = parse(&text).ok_or_else(|| {
            let problem = "it is not {\"accessKeyId\": …, \"secretAccessKey\": …}".to_owned();
            Error::SecretMissing { id: self.id.clone(), problem }
        })?;
        let until = SystemTime::now() + KEPT;
        let secret = pair.secret.expose_secret();
        Ok(Credentials::new(pair.id, secret, None, Some(until), "a secret"))
    }
}

impl ProvideCredentials for SecretKey {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            let read: provider::Result = self.read().await.map_err(unusable);
            read
        })
    }
}
