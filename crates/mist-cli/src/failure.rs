//! Why a command did not do what it was asked, and the exit code that says so.

use std::process::ExitCode;

use mist_core::{
    error::{Error, Kind},
    release::failure::Cause,
};

/// The errors of a stack that another release has.
const TAKEN: [&str; 5] =
    ["Mist.Duplicate", "Mist.Locked", "Mist.OlderUpload", "Mist.Superseded", "Mist.LockLost"];

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The operation failed.
    Operation {
        /// The stable name of the error.
        name: String,
        /// The cause, by its fields.
        cause: Box<Cause>,
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
    /// An operation that failed as `name`, with a message.
    pub(crate) fn operation(name: &str, message: String) -> Self {
        let cause = Cause { error: name.to_owned(), message, ..Cause::default() };
        Self::Operation { name: name.to_owned(), cause: Box::new(cause) }
    }

    /// The exit code; `mist help` lists them.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.code())
    }

    fn code(&self) -> u8 {
        match self {
            Self::Operation { name, .. } if TAKEN.contains(&name.as_str()) => 6,
            Self::Operation { name, .. } => match Kind::of(name) {
                Kind::FailedBeforeSwap | Kind::Transient | Kind::NeedsPerson => 1,
                Kind::BadRequest => 2,
                Kind::RolledBack => 5,
                Kind::StackNotReady => 8,
            },
            Self::Detached { why: Detached::TimedOut, .. } => 3,
            Self::Setup(_) => 4,
            Self::Detached { why: Detached::Interrupted, .. } => 130,
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn code(name: &str) -> u8 {
        Failure::operation(name, String::new()).code()
    }

    #[test]
    fn a_release_that_was_rolled_back_is_told_apart_from_one_that_failed() {
        assert_eq!((code("Mist.RolledBack"), code("Mist.DeploymentFailed")), (5, 1));
        assert_eq!((code("Mist.Held"), code("ABORTED")), (1, 1), "nothing was rolled back");
    }

    #[test]
    fn that_another_release_has_the_stack_is_told_apart() {
        for name in TAKEN {
            assert_eq!(code(name), 6, "{name}");
            assert!(Error::NAMES.contains(&name), "{name}");
            assert_eq!(Kind::of(name), Kind::StackNotReady, "{name}");
        }
    }

    #[test]
    fn a_stack_that_is_not_ready_is_told_apart_from_a_wrong_request() {
        assert_eq!((code("Mist.Drift"), code("Mist.EnvironmentIsLive")), (8, 8));
        assert_eq!((code("Mist.InvalidInput"), code("Mist.UnknownVersion")), (2, 2));
        assert_eq!((code("Mist.Throttled"), code("Mist.Inconclusive")), (1, 1));
    }

    #[test]
    fn what_is_no_end_of_an_operation_has_codes_of_its_own() {
        let detached = |why| Failure::Detached { why, message: String::new() }.code();
        assert_eq!(detached(Detached::TimedOut), 3);
        assert_eq!(Failure::Setup(String::new()).code(), 4);
        assert_eq!(detached(Detached::Interrupted), 130);
    }
}
