//! Why a command did not do what it was asked, and the exit code that says so.

use std::process::ExitCode;

use mist_core::Error;

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The operation ran and failed.
    Operation {
        /// The stable name of the error.
        name: String,
        /// What happened, and what the stack is like now.
        cause: String,
    },
    /// Something outside the operation is not as it must be; nothing was started.
    Setup(String),
    /// The operation goes on, but nobody follows it.
    Detached {
        /// Why not.
        why: Detached,
        /// What to say about it.
        message: String,
    },
}

/// Why an operation is no longer followed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Detached {
    /// `--timeout` is over.
    TimedOut,
    /// Ctrl-C.
    Interrupted,
}

impl Failure {
    /// The exit code; `mist help` lists them.
    pub(crate) fn exit_code(&self) -> ExitCode {
        let code = match self {
            Self::Operation { .. } => 1,
            Self::Detached { why: Detached::TimedOut, .. } => 3,
            Self::Setup(_) => 4,
            Self::Detached { why: Detached::Interrupted, .. } => 130,
        };
        ExitCode::from(code)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Setup(format!("{error} ({})", error.code()))
    }
}

impl From<mist_local::Error> for Failure {
    fn from(error: mist_local::Error) -> Self {
        Self::Setup(whole(&error))
    }
}

impl From<mist_rehearsal::Error> for Failure {
    fn from(error: mist_rehearsal::Error) -> Self {
        Self::Setup(whole(&error))
    }
}

/// The error and what caused it, on one line.
fn whole(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
