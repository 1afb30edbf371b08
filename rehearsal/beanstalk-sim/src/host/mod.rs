//! What runs on a simulated instance: a source bundle's files, or its processes, after the steps of a deployment.

mod application;
mod checks;
mod commands;
mod cron;
mod error;
mod extensions;
mod family;
mod files;
#[cfg(test)]
mod fixtures;
mod hooks;
mod listening;
mod log;
mod nginx;
mod obstacles;
mod ports;
mod prepare;
mod process;
mod processes;
mod procfile;
mod proxy;
mod report;
mod scratch;
mod setup;
mod source;
mod start;
mod step;
#[cfg(test)]
mod step_tests;
mod surroundings;
#[cfg(test)]
mod tests;

pub(crate) use application::{Application, Ready};
pub(crate) use cron::Task;
pub(crate) use error::StartError;
pub(crate) use family::Family;
pub(crate) use listening::Silence;
pub(crate) use log::InstanceLog;
pub(crate) use proxy::PROXY_PORT;
pub(crate) use report::{Notice, Report};
pub(crate) use setup::{Occasion, PythonOptions, Setup};
pub(crate) use source::{Source, SourceError};
