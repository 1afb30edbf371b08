//! The state of the simulated service, without input, output or waiting.

mod application;
mod environment;
mod event;
mod group;
mod health;
mod info;
mod instance;
pub(crate) mod lifecycle_policy;
pub(crate) mod managed;
pub(crate) mod manifest;
mod names;
pub(crate) mod option_table;
pub(crate) mod options;
pub(crate) mod platform;
mod region;
mod requests;
mod template;
mod version;

pub(crate) use application::Application;
pub(crate) use environment::{Environment, Operation, Status, Tier};
pub(crate) use event::{Event, EventLog, Severity, Subject};
pub(crate) use group::{
    AutoScalingGroup, Process, ScalingActivity, ScheduledAction, Sizes, Termination,
};
pub(crate) use health::{Activity, CheckFailure, Checks, INITIALIZATION, NEWS};
pub(crate) use info::{InfoType, InstanceInfo};
pub(crate) use instance::{Condition, Deployment, DeploymentStatus, Group, Instance, Release};
pub(crate) use managed::ManagedActions;
pub(crate) use names::Names;
pub(crate) use options::{
    DeploymentPolicy, HealthCheckSuccessThreshold, OptionName, OptionSettings,
    health_check::HealthCheck, instance_update::InstanceUpdate,
};
pub(crate) use platform::Platform;
pub(crate) use region::{VERSION_QUOTA, World};
pub(crate) use requests::{Metrics, Requests};
pub(crate) use template::{TEMPLATE_QUOTA, Template};
pub(crate) use version::{Version, VersionStatus};
