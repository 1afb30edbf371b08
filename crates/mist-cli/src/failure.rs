//! Failures of a command, and their exit codes.

use std::process::ExitCode;

use mist_core::{
    error::{Error, Kind},
    release::failure::Cause,
};

/// The errors that mean that another release has the stack.
const TAKEN: [&str; 5] =
    ["Mist.Duplicate", "Mist.Locked", "Mist.OlderUpload", "Mist.Superseded", "Mist.LockLost"];

/// The failure of a command.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The operation failed.
    Operation {
        /// The stable name of the error.
        name: String,
        /// The cause, by its fields.
        cause: Box<Cause>,
        /// Whether the line of the failed step has told the reason already.
        told: bool,
    },
    /// A call of a service failed; nothing was started.
    Call(Box<Error>),
    /// What the command ran itself failed.
    #[cfg_attr(
        not(feature = "rehearsal"),
        expect(dead_code, reason = "only `mist demo` runs itself")
    )]
    Failed(String),
    /// A prerequisite is missing; nothing was started.
    Setup(String),
    /// The command line asks for something that does not exist; nothing was started.
    Usage(String),
    /// The stack is not in the state that the command needs; nothing was started.
    State(String),
    /// The execution continues, and the command no longer follows it.
    Detached {
        /// The reason.
        why: Detached,
        /// The message for a person.
        message: String,
    },
}

/// The reason why an execution is no longer followed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Detached {
    /// `--timeout` has expired.
    TimedOut,
    /// Ctrl-C.
    Interrupted,
}

impl Failure {
    /// The failure of an operation with the error `name`.
    pub(crate) fn operation(name: &str, message: String) -> Self {
        let cause = Cause { error: name.to_owned(), message, ..Cause::default() };
        Self::Operation { name: name.to_owned(), cause: Box::new(cause), told: false }
    }

    /// The stable name of its error, if it has one.
    pub(crate) fn name(&self) -> Option<&str> {
        match self {
            Self::Operation { name, .. } => Some(name),
            Self::Call(error) => Some(error.code()),
            Self::Failed(_)
            | Self::Setup(_)
            | Self::Usage(_)
            | Self::State(_)
            | Self::Detached { .. } => None,
        }
    }

    /// Its message.
    pub(crate) fn message(&self) -> String {
        match self {
            Self::Operation { cause, .. } => cause.reason(),
            Self::Call(error) => error.to_string(),
            Self::Failed(message)
            | Self::Setup(message)
            | Self::Usage(message)
            | Self::State(message)
            | Self::Detached { message, .. } => message.clone(),
        }
    }

    /// The exit code; `mist help` lists them.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.code())
    }

    /// The same, as a number.
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Operation { name, .. } if TAKEN.contains(&name.as_str()) => 6,
            Self::Operation { name, .. } => match Kind::of(name) {
                Kind::FailedBeforeSwap | Kind::Transient | Kind::NeedsPerson => 1,
                Kind::BadRequest => 2,
                Kind::RolledBack => 5,
                Kind::StackNotReady => 8,
            },
            Self::Detached { why: Detached::TimedOut, .. } => 3,
            Self::Failed(_) => 1,
            Self::Usage(_) => 2,
            Self::Setup(_) | Self::Call(_) => 4,
            Self::State(_) => 8,
            Self::Detached { why: Detached::Interrupted, .. } => 130,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Call(Box::new(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(name: &str) -> u8 {
        Failure::operation(name, String::new()).code()
    }

    #[test]
    fn a_release_that_was_swapped_back_has_a_code_of_its_own() {
        assert_eq!((code("Mist.RolledBack"), code("Mist.DeploymentFailed")), (5, 1));
        assert_eq!((code("Mist.Held"), code("ABORTED")), (1, 1), "nothing was swapped back");
    }

    #[test]
    fn a_stack_that_another_release_has_is_a_code_of_its_own() {
        for name in TAKEN {
            assert_eq!(code(name), 6, "{name}");
            assert!(Error::NAMES.contains(&name), "{name}");
            assert_eq!(Kind::of(name), Kind::StackNotReady, "{name}");
        }
    }

    #[test]
    fn a_stack_that_is_not_ready_has_another_code_than_an_invalid_request() {
        assert_eq!((code("Mist.Drift"), code("Mist.EnvironmentIsLive")), (8, 8));
        assert_eq!((code("Mist.InvalidInput"), code("Mist.UnknownVersion")), (2, 2));
        assert_eq!((code("Mist.Throttled"), code("Mist.Inconclusive")), (1, 1));
    }

    #[test]
    fn failures_without_the_end_of_an_operation_have_codes_of_their_own() {
        let detached = |why| Failure::Detached { why, message: String::new() }.code();
        assert_eq!(detached(Detached::TimedOut), 3);
        let prerequisite = Failure::Setup(String::new());
        assert_eq!((prerequisite.code(), Failure::Usage(String::new()).code()), (4, 2));
        assert_eq!(Failure::Failed(String::new()).code(), 1);
        assert_eq!(Failure::State(String::new()).code(), 8);
        assert_eq!(detached(Detached::Interrupted), 130);
    }
}
