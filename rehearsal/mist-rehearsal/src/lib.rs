//! mist itself, installed in a local cloud, with stacks to release to.
//!
//! `mist-local` is a cloud that knows nothing of mist; this is what an installation in a real account
//! does as well: the template, the configuration of the stacks, the secrets.

mod error;
mod home;
mod rehearsal;
mod stack;

pub use error::Error;
pub use home::Home;
pub use rehearsal::{Rehearsal, function_environment};
pub use stack::{LocalStack, NEW_RELIC_SECRET, StackPlan, page};
