//! Clients that are not ours use the simulator as they use Elastic Beanstalk.

mod answers;
mod clients;
mod rust_sdk;
mod table;

use clients::{AWS, BOTO3, EB, RUST_SDK, STREAMS};

/// The result of a test.
type Result<T = (), E = Box<dyn std::error::Error + Send + Sync>> = std::result::Result<T, E>;

#[test]
fn eb_works_as_its_users_expect() -> Result {
    EB.outcome()
}

#[test]
fn aws_does_every_operation_and_waits() -> Result {
    AWS.outcome()
}

#[test]
fn boto3_does_every_operation_pages_waits_and_raises_the_modelled_errors() -> Result {
    BOTO3.outcome()
}

#[test]
fn the_rust_sdk_brings_up_updates_and_terminates() -> Result {
    RUST_SDK.outcome()
}

#[test]
fn event_streams_are_the_published_ones() -> Result {
    STREAMS.outcome()
}
