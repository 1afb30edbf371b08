//! Many stacks release at once, under the quotas that Beanstalk is assumed to have.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use beanstalk_sim::{Call, Fault, Outcome, Scope};
use futures_util::future::try_join_all;
use mist_core::{
    ports::{History as _, Locks as _},
    release::{history::PastRelease, target::Live},
    stack::side::Side,
};
use mist_rehearsal::{LocalStack, StackPlan, page};
use mist_tests::{Result, World, tell_apart};

/// The number of stacks that release at once.
const STACKS: usize = 50;

/// The number of stacks that are built at a time.
const AT_ONCE: usize = 5;

/// The longest time for all releases together.
const PATIENCE: Duration = Duration::from_mins(5);

/// The assumed quota of Beanstalk for each operation: two calls a second and a burst of fifteen; 60 times as fast, like
/// the deployments here.
const QUOTA: Fault = Fault::RateLimit { per_second: 120.0, burst: 15 };

/// The operations that releases call most.
const LIMITED: [&str; 4] =
    ["DescribeEnvironments", "DescribeApplicationVersions", "DescribeEvents", "UpdateEnvironment"];

/// Stack `number`, with an application of its own.
async fn built(world: &'static World, number: usize) -> Result<LocalStack> {
    let name = format!("fleet{number:02}");
    let plan = StackPlan { application: format!("Demo-{name}"), ..StackPlan::new(&name) };
    Ok(world.rehearsal.stack(&world.cloud, plan).await?)
}

/// The release of the stack, after its end.
async fn ended(world: &World, stack: &LocalStack, begin: Instant) -> Result<PastRelease> {
    let history = world.rehearsal.aws().history();
    let mut ticks = tokio::time::interval(Duration::from_secs(2));
    while begin.elapsed() < PATIENCE {
        ticks.tick().await;
        // The emulator answers late while all functions start; the next tick asks again.
        let Ok(mut releases) = history.releases(&stack.stack.name, 2).await else { continue };
        if let Some(Ok(release)) = releases.pop()
            && release.verdict != PastRelease::RUNNING
        {
            return Ok(release);
        }
    }
    Err(format!("the release of stack {} does not end", stack.stack.name).into())
}

/// The number of updates that each environment was sent, and that began.
fn updates(calls: &[Call]) -> BTreeMap<&str, usize> {
    let began = calls.iter().filter(|call| {
        call.operation == "UpdateEnvironment" && !matches!(call.outcome, Outcome::Error { .. })
    });
    let mut updates = BTreeMap::new();
    for call in began {
        let name = call.parameters.get("EnvironmentName").map_or("", String::as_str);
        *updates.entry(name).or_insert(0) += 1;
    }
    updates
}

#[test]
fn fifty_stacks_release_at_once_and_each_is_deployed_to_once() -> Result {
    tell_apart(async |world| {
        let mut stacks = Vec::new();
        for first in (0..STACKS).step_by(AT_ONCE) {
            let numbers = first..(first + AT_ONCE).min(STACKS);
            stacks.extend(try_join_all(numbers.map(|number| built(world, number))).await?);
        }
        let simulator = world.cloud.simulator();
        for operation in LIMITED {
            simulator.set_fault(Scope::everywhere().operation(operation), QUOTA);
        }
        let before = simulator.calls().len();
        let begin = Instant::now();
        let bucket = world.rehearsal.bucket();
        let upload = async |stack: &LocalStack| {
            world.cloud.upload(bucket, &stack.key("v2"), page("v2")).await
        };
        // A machine with two cores starts the functions of a few releases at a time.
        let mut ticks = tokio::time::interval(Duration::from_secs(3));
        for stacks in stacks.chunks(AT_ONCE) {
            ticks.tick().await;
            try_join_all(stacks.iter().map(upload)).await?;
        }
        let mut verdicts = BTreeMap::new();
        for stack in &stacks {
            let release = ended(world, stack, begin).await?;
            *verdicts.entry(release.verdict.clone()).or_insert(0) += 1;
            let records = world.records(stack).await?;
            assert_eq!(records.live(), Live::Side(Side::B), "{:?}", release.reason);
            let state = world.rehearsal.aws().locks().state(&stack.stack.name).await?;
            assert_eq!((state.lease, state.queue), (None, vec![]));
        }
        assert_eq!(verdicts, BTreeMap::from([(PastRelease::DONE.to_owned(), STACKS)]));
        let calls = simulator.calls().split_off(before);
        let updates = updates(&calls);
        let times: BTreeSet<_> = updates.values().copied().collect();
        assert_eq!((updates.len(), times), (STACKS, BTreeSet::from([1])), "{updates:?}");
        Ok(())
    })
}
