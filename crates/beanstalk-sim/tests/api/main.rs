//! The simulator, driven by the real SDK.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test ends where its stage breaks")]

mod control;
mod deployments;
mod events;
mod faults;
mod lifecycle;
mod s3;
mod settings;
mod sites;
mod stage;
mod versions;
mod wire;
