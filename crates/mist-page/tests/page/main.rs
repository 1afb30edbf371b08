//! What the page shows of plain data, and what its server answers.

#![expect(clippy::unwrap_used, reason = "a sample that cannot be made is a mistake in it")]

mod figures;
mod files;
#[path = "../sample/mod.rs"]
mod sample;
mod server;
mod steps;
mod views;

use jiff::Timestamp;

/// A time at which everything is read.
fn now() -> Timestamp {
    Timestamp::from_second(1_796_000_000).unwrap()
}
