//! The Auto Scaling groups of environments.

use crate::{beanstalk::capacity::Group, error::Error, names::EnvironmentName};

/// The Auto Scaling groups of environments.
pub trait Groups {
    /// The group of `environment`. One without a group, or that is not there, is [`Error::NoGroup`]; one with
    /// several, as while an update replaces instances, [`Error::EnvironmentBusy`].
    fn group(
        &self,
        environment: &EnvironmentName,
    ) -> impl Future<Output = Result<Group, Error>> + Send;

    /// Sets the minimum and the desired capacity of the group `name`; its instances follow later. The maximum stays.
    /// Setting them again changes nothing.
    fn set_capacity(
        &self,
        name: &str,
        min: u32,
        desired: u32,
    ) -> impl Future<Output = Result<(), Error>> + Send;
}
