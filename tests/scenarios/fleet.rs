//! Many stacks release at once.

use std::collections::{BTreeMap, BTreeSet};

use beanstalk_sim::{Fault, Outcome, Scope};
use futures_util::future::try_join_all;
use mist_core::Side;
use mist_tests::{Result, tell_apart};

/// How many stacks release at once.
const STACKS: usize = 50;

/// How many stacks are built at a time.
const AT_ONCE: usize = 5;

/// What Beanstalk is believed to allow per operation: two calls a second and a burst of fifteen, 60 times as fast.
const RATE: Fault = Fault::RateLimit { per_second: 120.0, burst: 15 };

#[test]
fn fifty_stacks_that_release_at_once_all_go_live() -> Result {
    tell_apart(async |world| {
        let mut stories = Vec::new();
        for first in (0..STACKS).step_by(AT_ONCE) {
            let numbers = first..(first + AT_ONCE).min(STACKS);
            let built = numbers.map(|number| world.given(&format!("fleet{number:02}")).built());
            stories.extend(try_join_all(built).await?);
        }
        let simulator = world.cloud.simulator();
        for operation in
            ["DescribeEnvironments", "DescribeApplicationVersions", "UpdateEnvironment"]
        {
            simulator.set_fault(Scope::everywhere().operation(operation), RATE);
        }
        let before = simulator.calls().len();
        let executions = try_join_all(stories.iter().map(|story| story.upload("v2"))).await?;
        let ends = stories.iter().zip(&executions).map(|(story, it)| story.ends(it));
        let ends = try_join_all(ends).await?;
        let failed: Vec<_> = ends.iter().filter(|end| !end.error().is_empty()).collect();
        let told: Vec<_> = failed.iter().map(|end| end.trace.as_str()).collect();
        assert!(failed.is_empty(), "{} failed: {}", failed.len(), told.join("\n\n"));
        assert!(ends.iter().all(|end| end.live == Some(Side::B)));
        let mut updated = BTreeMap::new();
        let calls = simulator.calls();
        for call in calls.iter().skip(before) {
            let began = !matches!(call.outcome, Outcome::Error { .. });
            if call.operation == "UpdateEnvironment" && began {
                let name = call.parameters.get("EnvironmentName").cloned().unwrap_or_default();
                *updated.entry(name).or_insert(0) += 1;
            }
        }
        let once: BTreeSet<_> = updated.values().copied().collect();
        assert_eq!((updated.len(), once), (STACKS, BTreeSet::from([1])), "{updated:?}");
        for story in &stories {
            story.history_says(&["deploy v2: done"]).await?;
            story.lock_is_free().await?;
        }
        Ok(())
    })
}
