//! Secrets Manager.

use aws_sdk_secretsmanager::Client;
use mist_core::{Error, ports::Secrets};
use secrecy::SecretString;

use crate::error::classify;

/// Secrets Manager, through the SDK.
#[derive(Clone, Debug)]
pub struct SecretsManager {
    client: Client,
}

impl SecretsManager {
    /// Uses `client` for every call.
    pub fn new(client: Client) -> Self {
        Self { client }
    }
}

impl Secrets for SecretsManager {
    async fn read(&self, id: &str) -> Result<SecretString, Error> {
        let missing = |problem: String| Error::SecretMissing { id: id.to_owned(), problem };
        match self.client.get_secret_value().secret_id(id).send().await {
            Ok(answer) => answer
                .secret_string()
                .map(|secret| SecretString::from(secret.trim()))
                .ok_or_else(|| missing("it holds bytes and no text".to_owned())),
            Err(error) => match classify("secretsmanager", &error) {
                Error::AccessDenied { message, .. } | Error::ServiceFailed { message, .. } => {
                    Err(missing(message))
                }
                later => Err(later),
            },
        }
    }
}
