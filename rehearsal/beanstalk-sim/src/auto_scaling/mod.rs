//! The Auto Scaling API (version 2011-01-01), as far as the groups of environments are concerned.
//!
//! It shows each environment's group and lets it be changed past Beanstalk, as an operator or another tool would.
//! The texts of errors are those that the real service was seen to answer, or are *assumed*.

mod describe;
mod lookup;
mod processes;
mod schedule;
mod sizes;
mod views;

use crate::request::{Reply, Request};
use crate::wire::ApiError;

/// The operations that are simulated.
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

/// The table of operations.
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

/// Auto Scaling has one code for all that is wrong with parameters.
fn as_validation(error: ApiError) -> ApiError {
    match error.code {
        "InvalidParameterValue" | "InvalidParameterCombination" | "MissingParameter" => {
            lookup::validation(error.message)
        }
        _ => error,
    }
}
