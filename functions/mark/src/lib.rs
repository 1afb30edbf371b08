//! Marks a release in New Relic.

use mist_core::{
    EnvironmentName, Error, NewRelic, StackName,
    ports::{Clock, Marker, Outcome, Release, Secrets},
};
use serde::Deserialize;

#[cfg(test)]
mod tests;

/// What is marked, and where.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// The stack.
    pub stack: StackName,
    /// The environment that runs it.
    pub environment: EnvironmentName,
    /// The version that it runs; null when it has none.
    pub version: Option<String>,
    /// Where to mark it; null: nowhere.
    pub new_relic: Option<NewRelic>,
    /// Who released it.
    pub user: String,
    /// The same for all marks of one execution.
    pub group_id: String,
    /// What changed since the version that was live before; null where nobody knows.
    #[serde(default)]
    pub changelog: Option<String>,
    /// The commit that it was made from; null where nobody knows.
    #[serde(default)]
    pub commit: Option<String>,
}

/// How it ended.
pub type Response = Outcome;

/// Marks the release. What goes wrong is an outcome, not an error: the release is live by now.
pub async fn run(
    marker: &impl Marker,
    secrets: &impl Secrets,
    clock: &impl Clock,
    request: Request,
) -> Result<Response, Error> {
    let Request { stack, environment, version, new_relic, user, group_id, changelog, commit } =
        request;
    let skipped = |reason: &str| Ok(Outcome::Skipped { reason: reason.to_owned() });
    let Some(settings) = new_relic else {
        return skipped("the stack has no New Relic application");
    };
    let Some(version) = version else {
        return skipped("the environment runs no version");
    };
    let key = match secrets.read(&settings.api_key_secret).await {
        Ok(key) => key,
        Err(error @ Error::SecretMissing { .. }) => return skipped(&error.to_string()),
        Err(error) => return Ok(Outcome::Warning { reason: error.to_string() }),
    };
    let release = Release {
        description: format!("`{version}` runs on stack {stack} ({environment})"),
        version,
        user,
        group_id,
        time: clock.now(),
        changelog,
        commit,
    };
    let outcome = marker.mark(&settings, &key, &release).await;
    match &outcome {
        Outcome::Warning { reason } => {
            tracing::warn!(stack.name = %stack, "the release is live but not marked: {reason}");
        }
        Outcome::Done { id } => tracing::info!(stack.name = %stack, "marked as `{id}`"),
        Outcome::Skipped { .. } => {}
    }
    Ok(outcome)
}
