//! A deployment and its statuses.

use serde::Serialize;
use serde_json::Value;

/// A deployment of a repository.
#[derive(Debug, Clone, Serialize)]
pub struct Deployment {
    /// The number, from 1 in each repository.
    pub id: u64,
    /// The commit.
    pub sha: String,
    /// The requested branch, tag or commit.
    #[serde(rename = "ref")]
    pub name: String,
    /// The task, such as `deploy`.
    pub task: String,
    /// The environment.
    pub environment: String,
    /// The data of the client that created it.
    pub payload: Value,
    /// The description for people.
    pub description: String,
    /// The statuses, newest last.
    #[serde(skip)]
    pub statuses: Vec<DeploymentStatus>,
}

/// The status of a deployment.
#[derive(Debug, Clone, Serialize)]
pub struct DeploymentStatus {
    /// The number.
    pub id: u64,
    /// The state: `queued`, `in_progress`, `success`, `failure`, `error`, `inactive` or `pending`.
    pub state: String,
    /// The description for people.
    pub description: String,
    /// The URL of the log.
    pub log_url: String,
    /// The URL of the deployed site.
    pub environment_url: String,
}

impl Deployment {
    /// The states of all its statuses, oldest first.
    pub fn states(&self) -> Vec<&str> {
        self.statuses.iter().map(|status| status.state.as_str()).collect()
    }

    /// Whether its last status is `state`.
    pub(super) fn is(&self, state: &str) -> bool {
        self.statuses.last().is_some_and(|status| status.state == state)
    }
}
