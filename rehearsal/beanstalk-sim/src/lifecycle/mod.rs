//! What operations do over time.
//!
//! The streams of events are those of logs that others have published, with their times; where none was found, the
//! words are assumed, and `docs/SIMULATOR.md` says so.

pub(crate) mod abort;
mod checks;
mod command;
mod configuration;
pub(crate) mod create;
pub(crate) mod deploy;
mod deployment_log;
mod launch;
pub(crate) mod maintenance;
pub(crate) mod managed_action;
pub(crate) mod monitor;
pub(crate) mod resume;
mod run;
pub(crate) mod scaling;
mod summary;
pub(crate) mod swap;
pub(crate) mod terminate;
pub(crate) mod update;
pub(crate) mod validation;

pub(crate) use run::{Order, Run};
