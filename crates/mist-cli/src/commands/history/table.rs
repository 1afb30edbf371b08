//! The list of releases.

use comfy_table::{Table, presets::NOTHING};
use jiff::{SignedDuration, Timestamp};
use mist_core::release::history::PastRelease;

use super::{
    moved::moved,
    name::{self, what},
};
use crate::output::{ago, moment, took};

/// The longest reason in the list, in characters; `mist history show` has all of it.
const REASON: usize = 120;

/// The age from which a release has its time in the list, instead of its age.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// The table of `releases` at `now`; `stacks` tells whether it has their stacks.
pub(super) fn of(releases: &[PastRelease], stacks: bool, now: Timestamp) -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING);
    let heading = ["STACK", "RELEASE", "STARTED", "WHAT", "LIVE", "VERDICT"];
    table.set_header(heading.into_iter().skip(usize::from(!stacks)));
    for release in releases {
        let row = [
            release.stack.clone(),
            name::short(release).to_owned(),
            started(release.started_at, now),
            said(release),
            moved(release),
            ended(release),
        ];
        table.add_row(row.into_iter().skip(usize::from(!stacks)));
    }
    table
}

fn started(at: Timestamp, now: Timestamp) -> String {
    if now.duration_since(at) < DAY { format!("{} ago", ago(at, now)) } else { moment(at) }
}

/// What was started by whom, and below it what they said.
fn said(release: &PastRelease) -> String {
    let message = release.message.as_ref().map(|message| format!("\n  “{}”", cut(message)));
    format!("{}{}", what(release), message.unwrap_or_default())
}

fn ended(release: &PastRelease) -> String {
    let PastRelease { verdict, started_at, ended_at, reason, .. } = release;
    let took = ended_at.map(|at| format!(" after {}", took(*started_at, at))).unwrap_or_default();
    let reason = reason.as_deref().and_then(|reason| reason.lines().next());
    let reason = reason.map(|reason| format!("\n  {}", cut(reason))).unwrap_or_default();
    format!("{verdict}{took}{reason}")
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(REASON) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use mist_core::{release::history::SideVersion, stack::side::Side};
    use mist_testkit::{START, opened};

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(START + seconds).unwrap()
    }

    fn release(id: &str, verdict: &str, ended: Option<i64>) -> PastRelease {
        let side = |side: Side, version: &str| SideVersion {
            side,
            environment: format!("Demo-QA-{side}"),
            version: Some(version.to_owned()),
        };
        PastRelease {
            started_by: "ada".to_owned(),
            started_at: at(0),
            ended_at: ended.map(at),
            verdict: verdict.to_owned(),
            version: Some("v2".to_owned()),
            from: Some(side(Side::A, "v1")),
            to: Some(side(Side::B, "v2")),
            ..opened(id, &format!("arn:release-{id}"))
        }
    }

    fn releases() -> [PastRelease; 3] {
        let failed = PastRelease {
            reason: Some(format!("Warm up: `/` answered 502, not 200\n{}", "x".repeat(200))),
            started_at: at(-200_000),
            ended_at: Some(at(-199_990)),
            steps: [("Deploy".to_owned(), 4.0), ("Warm up".to_owned(), 5.0)].into(),
            ..release("1", "Mist.WarmFailed", None)
        };
        let done = PastRelease {
            message: Some("hotfix for the checkout".to_owned()),
            steps: [("Deploy".to_owned(), 4.0), ("Swap".to_owned(), 1.5)].into(),
            ..release("2", PastRelease::DONE, Some(65))
        };
        [release("3", PastRelease::RUNNING, None), done, failed]
    }

    fn shown(stacks: bool) -> String {
        let table = of(&releases(), stacks, at(185)).to_string();
        table.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn releases_are_a_table() {
        insta::assert_snapshot!(shown(false));
    }

    #[test]
    fn releases_of_all_stacks_have_their_stack() {
        let shown = shown(true);
        assert!(shown.lines().next().unwrap().trim_start().starts_with("STACK"), "{shown}");
        assert!(shown.contains("QA"), "{shown}");
    }

    #[test]
    fn a_long_reason_is_cut() {
        assert_eq!(cut("short"), "short");
        assert_eq!(cut(&"ü".repeat(200)), format!("{}…", "ü".repeat(REASON)));
    }
}
