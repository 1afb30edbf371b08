//! Runs of the workflow.

use std::collections::BTreeMap;

use crate::Error;

/// Runs of the workflow.
pub trait Runs {
    /// How long each step of `run` took, by its name, in seconds; a step that came twice counts together.
    /// Those that took no time or did not end are absent.
    fn seconds_of_steps(
        &self,
        run: &str,
    ) -> impl Future<Output = Result<BTreeMap<String, f64>, Error>> + Send;
}
