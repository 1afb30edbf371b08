//! mist, installed in a local cloud, with stacks to release to.
//!
//! `mist-local` is a cloud that knows nothing of mist. This crate does what an installation in an account does: it
//! deploys the template, and stores the configuration and the secrets of stacks.

mod error;
mod home;
mod rehearsal;
mod stack;

pub use error::Error;
pub use home::Home;
pub use rehearsal::{Rehearsal, function_environment};
pub use stack::{LocalStack, NEW_RELIC_SECRET, StackPlan, page};
