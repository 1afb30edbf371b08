//! Which local cloud a command is about.

use std::path::PathBuf;

use mist_rehearsal::Home;

use crate::commands::rehearsal::program;

/// A local cloud, whether it runs or not.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// The checkout that is installed in it.
    pub(super) home: Home,
    /// The folder of its files.
    pub(super) cloud: PathBuf,
    /// Its name; the cloud without one is the usual one.
    pub(super) name: Option<String>,
}

impl Place {
    /// The command line of `mist local COMMAND` for this cloud.
    pub(super) fn command(&self, command: &str) -> String {
        let name = self.name.as_ref().map(|name| format!(" --name {name}")).unwrap_or_default();
        format!("{} local {command}{name}", program::name())
    }
}
