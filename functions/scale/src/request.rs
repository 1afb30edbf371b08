//! The request of a change of capacity, and its response.

use jiff::Timestamp;
use mist_core::{
    beanstalk::{capacity::Capacity, health::AllowedHealth},
    dns::names::StackNames,
    names::{EnvironmentName, StackName},
    release::state::Holder,
    stack::side::Side,
};
use serde::{Deserialize, Serialize};

/// The environment, and the change of its capacity.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// The stack.
    pub stack: StackName,
    /// The execution, which must hold the lock of the stack; null if the capacity does not change.
    pub holder: Option<Holder>,
    /// The environment to scale.
    pub environment: EnvironmentName,
    /// The time at which the step began.
    pub since: Timestamp,
    /// The number of its instances that *Wait until healthy* found to run its version; null if that is unknown.
    #[serde(default)]
    pub serving: Option<u32>,
    /// The change.
    pub action: Action,
}

/// The change of an environment's capacity.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Action {
    /// None.
    None,
    /// At least as many instances as the live environment has.
    Match(Match),
    /// The capacity that it had before mist stopped it.
    Start(Start),
    /// No instances.
    Stop(Stop),
}

/// The live environment, and the condition for the other one to go live.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Match {
    /// The version that the instances must run; null if the environment runs none.
    pub version: Option<String>,
    /// The live environment.
    pub live: EnvironmentName,
    /// The health statuses that are good enough.
    pub allowed_health: AllowedHealth,
    /// Whether to wait for new instances. A rollback has no time for that.
    pub wait: bool,
}

/// The side of the environment, and the condition for its end.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Start {
    /// The side.
    pub side: Side,
    /// The version that its instances must run; null if the environment runs none.
    pub version: Option<String>,
    /// The health statuses that are good enough.
    pub allowed_health: AllowedHealth,
    /// The time limit of the whole start, in seconds.
    pub timeout_seconds: i64,
}

/// The side of the environment, and whether it may be live.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Stop {
    /// The side.
    pub side: Side,
    /// The names whose records decide which environment is live.
    pub record: StackNames,
    /// Whether to stop it even if it is live.
    pub live: bool,
}

/// The capacity of the environment. A field that does not apply is absent.
#[derive(Debug, Default, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// The change: `none`, `match`, `start` or `stop`.
    pub action: &'static str,
    /// The number of instances that the environment has or gets; absent if that is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instances: Option<u32>,
    /// The number of instances that the live environment has; absent if that is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub live_instances: Option<u32>,
    /// The error that does not stop a rollback.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// The capacity that a start gives back to the stopped environment; absent if mist did not stop it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remembered: Option<Capacity>,
    /// The health of an environment that was started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health: Option<String>,
}
