//! Makes a marker of a release in New Relic, once.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;

use crate::{
    error::Error,
    names::{EnvironmentName, StackName},
    ports::{Account, Application, Clock, MarkError, Marker, Outcome, Release, Secrets},
    release::console::execution_page,
    stack::{new_relic::NewRelic, source::commit_of},
};

/// The number of tries of requests that may succeed later.
const TRIES: u32 = 3;

/// The pause after the first try, which doubles after each further one: long enough until a marker is visible whose answer
/// was lost.
const PAUSE: Duration = Duration::from_secs(2);

/// The longest pause if New Relic asks for one.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The time after which no new try begins: a request may take 15 s, and the function has 55 s.
const PATIENCE: Duration = Duration::from_secs(30);

/// A release to mark, and the application in New Relic.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MarkRequest {
    /// The stack.
    pub stack: StackName,
    /// The live environment.
    pub environment: EnvironmentName,
    /// Its version; null if it has none.
    pub version: Option<String>,
    /// The application in New Relic; null if the stack has none.
    pub new_relic: Option<NewRelic>,
    /// The user that released it.
    pub user: String,
    /// The same for all markers of one execution.
    pub group_id: String,
    /// The ARN of the execution, for a link to it.
    #[serde(default)]
    pub execution: Option<String>,
    /// The time at which the execution began; no marker of it is older. Null: within the last day.
    #[serde(default)]
    pub started_at: Option<Timestamp>,
    /// The changes, as text or as a link.
    #[serde(default)]
    pub changelog: Option<String>,
    /// The commit of the version; null: the one in a label `git-SHA-MILLIS`.
    #[serde(default)]
    pub commit: Option<String>,
}

/// The end of an attempt to mark a release.
#[derive(Debug)]
pub struct Marked {
    /// The outcome.
    pub outcome: Outcome,
    /// The error that hid whether the release has a marker already, so that this may be a second one.
    pub doubt: Option<MarkError>,
}

impl From<Outcome> for Marked {
    fn from(outcome: Outcome) -> Self {
        Self { outcome, doubt: None }
    }
}

/// Makes a marker of the release, unless it has one. A failure is an outcome, not an error: the version is already live.
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
    let present = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
    Release {
        version: version.to_owned(),
        description: format!("`{version}` runs on stack {stack} ({environment})"),
        user: request.user.clone(),
        group_id: request.group_id.clone(),
        changelog: present(&request.changelog),
        commit: present(commit).or_else(|| commit_of(version).map(String::from)),
        deep_link: execution.as_deref().and_then(execution_page),
        since: started_at.unwrap_or(now - Duration::from_hours(24)),
        time: now,
    }
}

/// The attempt to make one marker.
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
        // After a lost answer, the marker may exist.
        let mut lost = false;
        loop {
            match self.once(&application, &mut lost).await {
                Ok(id) => return Ok(id),
                Err(error) => self.again(error, &mut tries).await?,
            }
        }
    }

    /// Looks for the marker, and makes it if there is none.
    async fn once(
        &mut self,
        application: &Application,
        lost: &mut bool,
    ) -> Result<String, MarkError> {
        let Self { marker, account, release, .. } = self;
        match marker.marked(account, application, release).await {
            Ok(Some(id)) => return Ok(id),
            Ok(None) => {}
            // A second marker is better than none, unless one very likely exists.
            Err(error) if !error.is_transient() && !*lost => self.doubt = Some(error),
            Err(error) => return Err(error),
        }
        let marked = marker.mark(account, application, release).await;
        *lost |= matches!(marked, Err(MarkError::Unavailable { .. }));
        marked
    }

    /// Waits for the next try, or returns the error if there is none.
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
