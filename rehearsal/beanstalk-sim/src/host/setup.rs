//! What a command on an instance has to put in place.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::family::Family;
use super::source::Source;

/// The variable that sets the port of the process behind the proxy server.
const PORT: &str = "PORT";

/// A source with the settings of its environment.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    /// The source bundle.
    pub(crate) source: Arc<Source>,
    /// The family of the environment's platform.
    pub(crate) family: Family,
    /// Whether the environment is of the worker tier, whose daemon is not run.
    pub(crate) is_worker: bool,
    /// The environment properties.
    pub(crate) variables: BTreeMap<String, String>,
    /// The options of the Python platform.
    pub(crate) python: PythonOptions,
    /// The occasion, which decides the hooks that run.
    pub(crate) occasion: Occasion,
    /// The real time for processes to listen.
    pub(crate) patience: Duration,
    /// The real time for each step before that, such as a hook.
    pub(crate) step_limit: Duration,
}

/// The options of the Python platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PythonOptions {
    /// The module, and optionally the name, of the WSGI application: `WSGIPath`.
    pub(crate) wsgi_path: String,
    /// `NumProcesses`.
    pub(crate) processes: u32,
    /// `NumThreads`.
    pub(crate) threads: u32,
}

/// The occasion of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Occasion {
    /// A deployment, on one instance as the leader.
    Deployment {
        /// Whether container commands with `leader_only` run.
        leads: bool,
    },
    /// New settings on running instances, which run `confighooks`.
    Configuration,
}

impl Setup {
    /// The port on which an application that ignores its `PORT` is expected to listen.
    pub(super) fn usual_port(&self) -> u16 {
        let given = self.variables.get(PORT).and_then(|port| port.parse().ok());
        given.unwrap_or_else(|| self.family.default_port())
    }
}

impl Default for PythonOptions {
    fn default() -> Self {
        Self { wsgi_path: "application".to_owned(), processes: 1, threads: 15 }
    }
}
