//! The health of environments and of their instances.

pub(super) mod activity;
mod assess;
pub(super) mod checks;

pub(crate) use activity::{Activity, INITIALIZATION, NEWS};
pub(crate) use assess::assess;
pub(crate) use checks::{CheckFailure, Checks};
