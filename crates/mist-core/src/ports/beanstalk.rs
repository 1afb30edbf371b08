//! Elastic Beanstalk.

use jiff::Timestamp;

use crate::{
    beanstalk::{
        application_version::{ApplicationVersion, Bundle},
        environment::Environment,
        event::Event,
        health::{HealthReport, InstanceHealth},
    },
    error::Error,
    names::{EnvironmentName, VersionLabel},
};

/// Elastic Beanstalk.
pub trait Beanstalk {
    /// The environments `names`, in their order. One that does not exist is absent, so the answer can be shorter.
    fn environments(
        &self,
        names: &[&EnvironmentName],
    ) -> impl Future<Output = Result<Vec<Environment>, Error>> + Send;

    /// The version `label` of `application`; `None` if it does not exist.
    fn version(
        &self,
        application: &str,
        label: &VersionLabel,
    ) -> impl Future<Output = Result<Option<ApplicationVersion>, Error>> + Send;

    /// The label of the newest version of `application` that can be deployed; `None` if there is none.
    fn newest_version(
        &self,
        application: &str,
    ) -> impl Future<Output = Result<Option<VersionLabel>, Error>> + Send;

    /// The version that Beanstalk has under the label afterwards: the one that this creates, without a check of
    /// its bundle, or the one that has the label already. `None` if it is not visible yet.
    fn create_version(
        &self,
        version: &NewVersion,
    ) -> impl Future<Output = Result<Option<ApplicationVersion>, Error>> + Send;

    /// Starts a deployment of `label` to `environment`. A busy environment is [`Error::EnvironmentBusy`]; it may be busy
    /// with this very call, sent again because its answer was lost.
    fn deploy(
        &self,
        environment: &EnvironmentName,
        label: &VersionLabel,
    ) -> impl Future<Output = Result<Update, Error>> + Send;

    /// The events of `environment`, oldest first: those since `since`, or all; at most the last 1,000.
    fn events(
        &self,
        environment: &EnvironmentName,
        since: Option<Timestamp>,
    ) -> impl Future<Output = Result<Vec<Event>, Error>> + Send;
}

/// Enhanced health reporting.
pub trait Monitor {
    /// The health of each instance of `environment`. `None` under basic health, which does not cover instances.
    fn instances(
        &self,
        environment: &EnvironmentName,
    ) -> impl Future<Output = Result<Option<Vec<InstanceHealth>>, Error>> + Send;

    /// The causes and figures of the health of `environment`. `None` under basic health, which has none.
    fn health(
        &self,
        environment: &EnvironmentName,
    ) -> impl Future<Output = Result<Option<HealthReport>, Error>> + Send;
}

/// A version to create.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NewVersion {
    /// Its application.
    pub application: String,
    /// Its label.
    pub label: VersionLabel,
    /// Its description for people; at most 200 characters.
    pub description: String,
    /// Its bundle.
    pub bundle: Bundle,
}

/// An update that Beanstalk accepted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Update {
    /// The id of the request, which its events have.
    pub request_id: String,
}
