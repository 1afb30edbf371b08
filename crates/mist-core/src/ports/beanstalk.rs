//! Elastic Beanstalk.

use crate::{
    beanstalk::{
        application_version::{ApplicationVersion, Bundle},
        environment::{Environment, Event},
        health::{HealthReport, InstanceHealth},
    },
    error::Error,
    names::{EnvironmentName, VersionLabel},
};

/// Elastic Beanstalk.
pub trait Beanstalk {
    /// What Beanstalk says of `names`, in their order. A name that it does not know is absent, so
    /// the answer can be shorter.
    fn environments(
        &self,
        names: &[&EnvironmentName],
    ) -> impl Future<Output = Result<Vec<Environment>, Error>> + Send;

    /// The version `label` of `application`, if there is one.
    fn version(
        &self,
        application: &str,
        label: &VersionLabel,
    ) -> impl Future<Output = Result<Option<ApplicationVersion>, Error>> + Send;

    /// The label of the version of `application` that was made last, if there is one that can be deployed.
    fn newest_version(
        &self,
        application: &str,
    ) -> impl Future<Output = Result<Option<VersionLabel>, Error>> + Send;

    /// Makes Beanstalk keep a version, without a check. Does nothing when the label is taken: look at what
    /// holds it with [`Beanstalk::version`].
    fn create_version(
        &self,
        version: &NewVersion,
    ) -> impl Future<Output = Result<(), Error>> + Send;

    /// Starts to deploy `label` to `environment`. One that is busy is [`Error::EnvironmentBusy`]:
    /// that can be our own call, resent because its answer was lost.
    fn deploy(
        &self,
        environment: &EnvironmentName,
        label: &VersionLabel,
    ) -> impl Future<Output = Result<Update, Error>> + Send;

    /// The events of the update `request_id`, or of all that happened to the environment, oldest first;
    /// at most the last 100.
    fn events(
        &self,
        environment: &EnvironmentName,
        request_id: Option<&str>,
    ) -> impl Future<Output = Result<Vec<Event>, Error>> + Send;
}

/// What Beanstalk measures of environments.
pub trait Monitor {
    /// What Beanstalk knows of each instance of `environment`. `None` under basic health, which does not
    /// look at instances.
    fn instances(
        &self,
        environment: &EnvironmentName,
    ) -> impl Future<Output = Result<Option<Vec<InstanceHealth>>, Error>> + Send;

    /// Causes and figures of the health of `environment`. `None` under basic health, which has none.
    fn health(
        &self,
        environment: &EnvironmentName,
    ) -> impl Future<Output = Result<Option<HealthReport>, Error>> + Send;
}

/// A version that Beanstalk shall keep.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NewVersion {
    /// The application it is a version of.
    pub application: String,
    /// Its label.
    pub label: VersionLabel,
    /// What a person reads about it; at most 200 characters.
    pub description: String,
    /// Where its bundle lies.
    pub bundle: Bundle,
}

/// An update that Beanstalk accepted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Update {
    /// What its events are found by.
    pub request_id: String,
}
