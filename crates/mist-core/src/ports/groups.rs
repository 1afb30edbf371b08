//! The Auto Scaling groups of environments.

use crate::{EnvironmentName, Error, size::Group, size::Sizes};

/// The Auto Scaling groups of environments.
pub trait Groups {
    /// The group of `environment`. An environment that is not there is [`Error::EnvironmentMissing`], one
    /// without a group [`Error::NoGroup`].
    fn group(
        &self,
        environment: &EnvironmentName,
    ) -> impl Future<Output = Result<Group, Error>> + Send;

    /// Gives the group called `name` its `sizes`; instances come and go later. Doing it again changes nothing.
    fn resize(&self, name: &str, sizes: Sizes) -> impl Future<Output = Result<(), Error>> + Send;
}
