//! A cloud in the background: other processes start it, ask for its status, reset it and stop it.

mod client;
mod control;
mod places;
mod serve;
mod setup;
mod state;

pub use client::{Status, Up, down, reset, status, up};
pub use serve::{Service, serve};
pub use setup::{Setup, SetupFuture, SetupOutputs};
pub use state::CloudState;

#[cfg(test)]
mod tests;
