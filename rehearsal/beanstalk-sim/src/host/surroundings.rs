//! The folder, the environment and the log file of a process.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use tokio::process::Command;

/// The surroundings of a process.
#[derive(Debug, Clone)]
pub(super) struct Surroundings {
    /// The working folder.
    pub(super) working_folder: PathBuf,
    /// The folder for temporary files.
    pub(super) temporary_folder: PathBuf,
    /// The port in `PORT`; steps of a deployment have none.
    pub(super) port: Option<u16>,
    /// The environment properties.
    pub(super) variables: BTreeMap<String, String>,
    /// The folder of programs that precede those of the search path, if any.
    pub(super) programs: Option<PathBuf>,
    /// The log file of the output.
    pub(super) log_file: String,
}

impl Surroundings {
    /// Gives a command its folder and its environment, which has nothing else.
    pub(super) fn apply<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .current_dir(&self.working_folder)
            .env_clear()
            .env("PATH", path())
            .env("LANG", "C.UTF-8")
            .env("HOME", &self.working_folder)
            .env("TMPDIR", &self.temporary_folder)
            .envs(&self.variables);
        if let Some(programs) = &self.programs {
            let rest = self.variables.get("PATH").map_or_else(path, OsString::from);
            let mut all = programs.clone().into_os_string();
            all.push(":");
            all.push(rest);
            command.env("PATH", all);
        }
        if let Some(port) = self.port {
            command.env("PORT", port.to_string());
        }
        command
    }
}

/// The search path of programs, the only variable that a process inherits from the simulator.
pub(super) fn path() -> OsString {
    env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into())
}
