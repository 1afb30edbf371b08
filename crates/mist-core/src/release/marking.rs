//! Marks a release for those who watch the application, once.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;

use crate::{
    error::Error,
    names::{EnvironmentName, StackName},
    ports::{Account, Application, Clock, MarkError, Marker, Outcome, Release, Secrets},
    stack::new_relic::{NewRelic, commit_of, execution_link},
};

/// How often anything is tried that may go better the next time.
const TRIES: u32 = 3;

/// The pause after the first try; it doubles from then on. Long enough for a mark whose answer was lost to
/// be seen.
const PAUSE: Duration = Duration::from_secs(2);

/// The longest pause that New Relic is granted when it asks for one.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// When to begin nothing new, after the start: a request may take 15 s, and the function has 55.
const PATIENCE: Duration = Duration::from_secs(30);

/// A release to mark, and where.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MarkRequest {
    /// The stack.
    pub stack: StackName,
    /// The environment that is live.
    pub environment: EnvironmentName,
    /// The version that it runs; null when it has none.
    pub version: Option<String>,
    /// Where to mark it; null: nowhere.
    pub new_relic: Option<NewRelic>,
    /// Who released it.
    pub user: String,
    /// The same for all marks of one execution.
    pub group_id: String,
    /// The ARN of the execution, for a link to it.
    #[serde(default)]
    pub execution: Option<String>,
    /// When the execution began; no mark of it is older. Null: within the last day.
    #[serde(default)]
    pub started_at: Option<Timestamp>,
    /// What has changed, in words or as a link.
    #[serde(default)]
    pub changelog: Option<String>,
    /// The commit that was built; null: the one that a label `git-SHA-MILLISECONDS` names.
    #[serde(default)]
    pub commit: Option<String>,
}

/// The end of an attempt to mark a release.
#[derive(Debug)]
pub struct Marked {
    /// How it ended.
    pub outcome: Outcome,
    /// Why it was unknown whether the release is marked already, in which case the mark may be a second one.
    pub doubt: Option<MarkError>,
}

impl From<Outcome> for Marked {
    fn from(outcome: Outcome) -> Self {
        Self { outcome, doubt: None }
    }
}

/// Marks the release, unless it is marked. What goes wrong is an outcome, not an error: the version is live
/// already.
pub async fn mark(
    marker: &impl Marker,
    secrets: &impl Secrets,
    clock: &impl Clock,
    request: &MarkRequest,
) -> Marked {
    let Some(settings) = &request.new_relic else {
        return skipped("the stack has no New Relic application").into();
    };
    let Some(version) = &request.version else {
        return skipped("the environment runs no version").into();
    };
    let begun = clock.now();
    let key = match secrets.read(&settings.api_key_secret).await {
        Ok(key) => key,
        Err(error @ Error::SecretMissing { .. }) => return skipped(&error.to_string()).into(),
        Err(error) => return warning(error.code(), error.to_string()).into(),
    };
    let release = release(request, version, begun);
    let account = Account { settings, key: &key };
    let deadline = begun + PATIENCE;
    let mut marking = Marking { marker, clock, account, release: &release, deadline, doubt: None };
    let outcome = match marking.mark().await {
        Ok(id) => Outcome::Done { id },
        Err(error) => warning(error.code(), error.to_string()),
    };
    Marked { outcome, doubt: marking.doubt }
}

fn skipped(reason: &str) -> Outcome {
    Outcome::Skipped { reason: reason.to_owned() }
}

fn warning(code: &str, reason: String) -> Outcome {
    Outcome::Warning { code: code.to_owned(), reason }
}

fn release(request: &MarkRequest, version: &str, now: Timestamp) -> Release {
    let MarkRequest { stack, environment, execution, started_at, commit, .. } = request;
    let told = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
    Release {
        version: version.to_owned(),
        description: format!("`{version}` runs on stack {stack} ({environment})"),
        user: request.user.clone(),
        group_id: request.group_id.clone(),
        changelog: told(&request.changelog),
        commit: told(commit).or_else(|| commit_of(version).map(str::to_owned)),
        deep_link: execution.as_deref().and_then(execution_link),
        since: started_at.unwrap_or(now - Duration::from_hours(24)),
        time: now,
    }
}

/// One mark that is to be made.
struct Marking<'a, M, C> {
    marker: &'a M,
    clock: &'a C,
    account: Account<'a>,
    release: &'a Release,
    deadline: Timestamp,
    doubt: Option<MarkError>,
}

impl<M: Marker, C: Clock> Marking<'_, M, C> {
    async fn mark(&mut self) -> Result<String, MarkError> {
        let mut tries = 0;
        let application = loop {
            match self.marker.find(&self.account).await {
                Ok(application) => break application,
                Err(error) => self.again(error, &mut tries).await?,
            }
        };
        // An answer that was lost: the mark may be there.
        let mut lost = false;
        loop {
            match self.once(&application, &mut lost).await {
                Ok(id) => return Ok(id),
                Err(error) => self.again(error, &mut tries).await?,
            }
        }
    }

    /// Looks, and marks what is not marked.
    async fn once(
        &mut self,
        application: &Application,
        lost: &mut bool,
    ) -> Result<String, MarkError> {
        let Self { marker, account, release, .. } = self;
        match marker.marked(account, application, release).await {
            Ok(Some(id)) => return Ok(id),
            Ok(None) => {}
            // Better a mark that might be the second than none, unless it very likely is the second.
            Err(error) if !error.is_transient() && !*lost => self.doubt = Some(error),
            Err(error) => return Err(error),
        }
        let marked = marker.mark(account, application, release).await;
        *lost |= matches!(marked, Err(MarkError::Unavailable { .. }));
        marked
    }

    /// Waits for the next try, or gives the error back when there is none.
    async fn again(&self, error: MarkError, tries: &mut u32) -> Result<(), MarkError> {
        *tries += 1;
        let pause = match &error {
            MarkError::Throttled { after: Some(after) } => (*after).min(LONGEST_PAUSE),
            _ => PAUSE * 2_u32.pow(*tries - 1),
        };
        if !error.is_transient() || *tries >= TRIES || self.clock.now() + pause > self.deadline {
            return Err(error);
        }
        self.clock.pause(pause).await;
        Ok(())
    }
}
