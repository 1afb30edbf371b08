//! Where releases are marked for those who watch the application.

use jiff::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::NewRelic;

/// Where releases are marked. Marking cannot fail a release, so neither does it return an error.
pub trait Marker {
    /// Marks `release`.
    fn mark(
        &self,
        settings: &NewRelic,
        key: &SecretString,
        release: &Release,
    ) -> impl Future<Output = Outcome> + Send;
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
    /// When it went live.
    pub time: Timestamp,
    /// What changed since the version that was live before, a line per commit.
    pub changelog: Option<String>,
    /// The commit that it was made from.
    pub commit: Option<String>,
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
        /// What went wrong.
        reason: String,
    },
    /// Nothing to do.
    Skipped {
        /// Why not.
        reason: String,
    },
}
