//! The releases that `mist history` lists.

use jiff::Timestamp;
use mist_core::{error::Kind, release::history::PastRelease};

use crate::arguments::HistoryList;

/// The steps that change nothing.
const ONLY_LOOK: [&str; 5] =
    ["Begin release", "Plan", "Fetch source", "Finish release", "Report failure"];

/// How a release ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Ended {
    /// It has not ended.
    Running,
    /// It succeeded.
    Done,
    /// It succeeded, as what it was to do had been done.
    NothingToDo,
    /// It was refused before it changed anything.
    Refused,
    /// It failed.
    Failed,
}

impl Ended {
    /// How `release` ended.
    pub(super) fn of(release: &PastRelease) -> Self {
        let PastRelease { verdict, steps, .. } = release;
        let looked_only = steps.keys().all(|step| ONLY_LOOK.contains(&step.as_str()));
        match verdict.as_str() {
            PastRelease::RUNNING => Self::Running,
            // The steps are noted a moment after the end.
            PastRelease::DONE if looked_only && !steps.is_empty() => Self::NothingToDo,
            PastRelease::DONE => Self::Done,
            name if looked_only
                && matches!(Kind::of(name), Kind::BadRequest | Kind::StackNotReady) =>
            {
                Self::Refused
            }
            _ => Self::Failed,
        }
    }

    /// Whether it is left out unless it is asked for.
    pub(super) fn is_left_out(self) -> bool {
        matches!(self, Self::Refused | Self::NothingToDo)
    }

    fn is_called(self, name: &str) -> bool {
        match self {
            Self::Running => name.eq_ignore_ascii_case("running"),
            Self::Done | Self::NothingToDo => name.eq_ignore_ascii_case("done"),
            Self::Refused => name.eq_ignore_ascii_case("refused"),
            Self::Failed => name.eq_ignore_ascii_case("failed"),
        }
    }
}

/// Whether `release` fits the filters of `list`, apart from being refused.
pub(super) fn fits(list: &HistoryList, release: &PastRelease) -> bool {
    let since = |since: &Timestamp| release.started_at >= *since;
    let by = |who: &String| release.started_by.to_lowercase().contains(&who.to_lowercase());
    let verdict = |name: &String| {
        Ended::of(release).is_called(name) || release.verdict.eq_ignore_ascii_case(name)
    };
    list.since.as_ref().is_none_or(since)
        && list.by.as_ref().is_none_or(by)
        && list.verdict.as_ref().is_none_or(verdict)
}

/// Whether `list` asks for releases that were refused, or had nothing to do.
pub(super) fn asks_for_refused(list: &HistoryList) -> bool {
    let named = list.verdict.as_deref();
    list.refused || named.is_some_and(|name| !["done", "failed", "running"].contains(&name))
}

/// Whether `list` has a filter, so that more releases must be read than are shown.
pub(super) fn is_filtered(list: &HistoryList) -> bool {
    list.since.is_some() || list.verdict.is_some() || list.by.is_some()
}

#[cfg(test)]
mod tests {
    use mist_testkit::opened;

    use super::*;

    fn release(verdict: &str, steps: &[&str]) -> PastRelease {
        PastRelease {
            verdict: verdict.to_owned(),
            steps: steps.iter().map(|step| ((*step).to_owned(), 1.0)).collect(),
            ..opened("1", "arn:1")
        }
    }

    fn list() -> HistoryList {
        HistoryList {
            stack: None,
            all: true,
            most: 20,
            since: None,
            verdict: None,
            by: None,
            refused: false,
        }
    }

    #[test]
    fn a_release_that_changed_nothing_was_refused_or_had_nothing_to_do() {
        let looks = ["Begin release", "Plan", "Finish release"];
        for (verdict, steps, ended) in [
            ("running", &[][..], Ended::Running),
            ("done", &["Plan", "Deploy", "Swap"], Ended::Done),
            ("done", &looks, Ended::NothingToDo),
            ("done", &[], Ended::Done),
            ("Mist.Drift", &["Begin release", "Plan", "Report failure"], Ended::Refused),
            ("Mist.Locked", &[], Ended::Refused),
            ("Mist.Superseded", &["Plan", "Deploy"], Ended::Failed),
            ("Mist.WarmFailed", &["Plan", "Deploy", "Warm up"], Ended::Failed),
            ("ABORTED", &["Plan"], Ended::Failed),
        ] {
            assert_eq!(Ended::of(&release(verdict, steps)), ended, "{verdict} {steps:?}");
        }
    }

    #[test]
    fn refused_releases_are_listed_only_if_they_are_asked_for() {
        assert!(Ended::Refused.is_left_out() && Ended::NothingToDo.is_left_out());
        assert!(!Ended::Failed.is_left_out());
        assert!(!asks_for_refused(&list()));
        assert!(asks_for_refused(&HistoryList { refused: true, ..list() }));
        for (verdict, asks) in [("refused", true), ("Mist.Drift", true), ("failed", false)] {
            let list = HistoryList { verdict: Some(verdict.to_owned()), ..list() };
            assert_eq!(asks_for_refused(&list), asks, "{verdict}");
        }
    }

    #[test]
    fn releases_are_filtered_by_time_verdict_and_starter() {
        let failed = release("Mist.WarmFailed", &["Deploy"]);
        let start = failed.started_at;
        let later = start + jiff::SignedDuration::from_secs(1);
        let fit = |list: HistoryList| fits(&list, &failed);
        assert!(fit(list()) && !is_filtered(&list()));
        assert!(fit(HistoryList { since: Some(start), ..list() }));
        assert!(!fit(HistoryList { since: Some(later), ..list() }));
        for verdict in ["failed", "Mist.WarmFailed", "mist.warmfailed"] {
            assert!(fit(HistoryList { verdict: Some(verdict.to_owned()), ..list() }), "{verdict}");
        }
        assert!(!fit(HistoryList { verdict: Some("done".to_owned()), ..list() }));
        let by = failed.started_by.to_uppercase();
        assert!(fit(HistoryList { by: Some(by), ..list() }));
        assert!(!fit(HistoryList { by: Some("ada-lovelace".to_owned()), ..list() }));
    }
}
