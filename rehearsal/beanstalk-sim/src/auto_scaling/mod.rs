//! The Auto Scaling API (version 2011-01-01), for the groups of environments.
//!
//! It shows each environment's group and lets clients change it without Beanstalk. The texts of errors are those of
//! published answers of the real service, or *assumed*.

mod describe;
mod lookup;
mod processes;
mod schedule;
mod sizes;
mod views;

use crate::request::{Reply, Request};
use crate::wire::ApiError;

/// The simulated operations.
pub(crate) const OPERATIONS: [&str; 14] = [
    "DeleteAutoScalingGroup",
    "DeleteScheduledAction",
    "DescribeAutoScalingGroups",
    "DescribeAutoScalingInstances",
    "DescribeScalingActivities",
    "DescribeScheduledActions",
    "DescribeTags",
    "PutScheduledUpdateGroupAction",
    "ResumeProcesses",
    "SetDesiredCapacity",
    "SetInstanceHealth",
    "SuspendProcesses",
    "TerminateInstanceInAutoScalingGroup",
    "UpdateAutoScalingGroup",
];

/// Carries out an operation by its name.
pub(crate) fn carry_out(operation: &str, request: &Request) -> Reply {
    let reply = match operation {
        "DeleteAutoScalingGroup" => sizes::delete(request),
        "DeleteScheduledAction" => schedule::delete(request),
        "DescribeAutoScalingGroups" => describe::groups(request),
        "DescribeAutoScalingInstances" => describe::instances(request),
        "DescribeScalingActivities" => describe::activities(request),
        "DescribeScheduledActions" => schedule::describe(request),
        "DescribeTags" => describe::tags(request),
        "PutScheduledUpdateGroupAction" => schedule::put(request),
        "ResumeProcesses" => processes::resume(request),
        "SetDesiredCapacity" => sizes::set_desired(request),
        "SetInstanceHealth" => processes::set_health(request),
        "SuspendProcesses" => processes::suspend(request),
        "TerminateInstanceInAutoScalingGroup" => sizes::terminate(request),
        "UpdateAutoScalingGroup" => sizes::update(request),
        unknown => Err(ApiError::sender(
            "InvalidAction",
            format!("Could not find operation {unknown} for version 2011-01-01"),
        )),
    };
    reply.map_err(as_validation)
}

/// Converts a refusal, as Auto Scaling has one code for all invalid parameters.
fn as_validation(error: ApiError) -> ApiError {
    match error.code {
        "InvalidParameterValue" | "InvalidParameterCombination" | "MissingParameter" => {
            lookup::validation(error.message)
        }
        _ => error,
    }
}
