//! What the server reads the views from.

use jiff::Timestamp;

use crate::model::{Board, History, Release};

/// The reads of the views. A part that cannot be read is a problem of the view, which shows the rest.
pub trait Source: Clone + Send + Sync + 'static {
    /// All stacks.
    fn board(&self) -> impl Future<Output = Board> + Send;

    /// The releases since `since`.
    fn history(&self, since: Timestamp) -> impl Future<Output = History> + Send;

    /// The release `id` of the stack `stack`; `Ok(None)` if there is none, and the reason if it cannot be read.
    fn release(
        &self,
        stack: &str,
        id: &str,
    ) -> impl Future<Output = Result<Option<Release>, String>> + Send;
}
