//! The logs of instances.

use secrecy::SecretString;

use crate::{beanstalk::instance_log::LogTail, error::Error, names::EnvironmentName};

/// The logs of instances.
pub trait Logs {
    /// Requests the tails of the logs of `environment`. Its instances take a few seconds.
    fn request(
        &self,
        environment: &EnvironmentName,
    ) -> impl Future<Output = Result<(), Error>> + Send;

    /// The newest tail that each instance of `environment` has sent, for this request or an earlier one.
    fn retrieve(
        &self,
        environment: &EnvironmentName,
    ) -> impl Future<Output = Result<Vec<LogTail>, Error>> + Send;
}

/// Texts at web addresses.
pub trait HttpText {
    /// The first `most` bytes of the text at `url`. A refusal is [`Error::ServiceFailed`], no answer
    /// [`Error::ServiceUnavailable`]; neither has the address in its message.
    fn read(
        &self,
        url: &SecretString,
        most: usize,
    ) -> impl Future<Output = Result<String, Error>> + Send;
}
