//! What operations do over time: scripts of events and changes, and how they are run.

pub(crate) mod abort;
mod configuration;
pub(crate) mod create;
pub(crate) mod deploy;
pub(crate) mod maintenance;
mod outcome;
mod run;
mod script;
pub(crate) mod swap;
pub(crate) mod terminate;
pub(crate) mod update;
pub(crate) mod validation;

pub(crate) use run::Run;
