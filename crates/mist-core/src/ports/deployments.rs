//! Deployments on GitHub.

use serde::{Deserialize, Serialize};
use strum::Display;

use super::repositories::Access;
use crate::{error::Error, stack::source::Sha};

/// Deployments on GitHub. The errors are those of [`Repositories`](super::repositories::Repositories); no release fails
/// because of them.
pub trait Deployments {
    /// The id of the newest deployment that `execution` created in `environment`, of `version` if that is given. `None` if
    /// the newest 100 deployments have none.
    fn find(
        &self,
        access: Access<'_>,
        environment: &str,
        execution: &str,
        version: Option<&str>,
    ) -> impl Future<Output = Result<Option<u64>, Error>> + Send;

    /// Creates a deployment, whatever the other checks of the commit say, and returns its id.
    fn create(
        &self,
        access: Access<'_>,
        deployment: &NewDeployment,
    ) -> impl Future<Output = Result<u64, Error>> + Send;

    /// Sets the status of `deployment`. Setting the same state again changes nothing.
    fn set_status(
        &self,
        access: Access<'_>,
        deployment: u64,
        status: &DeploymentStatus,
    ) -> impl Future<Output = Result<(), Error>> + Send;

    /// Makes the successful deployments to `environment` inactive that are older than `deployment`, among the newest 30.
    fn retire(
        &self,
        access: Access<'_>,
        environment: &str,
        deployment: u64,
    ) -> impl Future<Output = Result<(), Error>> + Send;
}

/// A deployment to create.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NewDeployment {
    /// The commit.
    pub commit: Sha,
    /// Its environment on GitHub: the name of the stack.
    pub environment: String,
    /// The ARN of the execution, by which the deployment is found again.
    pub execution: String,
    /// The label of the version.
    pub version: String,
    /// Its description for people; it is cut after 140 characters.
    pub description: String,
}

/// The status of a deployment.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DeploymentStatus {
    /// Its state.
    pub state: DeploymentState,
    /// Its description for people; it is cut after 140 characters.
    pub description: String,
    /// The page with its progress.
    pub log_url: String,
    /// The page of the deployed application.
    pub environment_url: String,
}

/// The state of a deployment.
#[derive(Clone, Copy, Debug, Display, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum DeploymentState {
    /// It has not begun.
    Queued,
    /// It is in progress.
    InProgress,
    /// Users have the version.
    Success,
    /// The release failed.
    Failure,
    /// The execution was stopped.
    Error,
    /// Another deployment replaced it.
    Inactive,
}
