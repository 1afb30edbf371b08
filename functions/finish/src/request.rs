//! The request to finish a release, and the response.

use mist_core::{
    names::EnvironmentName,
    release::{failure::Failure, request::ReleaseRequest},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A release whose last step has ended.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// The release; null if it failed before it began.
    pub release: Option<ReleaseRequest>,
    /// Its plan; null if there is none.
    pub plan: Option<Plan>,
    /// The responses of its steps.
    pub results: Results,
    /// The step that failed; absent if none did.
    #[serde(default)]
    pub failure: Option<Failure>,
    /// The step of the swap back that failed; null if none did.
    #[serde(default)]
    pub swap_back_failure: Option<Failure>,
    /// The ARN of the execution; absent if no step failed.
    #[serde(default)]
    pub execution: Option<String>,
    /// The input of the execution; absent if no step failed.
    #[serde(default)]
    pub input: Value,
}

/// The end of the execution.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Response {
    /// Its output.
    Done(Value),
    /// Its error.
    Failed {
        /// The name.
        error: String,
        /// The cause: the JSON text of a [`mist_core::release::failure::Cause`].
        cause: String,
    },
}

/// The fields of a plan that the end of a release needs.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// The summary of the plan.
    pub summary: Summary,
    /// The warnings for people.
    #[serde(default)]
    pub warnings: Vec<String>,
    /// The requests of the steps.
    #[serde(default)]
    pub steps: Value,
}

/// The summary of a plan. The output has all of its fields.
#[derive(Debug, Deserialize)]
pub struct Summary {
    /// The target.
    pub environment: EnvironmentName,
    /// The other fields.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// The responses of the steps, by step.
pub type Results = Map<String, Value>;
