//! The local cloud with everything in it: these tests start the AWS emulator.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by that")]

mod as_on_aws;
mod background;
mod cloud;
mod common;
mod guard;
mod left_behind;
