//! Faults of the simulated service.

mod bucket;
mod document;
mod fault;
mod scope;
mod set;

pub(crate) use document::{Members, read, read_scope, write};
pub use fault::Fault;
pub use scope::Scope;
pub(crate) use scope::Target;
pub(crate) use set::{Faults, Kept};
