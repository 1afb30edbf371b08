//! Secrets in memory.

use std::collections::BTreeMap;

use mist_core::{error::Error, ports::Secrets};
use secrecy::SecretString;

/// Secrets in memory.
#[derive(Debug, Default)]
pub struct FakeSecrets {
    secrets: BTreeMap<String, SecretString>,
    down: bool,
}

impl FakeSecrets {
    /// The secret `id`.
    pub fn with(id: &str, value: &str) -> Self {
        let secrets = BTreeMap::from([(id.to_owned(), SecretString::from(value.to_owned()))]);
        Self { secrets, down: false }
    }

    /// Secrets that cannot be read.
    pub fn down() -> Self {
        Self { down: true, ..Self::default() }
    }
}

impl Secrets for FakeSecrets {
    async fn read(&self, id: &str) -> Result<SecretString, Error> {
        if self.down {
            let message = "no answer".to_owned();
            return Err(Error::ServiceUnavailable { service: "secretsmanager", message });
        }
        self.secrets.get(id).cloned().ok_or_else(|| Error::SecretMissing {
            id: id.to_owned(),
            problem: "it does not exist".to_owned(),
        })
    }
}
