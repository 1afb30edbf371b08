//! The outcome of an execution.

/// The outcome of an execution.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// It succeeded.
    Succeeded,
    /// It failed.
    Failed {
        /// The stable name of the error.
        error: String,
        /// The cause, as JSON.
        cause: String,
    },
}
