//! What runs on a simulated instance: a source bundle's files, or the processes of its `Procfile`.

mod application;
mod checks;
mod files;
#[cfg(test)]
mod fixtures;
mod listening;
mod log;
mod ports;
mod process;
mod procfile;
mod proxy;
mod scratch;
mod source;
#[cfg(test)]
mod tests;

pub(crate) use application::{Application, StartError};
pub(crate) use listening::Silence;
pub(crate) use log::InstanceLog;
pub(crate) use proxy::PROXY_PORT;
pub(crate) use source::{Source, SourceError};
