//! The reasons why an application does not run.

use std::io;

use super::process::Ended;
use super::procfile::ProcfileError;

/// The reason why an application does not run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    /// A process ended before `web` listened.
    #[error("process `{}` has ended ({}){}{}", .ended.process, .ended.how, port_hint(.output), quoted(.output))]
    Ended {
        /// The process and the way it ended.
        ended: Ended,
        /// The last lines of its output.
        output: String,
    },
    /// The `Procfile` or the `Buildfile` is invalid.
    #[error(transparent)]
    Procfile(#[from] ProcfileError),
    /// The bundle has nothing that the platform starts, or this machine lacks the runtime. The text names the remedy.
    #[error("{0}")]
    NoStart(String),
    /// A step before or after the start failed, with the text of the platform.
    #[error("An error occurred during execution of command [{command}] - [{instruction}]. Stop running the command. Error: {problem}{}", quoted(.output))]
    Step {
        /// The command of the engine, such as `app-deploy`.
        command: &'static str,
        /// Its instruction, such as `RunAppDeployPreBuildHooks`.
        instruction: &'static str,
        /// The problem.
        problem: String,
        /// The last lines of output.
        output: String,
    },
    /// A step did not end within the command timeout, and was ended.
    #[error("{step} did not end within {seconds} s and was killed; raise `Timeout` in `aws:elasticbeanstalk:command`, or let it end{}", quoted(.output))]
    Late {
        /// The step.
        step: String,
        /// The limit in real seconds.
        seconds: u64,
        /// The last lines of output.
        output: String,
    },
    /// The operating system cannot copy the files or start a process.
    #[error("the application cannot be put in place: {0}")]
    Io(#[from] io::Error),
}

/// Whether this output says that the port is in use.
pub(super) fn was_too_late(output: &str) -> bool {
    let output = output.to_ascii_lowercase();
    output.contains("eaddrinuse") || output.contains("address already in use")
}

fn port_hint(output: &str) -> &'static str {
    if was_too_late(output) {
        ": its port is in use on this machine; listen on `$PORT`, which each instance has for itself"
    } else {
        ""
    }
}

fn quoted(output: &str) -> String {
    if output.is_empty() {
        " without output".to_owned()
    } else {
        format!("; last output:\n{output}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_in_use_is_recognized_in_the_output_of_different_programs() {
        assert!(was_too_late("OSError: [Errno 98] Address already in use"));
        assert!(was_too_late("Error: listen EADDRINUSE: address already in use 127.0.0.1:20000"));
        assert!(!was_too_late("no such address"));
    }
}
