//! Tests of the simulator through the SDK of AWS.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends where its stage breaks"
)]

mod auto_scaling;
mod balancing;
mod bundles;
mod calendar;
mod compose;
mod control;
mod deployment_logs;
mod deployments;
mod descriptions;
mod event_bridge;
mod events;
mod extensions;
mod faults;
mod hooks;
mod interruptions;
mod lifecycle;
mod managed_actions;
mod platforms;
mod policies;
mod processes;
mod program;
mod quotas;
mod s3;
mod settings;
mod sites;
mod stage;
mod state;
mod tags;
mod templates;
mod time;
mod versions;
mod wire;
