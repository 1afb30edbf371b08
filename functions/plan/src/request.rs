//! The request of a plan, and its response.

use jiff::Timestamp;
use mist_core::{
    release::request::{Operation, ReleaseRequest},
    stack::side::Side,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The release to plan.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// Its request.
    pub release: ReleaseRequest,
}

/// The plan: the first step, and the request of each step. Step Functions stores it in the execution history, so it has
/// no large lists and no secrets.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// The first step.
    pub start: Start,
    /// The way in which the target goes live after the warm-up.
    pub goes_live: GoesLive,
    /// The target before the first step.
    pub target: Observed,
    /// The plan in a few fields.
    pub summary: Summary,
    /// The findings that a person should know, and that do not stop the release.
    pub warnings: Vec<String>,
    /// The request of each step.
    pub steps: Steps,
}

/// The first step.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Start {
    /// *Deploy*.
    Deploy,
    /// *Match capacity*.
    MatchCapacity,
    /// *Warm up*.
    Warm,
    /// *Scale environment*.
    Scale,
    /// *Mark*.
    Mark,
    /// *Show versions*.
    Version,
    /// *Finish release*: there is nothing to do.
    Finish,
}

/// The way in which the target goes live after the warm-up.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum GoesLive {
    /// By a swap.
    Swap,
    /// It is live, and was deployed to in place.
    InPlace,
    /// Not at all.
    No,
}

/// An environment as Beanstalk described it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Observed {
    /// Its address.
    pub address: String,
    /// The time of its last update: the swap refuses an environment with a later one. Null if the release deploys first.
    pub updated: Option<Timestamp>,
    /// The number of instances that run its version: null, as a plan does not describe instances.
    pub instances: Option<u32>,
}

/// The plan in a few fields.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// The operation.
    pub operation: Operation,
    /// The stack.
    pub stack: String,
    /// The names of the stack, whose records move together: the domain first.
    pub names: Vec<String>,
    /// The side of the target.
    pub side: Side,
    /// The target.
    pub environment: String,
    /// The version that is deployed, marked, or goes live.
    pub version: Option<String>,
    /// Whether the target is live after the release.
    pub live: bool,
    /// Whether the version is already live, so that there is nothing to do.
    pub already_live: bool,
}

/// The request of each step; null for a step that the release does not have.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Steps {
    /// *Deploy*.
    pub deploy: Value,
    /// *Wait until healthy*.
    pub wait_ready: Value,
    /// *Match capacity*.
    pub match_capacity: Value,
    /// *Warm up*.
    pub warm: Value,
    /// *Swap*.
    pub swap: Value,
    /// *Verify*.
    pub verify: Value,
    /// *Bake*.
    pub bake: Value,
    /// *Mark*.
    pub mark: Value,
    /// *Scale environment*.
    pub scale: Value,
    /// *Show versions*.
    pub version: Value,
    /// *Swap back*; empty if there is no environment to swap back to. An error can still enter the state, which then
    /// fails.
    pub swap_back: Value,
    /// *Verify swap back*; empty like *Swap back*.
    pub verify_swap_back: Value,
}
