//! Activities of environments, which health reports.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::clock::Moment;

/// The time for which health reports a finished activity, in seconds.
pub(crate) const NEWS: f64 = 10.0;
/// The activity of a creation.
pub(crate) const INITIALIZATION: &str = "Initialization";

/// A current or recent activity.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Activity {
    /// The name in causes of health, such as `Application update`.
    pub(crate) what: Cow<'static, str>,
    pub(crate) began: Moment,
    pub(crate) ended: Option<Moment>,
    pub(crate) failed: bool,
}

impl Activity {
    pub(crate) fn begin(what: &'static str, began: Moment) -> Self {
        Self { what: Cow::Borrowed(what), began, ended: None, failed: false }
    }

    pub(crate) fn end(&mut self, ended: Moment, failed: bool) {
        if self.ended.is_none() {
            self.ended = Some(ended);
            self.failed = failed;
        }
    }

    /// Whether health still reports the activity. The end of an initialization is never reported.
    pub(super) fn is_news(&self, now: Moment) -> bool {
        self.ended.is_none_or(|ended| self.what != INITIALIZATION && now.since(ended) < NEWS)
    }

    /// The cause that reports the activity.
    pub(super) fn sentence(&self, now: Moment) -> String {
        let what = &self.what;
        let Some(ended) = self.ended else {
            return format!("{what} in progress (running for {}).", spell(now.since(self.began)));
        };
        let (ago, took) = (spell(now.since(ended)), spell(ended.since(self.began)));
        let end = if self.failed { "failed" } else { "completed" };
        format!("{what} {end} {ago} ago and took {took}.")
    }
}

/// A duration as text.
pub(super) fn spell(seconds: f64) -> String {
    let (count, unit) = if seconds < 119.5 {
        (seconds.round().max(1.0), "second")
    } else {
        ((seconds / 60.0).round(), "minute")
    };
    let plural = if (count - 1.0).abs() < 0.5 { "" } else { "s" };
    format!("{count} {unit}{plural}")
}
