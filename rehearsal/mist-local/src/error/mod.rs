//! The errors of a local cloud.

mod background;
mod python;

use std::error::Error as StdError;
use std::io;
use std::path::PathBuf;

pub use background::Background;
pub use python::Python;

/// The failure of a local cloud, or of a call to it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The emulator is not installed.
    #[error(transparent)]
    Python(#[from] Python),
    /// A background cloud cannot be started, called or stopped.
    #[error(transparent)]
    Background(#[from] Background),
    /// The operating system refused an operation on a file, folder, socket or process.
    #[error("cannot {what}")]
    Io {
        /// The operation, such as "read `x`".
        what: String,
        /// The error of the operating system.
        #[source]
        source: io::Error,
    },
    /// The requested port is in use, or no port is free.
    #[error("port {port} on 127.0.0.1 is in use; choose another port, or 0 for a free port")]
    PortInUse {
        /// The port.
        port: u16,
    },
    /// The emulator of AWS ended at its start, or did not answer.
    #[error("the AWS emulator did not start: {reason}\n{log_tail}")]
    Emulator {
        /// The exit status, or the time limit that passed.
        reason: String,
        /// The last lines of its log.
        log_tail: String,
    },
    /// The simulator of Elastic Beanstalk did not start.
    #[error("the Elastic Beanstalk simulator did not start")]
    Simulator(#[from] beanstalk_sim::Error),
    /// A call to an AWS service failed.
    #[error("{call} failed: {message}")]
    Aws {
        /// The call, such as `CreateStack` with the name.
        call: String,
        /// The error of the service, with all causes.
        message: String,
    },
    /// A plain HTTP request to a part of the cloud failed.
    #[error("request to {url} failed")]
    Http {
        /// The address.
        url: String,
        /// The cause.
        #[source]
        source: reqwest::Error,
    },
    /// A template cannot be read, or names a function without a binary.
    #[error("template `{}`: {reason}", path.display())]
    Template {
        /// The file.
        path: PathBuf,
        /// The problem.
        reason: String,
    },
    /// A CloudFormation stack failed.
    #[error("stack `{stack}` is {status}:\n{}", reasons.join("\n"))]
    StackFailed {
        /// The stack.
        stack: String,
        /// Its last status.
        status: String,
        /// The reasons in the events of the stack, oldest first.
        reasons: Vec<String>,
    },
    /// An operation exceeded its time limit.
    #[error("{what} timed out after {seconds} s")]
    TookTooLong {
        /// The operation, such as "deployment of stack `x`".
        what: String,
        /// The time limit, in seconds.
        seconds: u64,
    },
    /// An environment did not become Ready.
    #[error("environment `{environment}` is {status} instead of Ready")]
    Environment {
        /// The environment.
        environment: String,
        /// Its status.
        status: String,
    },
    /// Cargo failed to build the functions.
    #[error("`cargo build` failed:\n{tail}")]
    Build {
        /// The last lines of the compiler's output.
        tail: String,
    },
    /// A zip cannot be written.
    #[error("cannot zip `{name}`")]
    Zip {
        /// The file to zip.
        name: String,
        /// The cause.
        #[source]
        source: zip::result::ZipError,
    },
    /// A value has the wrong form.
    #[error("`{value}` is not {expected}")]
    Invalid {
        /// The value.
        value: String,
        /// The form that it must have.
        expected: &'static str,
    },
}

impl Error {
    /// Wraps the failure of an SDK call together with all its causes.
    pub(crate) fn aws(call: impl Into<String>, error: &(dyn StdError + 'static)) -> Self {
        Self::Aws { call: call.into(), message: causes(error) }
    }
}

/// The operation that an [`io::Error`] interrupted.
pub(crate) trait Context<T> {
    /// Turns an [`io::Error`] into [`Error::Io`]; `what` completes "cannot …".
    fn context(self, what: impl FnOnce() -> String) -> Result<T, Error>;
}

impl<T> Context<T> for io::Result<T> {
    fn context(self, what: impl FnOnce() -> String) -> Result<T, Error> {
        self.map_err(|source| Error::Io { what: what(), source })
    }
}

/// The error and its causes on one line. SDK errors name their reason only in their causes.
pub(crate) fn causes(error: &(dyn StdError + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}
