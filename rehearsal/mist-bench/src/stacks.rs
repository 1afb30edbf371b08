//! Many stacks that release at once, while Beanstalk limits the rate of each operation.

mod batch;

use std::collections::BTreeMap;

use beanstalk_sim::{Call, Fault, Outcome, Scope};
use futures_util::future::try_join_all;
use jiff::Timestamp;
use mist_local::Progress;
use mist_rehearsal::{Home, LocalStack, StackPlan};

use self::batch::Batch;
use crate::{error::Result, local::Local, output::note};

/// The number of stacks that are built at the same time.
const AT_ONCE: usize = 5;

/// The fraction of its usual time in which an environment is built.
const BUILDING: f64 = 0.1;

/// The duration of each deployment, in simulated seconds.
const DEPLOY_SECONDS: f64 = 42.0;

/// The code of a call that exceeds the rate.
const THROTTLING: &str = "Throttling";

/// The operations that mist calls, each with its own rate limit.
const OPERATIONS: [&str; 10] = [
    "CreateApplicationVersion",
    "DescribeApplicationVersions",
    "DescribeEnvironmentHealth",
    "DescribeEnvironmentResources",
    "DescribeEnvironments",
    "DescribeEvents",
    "DescribeInstancesHealth",
    "RequestEnvironmentInfo",
    "RetrieveEnvironmentInfo",
    "UpdateEnvironment",
];

/// The rate limit of an operation of Beanstalk: a token bucket.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    /// The number of calls per second, as simulated.
    pub(crate) per_second: f64,
    /// The size of the bucket: the number of calls at once after a pause.
    pub(crate) burst: u32,
}

/// The releases of several numbers of stacks.
#[derive(Debug)]
pub(crate) struct Fleets {
    /// The releases, by that number.
    pub(crate) measured: Vec<Fleet>,
    /// The rate limit of each operation.
    pub(crate) rate: Rate,
    /// The speed of Beanstalk and of the waits of the state machine; 1 is that of AWS.
    pub(crate) time_scale: f64,
}

/// The releases of a number of stacks, all at once. Times are in seconds as on AWS.
#[derive(Debug)]
pub(crate) struct Fleet {
    /// The number of stacks.
    pub(crate) stacks: usize,
    /// The number of those whose new version is live.
    pub(crate) live: usize,
    /// The number of the others, by the name of the error.
    pub(crate) failed: BTreeMap<String, usize>,
    /// The calls of Beanstalk, by operation.
    pub(crate) calls: BTreeMap<String, Calls>,
    /// Whether the simulator's record of calls has the first of them.
    pub(crate) complete: bool,
    /// The time from the first upload to the end of the last release.
    pub(crate) makespan: f64,
    /// The duration of an earlier release, while no other was running.
    pub(crate) alone: f64,
}

/// The calls of an operation.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Calls {
    /// All of them.
    pub(crate) all: u32,
    /// Those that were throttled.
    pub(crate) throttled: u32,
}

impl Fleet {
    /// All calls.
    pub(crate) fn all(&self) -> Calls {
        let sum = |sum: Calls, calls: &Calls| Calls {
            all: sum.all + calls.all,
            throttled: sum.throttled + calls.throttled,
        };
        self.calls.values().fold(Calls::default(), sum)
    }

    /// The shortest possible time of the releases: the time in which the bucket of the busiest operation admits its
    /// calls, and then the duration of one release.
    pub(crate) fn floor(&self, rate: Rate) -> f64 {
        let admitted = self.calls.values().map(|calls| calls.all - calls.throttled);
        let most = admitted.max().unwrap_or_default();
        f64::from(most.saturating_sub(rate.burst)) / rate.per_second + self.alone
    }
}

/// Releases on each of `numbers` of stacks at once, each number in a cloud of its own, at `scale` times the speed of
/// AWS. The functions are built as the local cloud does.
pub(crate) async fn measure(
    home: &Home,
    numbers: &[usize],
    rate: Rate,
    scale: f64,
) -> Result<Fleets> {
    let functions = home.build(&Progress::new(|line| note(line))).await?;
    let mut measured = Vec::new();
    for &number in numbers {
        let local = Box::pin(Local::start(home, functions.clone(), scale, number)).await?;
        let fleet = Box::pin(fleet(&local, number, rate)).await;
        local.cloud.stop().await;
        measured.push(fleet?);
    }
    Ok(Fleets { measured, rate, time_scale: scale })
}

async fn fleet(local: &Local, number: usize, rate: Rate) -> Result<Fleet> {
    note(format!("building {number} stacks"));
    let stacks = build(local, number).await?;
    local.deployments_take(DEPLOY_SECONDS);
    note("releasing on one stack");
    let alone = Batch::release(local, stacks.get(..1).unwrap_or_default(), "v2").await?;
    if let Some(error) = alone.failed().keys().next() {
        return Err(format!("the release on one stack failed: {error}").into());
    }
    for stack in &stacks {
        local.at_rest(&stack.stack.name).await?;
    }
    limit(local, rate);
    note(format!("releasing on {number} stacks"));
    let all = Batch::release(local, &stacks, "v3").await?;
    let failed = all.failed();
    Ok(Fleet {
        stacks: number,
        live: number.saturating_sub(failed.values().sum()),
        failed,
        calls: count(&local.calls(all.began)),
        complete: local.calls(Timestamp::MIN).first().is_some_and(|call| call.at < all.began),
        makespan: all.seconds() * local.scale,
        alone: alone.seconds() * local.scale,
    })
}

/// Sets the rate limit of each operation of Beanstalk.
fn limit(local: &Local, Rate { per_second, burst }: Rate) {
    let simulator = local.cloud.simulator();
    for operation in OPERATIONS {
        // The rate of the simulator is per second of this machine.
        let limit = Fault::RateLimit { per_second: per_second * local.scale, burst };
        simulator.set_fault(Scope::everywhere().operation(operation), limit);
    }
}

/// Builds this number of stacks. Each has an application of its own, since all have versions of the same labels.
async fn build(local: &Local, number: usize) -> Result<Vec<LocalStack>> {
    let simulator = local.cloud.simulator();
    simulator.set_fault(Scope::everywhere(), Fault::Slow { factor: BUILDING });
    let mut stacks = Vec::new();
    for first in (0..number).step_by(AT_ONCE) {
        let numbers = first..(first + AT_ONCE).min(number);
        let plans = numbers.map(|number| {
            let name = format!("fleet{number:03}");
            let application = format!("Demo-{name}");
            StackPlan { application, ..StackPlan::new(&name) }
        });
        let built = plans.map(|plan| local.rehearsal.stack(&local.cloud, plan));
        stacks.extend(try_join_all(built).await?);
    }
    simulator.clear_faults(Scope::everywhere());
    Ok(stacks)
}

/// Counts `calls` by operation.
fn count(calls: &[Call]) -> BTreeMap<String, Calls> {
    let mut counted: BTreeMap<String, Calls> = BTreeMap::new();
    for Call { operation, outcome, .. } in calls {
        let calls = counted.entry(operation.clone()).or_default();
        calls.all += 1;
        if matches!(outcome, Outcome::Error { code, .. } if code == THROTTLING) {
            calls.throttled += 1;
        }
    }
    counted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(operation: &str, outcome: Outcome) -> Call {
        Call {
            at: Timestamp::UNIX_EPOCH,
            operation: operation.to_owned(),
            parameters: std::sync::Arc::default(),
            access_key: None,
            request_id: String::new(),
            status: None,
            outcome,
            answer: None,
        }
    }

    fn error(code: &str) -> Outcome {
        Outcome::Error { status: 400, code: code.to_owned(), message: String::new() }
    }

    #[test]
    fn throttled_calls_are_counted_separately() {
        let counted = count(&[
            call("DescribeEvents", Outcome::Success),
            call("UpdateEnvironment", error(THROTTLING)),
            call("UpdateEnvironment", error("InvalidParameterValue")),
            call("UpdateEnvironment", Outcome::Success),
        ]);
        let expected = [
            ("DescribeEvents".to_owned(), Calls { all: 1, throttled: 0 }),
            ("UpdateEnvironment".to_owned(), Calls { all: 3, throttled: 1 }),
        ];
        assert_eq!(counted, BTreeMap::from(expected));
    }

    #[test]
    fn the_floor_is_the_bucket_of_the_busiest_operation() {
        let mut fleet = Fleet {
            stacks: 10,
            live: 10,
            failed: BTreeMap::new(),
            calls: BTreeMap::from([
                ("DescribeEnvironments".to_owned(), Calls { all: 60, throttled: 5 }),
                ("UpdateEnvironment".to_owned(), Calls { all: 10, throttled: 0 }),
            ]),
            complete: true,
            makespan: 100.0,
            alone: 60.0,
        };
        let rate = Rate { per_second: 2.0, burst: 15 };
        assert!((fleet.floor(rate) - 80.0).abs() < 1e-9);
        assert_eq!(fleet.all(), Calls { all: 70, throttled: 5 });
        fleet.calls.remove("DescribeEnvironments");
        assert!((fleet.floor(rate) - 60.0).abs() < 1e-9);
    }
}
