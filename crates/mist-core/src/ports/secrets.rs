//! Secrets, by name.

use secrecy::SecretString;

use crate::error::Error;

/// Secrets, by name.
pub trait Secrets {
    /// The secret `id`. One that does not exist, or that mist may not read, is [`Error::SecretMissing`].
    fn read(&self, id: &str) -> impl Future<Output = Result<SecretString, Error>> + Send;
}
