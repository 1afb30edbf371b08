//! Makes a marker of a release in New Relic, once.

#[cfg(test)]
mod tests;

use mist_core::{
    error::Error,
    ports::{Clock, Marker, Outcome, Secrets},
    release::marking::{self, MarkRequest, Marked},
};

/// The release to mark, and the application in New Relic.
pub type Request = MarkRequest;

/// The outcome.
pub type Response = Outcome;

/// Makes a marker of the release, unless it has one. A failure is an outcome, not an error: the version is already live.
pub async fn run(
    marker: &impl Marker,
    secrets: &impl Secrets,
    clock: &impl Clock,
    request: Request,
) -> Result<Response, Error> {
    let Marked { outcome, doubt } = marking::mark(marker, secrets, clock, &request).await;
    if let Some(error) = doubt {
        tracing::warn!("the release may have two markers: {error}");
    }
    match &outcome {
        Outcome::Done { id } => tracing::info!(stack.name = %request.stack, "marked as `{id}`"),
        Outcome::Warning { code, reason } => tracing::warn!(
            stack.name = %request.stack,
            error.name = code,
            "the version is live, but has no marker: {reason}"
        ),
        Outcome::Skipped { reason } => tracing::debug!("nothing to mark: {reason}"),
    }
    Ok(outcome)
}
