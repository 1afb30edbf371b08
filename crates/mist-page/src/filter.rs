//! The filter of the history, as it stands in the address of the page.

use jiff::{SignedDuration, Timestamp};
use mist_core::release::history::PastRelease;
use serde::Deserialize;

use crate::model::{History, Item};

/// The days of a history without another time.
pub const USUAL_DAYS: u32 = 30;

/// The most days of a history.
pub const MOST_DAYS: u32 = 3660;

/// The releases to show. An empty field is no condition.
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize)]
#[serde(default)]
pub struct Filter {
    /// The stack.
    pub stack: String,
    /// `done`, `running`, `failed`, or the name of an error.
    pub verdict: String,
    /// A part of the version, in any case.
    pub version: String,
    /// A part of the name of whoever started it, in any case.
    pub by: String,
    /// The number of days up to now, such as `30`.
    pub days: String,
    /// The number of the page, from 1.
    pub page: String,
}

impl Filter {
    /// The number of days; [`USUAL_DAYS`] if it is no number from 1 to [`MOST_DAYS`].
    pub fn days(&self) -> u32 {
        let days = self.days.parse().ok();
        days.filter(|days| (1..=MOST_DAYS).contains(days)).unwrap_or(USUAL_DAYS)
    }

    /// The start of the time at `now`.
    pub fn since(&self, now: Timestamp) -> Timestamp {
        now.saturating_sub(SignedDuration::from_hours(24 * i64::from(self.days())))
            .unwrap_or(Timestamp::MIN)
    }

    /// The number of the page, from 1.
    pub fn page(&self) -> usize {
        self.page.parse().unwrap_or(1).max(1)
    }

    /// Whether it has a condition beside the time.
    pub fn is_set(&self) -> bool {
        let Self { stack, verdict, version, by, .. } = self;
        [stack, verdict, version, by].into_iter().any(|field| !field.is_empty())
    }

    /// The items of `history` that it selects. An item that cannot be read is selected by its stack alone.
    pub fn select<'a>(&self, history: &'a History) -> Vec<&'a Item> {
        history.items.iter().filter(|item| self.selects(item)).collect()
    }

    fn selects(&self, item: &Item) -> bool {
        match item {
            Ok(release) => self.selects_release(release),
            Err(unreadable) => self.stack.is_empty() || self.stack == unreadable.stack,
        }
    }

    fn selects_release(&self, release: &PastRelease) -> bool {
        let verdict = match self.verdict.as_str() {
            "" => true,
            "failed" => ![PastRelease::DONE, PastRelease::RUNNING].contains(&&*release.verdict),
            verdict => release.verdict == verdict,
        };
        let version = release.version.as_deref().unwrap_or_default();
        verdict
            && (self.stack.is_empty() || self.stack == release.stack)
            && contains(version, &self.version)
            && contains(&release.started_by, &self.by)
    }

    /// The query of the address of page `page`.
    pub fn query(&self, page: usize) -> String {
        let page = if page > 1 { page.to_string() } else { String::new() };
        let fields = [
            ("stack", &self.stack),
            ("verdict", &self.verdict),
            ("version", &self.version),
            ("by", &self.by),
            ("days", &self.days),
            ("page", &page),
        ];
        let set = fields.iter().filter(|(_, value)| !value.is_empty());
        let pairs = set.map(|(name, value)| format!("{name}={}", urlencoding::encode(value)));
        pairs.collect::<Vec<_>>().join("&")
    }
}

fn contains(text: &str, part: &str) -> bool {
    text.to_lowercase().contains(&part.trim().to_lowercase())
}
