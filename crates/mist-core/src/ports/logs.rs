//! The logs of instances.

use secrecy::SecretString;

use crate::{beanstalk::instance_log::SentLog, error::Error, names::EnvironmentName};

/// The logs of instances.
pub trait Logs {
    /// Has the instances of `environment` send the ends of their logs. They take a few seconds.
    fn ask(&self, environment: &EnvironmentName) -> impl Future<Output = Result<(), Error>> + Send;

    /// What the instances of `environment` have sent, now or earlier: the latest of each.
    fn sent(
        &self,
        environment: &EnvironmentName,
    ) -> impl Future<Output = Result<Vec<SentLog>, Error>> + Send;
}

/// Texts that lie somewhere on the web.
pub trait Texts {
    /// The text at `url`, as far as it fits into `most` bytes. One that is refused is
    /// [`Error::ServiceFailed`], one that does not come [`Error::ServiceUnavailable`]; neither tells the address.
    fn read(
        &self,
        url: &SecretString,
        most: usize,
    ) -> impl Future<Output = Result<String, Error>> + Send;
}
