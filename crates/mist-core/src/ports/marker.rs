//! Where releases are marked for those who watch the application.

use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantNames};

use crate::stack::new_relic::NewRelic;

/// Where releases are marked.
pub trait Marker {
    /// Finds the one application that has the name of the settings. None of that name is
    /// [`MarkError::ApplicationMissing`], several are [`MarkError::ApplicationAmbiguous`].
    fn find(
        &self,
        account: &Account<'_>,
    ) -> impl Future<Output = Result<Application, MarkError>> + Send;

    /// The id of the mark of `release`, where there is one already. What was marked a moment ago may not be
    /// seen yet.
    fn marked(
        &self,
        account: &Account<'_>,
        application: &Application,
        release: &Release,
    ) -> impl Future<Output = Result<Option<String>, MarkError>> + Send;

    /// Marks `release`, and gives the id of the mark. Doing it again makes a second mark. After a
    /// [transient](MarkError::is_transient) error the mark may be there nevertheless.
    fn mark(
        &self,
        account: &Account<'_>,
        application: &Application,
        release: &Release,
    ) -> impl Future<Output = Result<String, MarkError>> + Send;
}

/// Whose marks they are.
#[derive(Clone, Copy, Debug)]
pub struct Account<'a> {
    /// Where the API is, and what the application is called.
    pub settings: &'a NewRelic,
    /// The key.
    pub key: &'a SecretString,
}

/// An application that can be marked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Application {
    /// What New Relic calls it: the guid of an entity, or with the REST API a number.
    pub id: String,
}

/// What is marked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Release {
    /// The label that is live now.
    pub version: String,
    /// What a person reads about it.
    pub description: String,
    /// Who released it.
    pub user: String,
    /// The same for every mark of one execution, so that a second one can be told.
    pub group_id: String,
    /// What has changed, in words or as a link.
    pub changelog: Option<String>,
    /// The commit that was built.
    pub commit: Option<String>,
    /// Where a person sees how it was released.
    pub deep_link: Option<String>,
    /// No mark of the release is older than this.
    pub since: Timestamp,
    /// When it went live.
    pub time: Timestamp,
}

/// Why there is no mark. The name of a variant after `NewRelic.` is the name that warnings carry
/// ([`MarkError::code`]); it never changes its meaning. `docs/RUNBOOK.md` has an entry for each.
#[derive(Clone, Debug, Eq, PartialEq, IntoStaticStr, VariantNames, thiserror::Error)]
#[strum(prefix = "NewRelic.")]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum MarkError {
    /// No application has the name.
    #[error(
        "New Relic has no APM application `{application}` at {endpoint}; correct `newRelic.application` \
         or `newRelic.region`, or wait until the application has reported once"
    )]
    ApplicationMissing { application: String, endpoint: String },
    /// Several applications have the name.
    #[error(
        "New Relic has {found} APM applications `{application}`, so it cannot be told which one to mark; \
         rename all but one, or use the key of a user who sees only one account"
    )]
    ApplicationAmbiguous { application: String, found: usize },
    /// The key was refused.
    #[error("New Relic refused the key of secret `{secret}` ({problem}); {remedy}")]
    KeyRefused { secret: String, problem: String, remedy: &'static str },
    /// The request was understood and refused.
    #[error("New Relic refused: {message}")]
    Refused { message: String },
    /// Fewer requests are wanted.
    #[error("New Relic wants fewer requests; `mist mark` marks later what is live then")]
    Throttled { after: Option<Duration> },
    /// There was no answer, or a fault of New Relic's own.
    #[error(
        "New Relic could not be reached or is at fault: {message}; `mist mark` marks later what is live then"
    )]
    Unavailable { message: String },
    /// The answer cannot be read.
    #[error("New Relic answered something that mist does not understand: {problem}")]
    Unclear { problem: String },
}

impl MarkError {
    /// Every name that [`Self::code`] can return.
    pub const NAMES: &'static [&'static str] = <Self as VariantNames>::VARIANTS;

    /// The stable name, such as `NewRelic.ApplicationMissing`.
    pub fn code(&self) -> &'static str {
        self.into()
    }

    /// Whether asking again later is right.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Throttled { .. } | Self::Unavailable { .. } => true,
            Self::ApplicationMissing { .. }
            | Self::ApplicationAmbiguous { .. }
            | Self::KeyRefused { .. }
            | Self::Refused { .. }
            | Self::Unclear { .. } => false,
        }
    }
}

/// How a mark ended.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", tag = "outcome")]
pub enum Outcome {
    /// The mark is there.
    Done {
        /// What New Relic calls it.
        id: String,
    },
    /// The mark may be missing; the release is not touched by that.
    Warning {
        /// The stable name of what went wrong: one of [`MarkError::NAMES`] or [`crate::error::Error::NAMES`].
        code: String,
        /// What went wrong, and what to do.
        reason: String,
    },
    /// Nothing to do.
    Skipped {
        /// Why not.
        reason: String,
    },
}
