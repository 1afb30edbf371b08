//! The runtime of every function: logging, requests, and error names on the wire.

mod execution_ended;
mod runtime;
mod serve;
mod waiting;

pub use execution_ended::{Ended, ExecutionEnded};
pub use runtime::{ServeError, parse};
pub use serve::serve;
pub use waiting::{serve_task, serve_waiting};
