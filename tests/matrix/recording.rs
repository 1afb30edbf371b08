//! Two releases without faults, to record their calls.

use std::collections::{BTreeSet, HashMap};

use mist_local::gate::Passed;
use mist_tests::{Outcome, Result, World};

use crate::cases::{Point, Release};

/// The most calls of one kind that count in one release: more are polls, whose number depends on time.
const MOST: usize = 3;

/// The functions that look for all releases at once: a fault in such a call concerns all of them.
const LOOKS: [&str; 2] = ["WaitReadyFunction", "BakeFunction"];

/// Every call of the functions, in order: all of a release that succeeds, and of one that fails those of the functions
/// that the first one does not call.
pub(crate) async fn of_both_releases(world: &'static World) -> Result<Vec<Point>> {
    let mut points = points(Release::Good, &record(world, "mxgood", Release::Good).await?);
    let mut more = self::points(Release::Bad, &record(world, "mxbad0", Release::Bad).await?);
    let known: BTreeSet<_> = points.iter().map(|point| point.call.function.clone()).collect();
    more.retain(|point| !known.contains(&point.call.function));
    points.extend(more);
    if let Some(nameless) = points.iter().find(|point| point.call.function.is_empty()) {
        return Err(format!("{nameless} came from a function that sends no name").into());
    }
    Ok(points)
}

/// The calls of a release of the stack `name`, and whether they name the stack.
async fn record(
    world: &'static World,
    name: &str,
    release: Release,
) -> Result<Vec<(Passed, bool)>> {
    let gate = world.cloud.gate().ok_or("the cloud has no gate")?;
    let story = release.given(world, name).built().await?;
    let before = gate.calls().len();
    let execution = story.upload("v2").await?;
    let end = story.ends(&execution).await?;
    if (end.outcome == Outcome::Succeeded) != (release == Release::Good) {
        return Err(format!("the recorded release ended unexpectedly: {}", end.trace).into());
    }
    let calls = gate.calls().into_iter().skip(before);
    Ok(calls
        .map(|passed| {
            let shared = LOOKS.contains(&passed.call.function.as_str());
            let tells = passed.text.contains(name) && !shared;
            (passed, tells)
        })
        .collect())
}

fn points(release: Release, calls: &[(Passed, bool)]) -> Vec<Point> {
    let mut counts = HashMap::new();
    let mut points = Vec::new();
    for (passed, tells_its_stack) in calls {
        let count = counts.entry(&passed.call).or_insert(0);
        *count += 1;
        // The number of looks depends on time, and the first is like the others.
        let most = if LOOKS.contains(&passed.call.function.as_str()) { 1 } else { MOST };
        if *count <= most {
            points.push(Point {
                release,
                call: passed.call.clone(),
                nth: *count,
                tells_its_stack: *tells_its_stack,
                has_earlier_answer: passed.repeated && passed.call.is_read(),
            });
        }
    }
    points
}
