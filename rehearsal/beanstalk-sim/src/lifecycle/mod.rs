//! Operations over time.
//!
//! The event streams and their times are those of published logs. Without a published log, the texts are *assumed*.

pub(crate) mod abort;
mod checks;
mod command;
mod configuration;
pub(crate) mod create;
pub(crate) mod deploy;
mod deployment_log;
mod extensions;
mod launch;
pub(crate) mod maintenance;
pub(crate) mod managed_action;
pub(crate) mod monitor;
mod platform_update;
mod recovery;
mod replacement;
pub(crate) mod resume;
mod run;
pub(crate) mod scaling;
mod summary;
pub(crate) mod swap;
pub(crate) mod terminate;
pub(crate) mod update;
pub(crate) mod validation;
mod worker;

pub(crate) use run::{Order, Run};
