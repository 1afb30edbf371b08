//! The invariants after a release, whatever failed in it.

use std::{fs, path::Path};

use mist_core::stack::side::Side;
use mist_tests::{End, Outcome, Result, Story, World};

use crate::aftermath;

/// The invariants that a release of `v2` from side A to side B broke.
pub(crate) async fn broken(world: &World, story: &Story, end: &End) -> Result<Vec<String>> {
    let mut broken = Vec::new();
    let succeeded = end.outcome == Outcome::Succeeded;
    if end.live.is_none() {
        broken.push("the record points to neither environment".to_owned());
    }
    if end.live == Some(Side::B) && !succeeded {
        broken
            .push(format!("the new environment is live, but the release failed: {}", end.error()));
    }
    if succeeded && end.live != Some(Side::B) {
        broken.push("the release succeeded, but the new environment is not live".to_owned());
    }
    let runs = aftermath::label(world, story, Side::B).await?;
    if succeeded && runs.as_deref() != Some("v2") {
        broken.push(format!("the release succeeded, but side B runs {runs:?}"));
    }
    let seen = story.new_clients().await?;
    let versions: Vec<_> = seen.versions.keys().map(String::as_str).collect();
    let expected = if end.live == Some(Side::B) { "v2" } else { "v1" };
    if seen.failed() > 0 || versions != [expected] {
        broken.push(format!("new clients get {versions:?} and {:?}", seen.failures));
    }
    broken.extend(lost_requests(story));
    if !end.error().is_empty() && !is_documented(end.error())? {
        broken.push(format!("the runbook has no entry for `{}`", end.error()));
    }
    broken.extend(of_the_tables(story, end).await?);
    Ok(broken)
}

/// The reasons why a plain release of `v3` does not go live now.
pub(crate) async fn broken_for_the_next(world: &World, story: &Story) -> Result<Vec<String>> {
    world.cloud.simulator().clear_faults(story.environment(Side::B));
    // A release does not deploy to an environment that is not drained.
    story.drained().await?;
    let execution = story.upload("v3").await?;
    let end = story.ends(&execution).await?;
    let mut broken = Vec::new();
    if end.outcome != Outcome::Succeeded {
        broken.push(format!("the next release fails: {}", end.trace.replace('\n', " | ")));
    }
    broken.extend(lost_requests(story));
    Ok(broken)
}

/// The differences between the tables and the stack.
async fn of_the_tables(story: &Story, end: &End) -> Result<Vec<String>> {
    let mut broken = Vec::new();
    if story.lock_is_free().await.is_err() {
        broken.push(format!("the lock is not free: {:?}", story.state().await?.lease));
    }
    let verdict = if end.outcome == Outcome::Succeeded { "done" } else { end.error() };
    let history = story.history().await?;
    // An execution that ends before it has read its input has no entry, and changed nothing.
    let noted = history.iter().any(|release| *release == format!("deploy v2: {verdict}"));
    let untraced = history.is_empty() && end.outcome != Outcome::Succeeded;
    if !noted && !untraced {
        broken.push(format!("the release ended as {verdict}, and the history is {history:?}"));
    }
    let remembered = story.state().await?.live.map(|live| live.side);
    if remembered.is_some() && remembered != end.live {
        broken.push(format!("the table says that {remembered:?} is live, and {:?} is", end.live));
    }
    Ok(broken)
}

fn lost_requests(story: &Story) -> Option<String> {
    let failures = story.failures();
    (!failures.is_empty()).then(|| format!("clients lost requests: {failures:?}"))
}

// Names of mist have a heading in the runbook, and other names a row in its table.
fn is_documented(name: &str) -> Result<bool> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/RUNBOOK.md");
    let text = fs::read_to_string(path)?;
    let heading = format!("### {name}");
    let others = text.split_once("## Names that are not mist's").map_or("", |(_, rest)| rest);
    Ok(text.lines().any(|line| line == heading) || others.contains(&format!("`{name}`")))
}
