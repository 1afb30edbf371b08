//! Marks a release in New Relic, once.

#[cfg(test)]
mod tests;

use mist_core::{
    error::Error,
    ports::{Clock, Marker, Outcome, Secrets},
    release::marking::{self, MarkRequest, Marked},
};

/// The release to mark, and where.
pub type Request = MarkRequest;

/// How it ended.
pub type Response = Outcome;

/// Marks the release, unless it is marked. What goes wrong is an outcome, not an error: the release is live
/// by now.
pub async fn run(
    marker: &impl Marker,
    secrets: &impl Secrets,
    clock: &impl Clock,
    request: Request,
) -> Result<Response, Error> {
    let Marked { outcome, doubt } = marking::mark(marker, secrets, clock, &request).await;
    if let Some(error) = doubt {
        tracing::warn!("it cannot be seen whether the release is marked already: {error}");
    }
    match &outcome {
        Outcome::Done { id } => tracing::info!(stack.name = %request.stack, "marked as `{id}`"),
        Outcome::Warning { code, reason } => tracing::warn!(
            stack.name = %request.stack,
            error.name = code,
            "the release is live but not marked: {reason}"
        ),
        Outcome::Skipped { reason } => tracing::debug!("nothing to mark: {reason}"),
    }
    Ok(outcome)
}
