//! Deployments, as the repository shows them to those who work on it.

use serde::{Deserialize, Serialize};
use strum::Display;

use super::Access;
use crate::{error::Error, stack::source::Sha};

/// Deployments, as the repository shows them. Errors are those of
/// [`Repositories`](super::Repositories); whoever asks here makes warnings of them.
pub trait Deployments {
    /// The newest deployment that `run` made for `environment`, if it made one; of `version` alone, where one is
    /// given. Only the newest 100 are looked at.
    fn find(
        &self,
        access: Access<'_>,
        environment: &str,
        run: &str,
        version: Option<&str>,
    ) -> impl Future<Output = Result<Option<u64>, Error>> + Send;

    /// Makes a deployment, and gives its number. What other checks of the commit say does not count.
    fn open(
        &self,
        access: Access<'_>,
        deployment: &NewDeployment,
    ) -> impl Future<Output = Result<u64, Error>> + Send;

    /// Says how `deployment` is; saying the same again changes nothing.
    fn tell(
        &self,
        access: Access<'_>,
        deployment: u64,
        progress: &Progress,
    ) -> impl Future<Output = Result<(), Error>> + Send;

    /// Makes those of the newest 30 deployments to `environment` inactive that are older than `deployment`
    /// and were successful.
    fn retire(
        &self,
        access: Access<'_>,
        environment: &str,
        deployment: u64,
    ) -> impl Future<Output = Result<(), Error>> + Send;
}

/// A deployment that shall be shown.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NewDeployment {
    /// What is deployed.
    pub commit: Sha,
    /// Where to: the name of the stack.
    pub environment: String,
    /// The ARN of the run, by which the deployment is found again.
    pub run: String,
    /// The label of the version.
    pub version: String,
    /// What a person reads about it; at most 140 characters are kept.
    pub description: String,
}

/// How a deployment is, with links.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Progress {
    /// How it is.
    pub state: DeploymentState,
    /// What a person reads about it; at most 140 characters are kept.
    pub description: String,
    /// Where to follow it.
    pub log_url: String,
    /// Where to see what was deployed.
    pub environment_url: String,
}

/// How a deployment is.
#[derive(Clone, Copy, Debug, Display, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum DeploymentState {
    /// It will begin.
    Queued,
    /// It has begun.
    InProgress,
    /// Users have it.
    Success,
    /// Users do not have it, or it is bad.
    Failure,
    /// It was stopped.
    Error,
    /// Another one took its place.
    Inactive,
}
