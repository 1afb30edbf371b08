//! Errors of a local cloud.

mod background;
mod python;

use std::error::Error as StdError;
use std::io;
use std::path::PathBuf;

pub use background::Background;
pub use python::Python;

/// Why the local cloud, or something asked of it, failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The emulator cannot be installed.
    #[error(transparent)]
    Python(#[from] Python),
    /// A background cloud is not as it should be.
    #[error(transparent)]
    Background(#[from] Background),
    /// A file, folder, socket or process could not be handled.
    #[error("cannot {what}")]
    Io {
        /// What was tried, such as "read `x`".
        what: String,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// No free port was found, or the wanted one is in use.
    #[error("port {port} on 127.0.0.1 is in use; choose another one or 0 for a free one")]
    PortInUse {
        /// The port.
        port: u16,
    },
    /// The emulator of AWS ended or stayed silent at its start.
    #[error("the AWS emulator did not start: {reason}\n{log_tail}")]
    Emulator {
        /// What was seen.
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
        /// What the service answered, with all causes.
        message: String,
    },
    /// A plain HTTP request to a part of the cloud failed.
    #[error("cannot ask {url}")]
    Http {
        /// The address.
        url: String,
        /// Why.
        #[source]
        source: reqwest::Error,
    },
    /// A template cannot be read or names something that was not given.
    #[error("template `{}`: {reason}", path.display())]
    Template {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A stack of CloudFormation did not reach its end.
    #[error("stack `{stack}` is {status}:\n{}", reasons.join("\n"))]
    StackFailed {
        /// The stack.
        stack: String,
        /// Its last status.
        status: String,
        /// What the events of the stack say, oldest first.
        reasons: Vec<String>,
    },
    /// Something was waited for in vain.
    #[error("{what} took more than {seconds} s")]
    TookTooLong {
        /// What was waited for.
        what: String,
        /// How long, in seconds.
        seconds: u64,
    },
    /// An environment did not become what it should.
    #[error("environment `{environment}` is {status} instead of Ready")]
    Environment {
        /// The environment.
        environment: String,
        /// Its status.
        status: String,
    },
    /// The functions did not compile.
    #[error("`cargo build` failed:\n{tail}")]
    Build {
        /// The last lines of the compiler's output.
        tail: String,
    },
    /// A zip could not be written.
    #[error("cannot zip `{name}`")]
    Zip {
        /// What should have been zipped.
        name: String,
        /// Why.
        #[source]
        source: zip::result::ZipError,
    },
    /// A name or an address is not one.
    #[error("`{value}` is not {expected}")]
    Invalid {
        /// What was given.
        value: String,
        /// What it should have been.
        expected: &'static str,
    },
}

impl Error {
    /// Wraps the failure of an SDK call together with all its causes.
    pub(crate) fn aws(call: impl Into<String>, error: &(dyn StdError + 'static)) -> Self {
        Self::Aws { call: call.into(), message: causes(error) }
    }
}

/// Says what was being done when the operating system refused.
pub(crate) trait Context<T> {
    /// Turns an [`io::Error`] into [`Error::Io`]; `what` completes "cannot …".
    fn context(self, what: impl FnOnce() -> String) -> Result<T, Error>;
}

impl<T> Context<T> for io::Result<T> {
    fn context(self, what: impl FnOnce() -> String) -> Result<T, Error> {
        self.map_err(|source| Error::Io { what: what(), source })
    }
}

/// The error and its causes on one line; SDK errors say next to nothing by themselves.
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
