//! The Auto Scaling groups of environments.

use crate::{beanstalk::capacity::Group, error::Error, names::EnvironmentName};

/// The Auto Scaling groups of environments.
pub trait Groups {
    /// The group of `environment`. An environment that is not there is [`Error::EnvironmentMissing`], one
    /// without a group [`Error::NoGroup`], and one with several, as while an update replaces instances,
    /// [`Error::EnvironmentBusy`].
    fn group(
        &self,
        environment: &EnvironmentName,
    ) -> impl Future<Output = Result<Group, Error>> + Send;

    /// Gives the group called `name` this minimum and this desired size; instances come and go later. The
    /// maximum stays. Doing it again changes nothing.
    fn resize(
        &self,
        name: &str,
        min: u32,
        desired: u32,
    ) -> impl Future<Output = Result<(), Error>> + Send;
}
