//! Secrets, by name.

use secrecy::SecretString;

use crate::error::Error;

/// Secrets, by name.
pub trait Secrets {
    /// The secret `id`. None there, or one that may not be read, is [`Error::SecretMissing`].
    fn read(&self, id: &str) -> impl Future<Output = Result<SecretString, Error>> + Send;
}
