//! The demo as a file: the stack and its releases, with the requests of the clients.

use std::path::Path;

use jiff::Timestamp;
use mist_core::{
    ports::History as _,
    release::{history::PastRelease, stack_report::StackReport, stack_status::StackStatus},
};
use mist_local::{TrafficReport, VersionSeen};
use mist_page::{
    file,
    model::{Answers, Board, History, Release, Requests, StackCard},
};
use mist_rehearsal::Rehearsal;

use crate::{
    commands::{report, status::read},
    failure::Failure,
    page::Reader,
};

/// The most releases of the demo, which makes two.
const MOST: u32 = 20;

/// Writes the stack of `found` with its releases into the file at `path`. `seen` are the requests during the newest one.
pub(super) async fn write(
    path: &Path,
    rehearsal: &Rehearsal,
    found: StackReport,
    seen: &TrafficReport,
) -> Result<(), Failure> {
    let aws = rehearsal.aws();
    let reader = Reader::new(aws.clone());
    let releases = aws.history().releases(&found.stack, MOST).await?;
    let past: Vec<PastRelease> = releases.into_iter().collect::<Result<_, _>>()?;
    let mut releases = reader.details(past.clone()).await;
    if let Some(newest) = releases.first_mut() {
        newest.requests = Some(requests(seen));
    }
    let text = document(found, past, releases);
    let place = reader.place().await?;
    report::write(path, &file::document(&text, &place, Timestamp::now()))
}

fn document(found: StackReport, past: Vec<PastRelease>, releases: Vec<Release>) -> file::Report {
    let stack = found.stack.to_string();
    let mut status = StackStatus { stack: stack.clone(), ..StackStatus::default() };
    read::add(&mut status, found, [None, None]);
    let items: Vec<_> = past.into_iter().map(Ok).collect();
    let card = StackCard { status, recent: items.clone() };
    let history = History { stacks: vec![stack], items, problems: Vec::new() };
    file::Report {
        title: "The demo".to_owned(),
        board: Some(Board { stacks: vec![card], problems: Vec::new() }),
        history: Some((history, 1)),
        releases,
    }
}

fn requests(seen: &TrafficReport) -> Requests {
    let seconds = |milliseconds: u64| std::time::Duration::from_millis(milliseconds).as_secs_f64();
    let answers = |(version, seen): (&String, &VersionSeen)| Answers {
        version: version.clone(),
        count: seen.answers,
        first: seconds(seen.first_ms),
        last: seconds(seen.last_ms),
    };
    let mut versions: Vec<_> = seen.versions.iter().map(answers).collect();
    versions.sort_by(|one, other| one.first.total_cmp(&other.first));
    Requests {
        of: "the clients of the demo".to_owned(),
        total: seen.requests,
        versions,
        failures: seen.failures.iter().map(|(reason, count)| (reason.clone(), *count)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_requests_of_the_clients_are_in_the_order_of_their_versions() {
        let version = |first_ms: u64, last_ms| VersionSeen { answers: 10, first_ms, last_ms };
        let seen = TrafficReport {
            requests: 21,
            versions: [
                ("v1".to_owned(), version(9000, 12_500)),
                ("v2".to_owned(), version(100, 9100)),
            ]
            .into(),
            failures: [("status 503 of v1".to_owned(), 1)].into(),
        };
        let found = requests(&seen);
        let versions: Vec<_> = found.versions.iter().map(|it| (&*it.version, it.first)).collect();
        assert_eq!(versions, [("v2", 0.1), ("v1", 9.0)]);
        assert_eq!(found.failures, [("status 503 of v1".to_owned(), 1)]);
    }
}
