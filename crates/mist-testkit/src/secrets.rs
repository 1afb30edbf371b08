//! Secrets in memory.

use std::collections::BTreeMap;

use mist_core::{Error, ports::Secrets};
use secrecy::SecretString;

/// Secrets in memory.
#[derive(Debug, Default)]
pub struct FakeSecrets {
    secrets: BTreeMap<String, SecretString>,
}

impl FakeSecrets {
    /// One secret, `id`.
    pub fn with(id: &str, value: &str) -> Self {
        Self { secrets: BTreeMap::from([(id.to_owned(), SecretString::from(value.to_owned()))]) }
    }
}

impl Secrets for FakeSecrets {
    async fn read(&self, id: &str) -> Result<SecretString, Error> {
        self.secrets.get(id).cloned().ok_or_else(|| Error::SecretMissing {
            id: id.to_owned(),
            problem: "there is none".to_owned(),
        })
    }
}
