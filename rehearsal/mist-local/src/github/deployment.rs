//! A deployment and its statuses.

use serde::Serialize;
use serde_json::Value;

/// A deployment that was made.
#[derive(Debug, Clone, Serialize)]
pub struct Deployment {
    /// Its number, one more than that of the one before it in this repository.
    pub id: u64,
    /// The commit.
    pub sha: String,
    /// The branch, tag or commit that was asked for.
    #[serde(rename = "ref")]
    pub name: String,
    /// What is done with it, such as `deploy`.
    pub task: String,
    /// Where to.
    pub environment: String,
    /// What the one who made it wants to find again.
    pub payload: Value,
    /// What a person reads about it.
    pub description: String,
    /// How it is, and was before; the newest last.
    #[serde(skip)]
    pub statuses: Vec<DeploymentStatus>,
}

/// How a deployment is.
#[derive(Debug, Clone, Serialize)]
pub struct DeploymentStatus {
    /// Its number.
    pub id: u64,
    /// `queued`, `in_progress`, `success`, `failure`, `error`, `inactive` or `pending`.
    pub state: String,
    /// What a person reads about it.
    pub description: String,
    /// Where to follow it.
    pub log_url: String,
    /// Where to see what was deployed.
    pub environment_url: String,
}

impl Deployment {
    /// The states that it had, oldest first.
    pub fn states(&self) -> Vec<&str> {
        self.statuses.iter().map(|status| status.state.as_str()).collect()
    }

    /// Whether its last status is `state`.
    pub(super) fn is(&self, state: &str) -> bool {
        self.statuses.last().is_some_and(|status| status.state == state)
    }
}
