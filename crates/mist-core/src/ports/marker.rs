//! New Relic, where mist makes a marker of each release.

use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantNames};

use crate::stack::new_relic::NewRelic;

/// New Relic, where mist makes a marker of each release.
pub trait Marker {
    /// The application with the name in the settings. No such application is [`MarkError::ApplicationMissing`], several are
    /// [`MarkError::ApplicationAmbiguous`].
    fn find(
        &self,
        account: &Account<'_>,
    ) -> impl Future<Output = Result<Application, MarkError>> + Send;

    /// The id of the marker of `release`; `None` if there is none. A marker that was just made may not be visible yet.
    fn marked(
        &self,
        account: &Account<'_>,
        application: &Application,
        release: &Release,
    ) -> impl Future<Output = Result<Option<String>, MarkError>> + Send;

    /// Makes a marker of `release`, and returns its id. Marking again makes a second marker. After a
    /// [transient](MarkError::is_transient) error the marker may exist nevertheless.
    fn mark(
        &self,
        account: &Account<'_>,
        application: &Application,
        release: &Release,
    ) -> impl Future<Output = Result<String, MarkError>> + Send;
}

/// An account of New Relic.
#[derive(Clone, Copy, Debug)]
pub struct Account<'a> {
    /// The address of the API, and the name of the application.
    pub settings: &'a NewRelic,
    /// The key.
    pub key: &'a SecretString,
}

/// An application that can be marked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Application {
    /// Its id at New Relic: the guid of an entity, or a number with the REST API.
    pub id: String,
}

/// The content of a marker.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Release {
    /// The label of the live version.
    pub version: String,
    /// Its description for people.
    pub description: String,
    /// Who released it.
    pub user: String,
    /// The same for all markers of one execution, by which a second one is recognized.
    pub group_id: String,
    /// The changes, as text or as a link.
    pub changelog: Option<String>,
    /// The commit of the version.
    pub commit: Option<String>,
    /// The page of the execution.
    pub deep_link: Option<String>,
    /// The time before which the release has no marker.
    pub since: Timestamp,
    /// The time at which it went live.
    pub time: Timestamp,
}

/// The failure to make a marker. `NewRelic.` and the name of the variant are the name in warnings ([`MarkError::code`]),
/// which never changes its meaning. `docs/RUNBOOK.md` has an entry for each.
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
        "New Relic has {found} APM applications `{application}`; rename all but one, or use the key of a \
         user with access to one account only"
    )]
    ApplicationAmbiguous { application: String, found: usize },
    /// The key was refused.
    #[error("New Relic refused the key of secret `{secret}` ({problem}); {remedy}")]
    KeyRefused { secret: String, problem: String, remedy: &'static str },
    /// The request was understood and refused.
    #[error("New Relic refused the request: {message}")]
    Refused { message: String },
    /// New Relic throttled the request.
    #[error("New Relic throttled the request; mark the live version later with `mist mark`")]
    Throttled { after: Option<Duration> },
    /// New Relic did not answer, or failed.
    #[error("New Relic is unavailable: {message}; mark the live version later with `mist mark`")]
    Unavailable { message: String },
    /// The answer cannot be read.
    #[error("New Relic gave an answer of an unknown form: {problem}")]
    Unclear { problem: String },
}

impl MarkError {
    /// Every name that [`Self::code`] can return.
    pub const NAMES: &'static [&'static str] = <Self as VariantNames>::VARIANTS;

    /// The stable name, such as `NewRelic.ApplicationMissing`.
    pub fn code(&self) -> &'static str {
        self.into()
    }

    /// Whether a later try may succeed.
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

/// The outcome of an attempt to mark a release, or to report it.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", tag = "outcome")]
pub enum Outcome {
    /// It exists.
    Done {
        /// Its id at the service.
        id: String,
    },
    /// It may be missing, which does not affect the release.
    Warning {
        /// The name of the error: one of [`MarkError::NAMES`] or [`crate::error::Error::NAMES`].
        code: String,
        /// The message of the error, with the remedy.
        reason: String,
    },
    /// There is nothing to do.
    Skipped {
        /// The reason.
        reason: String,
    },
}
