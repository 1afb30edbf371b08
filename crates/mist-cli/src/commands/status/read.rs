//! The state of stacks, read side by side.

use std::sync::Arc;

use jiff::Timestamp;
use mist_aws::{Aws, executions::What};
use mist_core::{
    error::Error,
    names::{EnvironmentName, StackName},
    ports::{Groups as _, History as _, Locks as _, Stacks as _},
    release::{
        history::PastRelease,
        stack_report::{SideReport, StackReport},
        state::{Drift, Lease, StackState},
    },
    stack::side::Side,
};
use serde::Serialize;
use tokio::{sync::Semaphore, task::JoinSet};

use crate::commands::version;

/// The number of stacks that are read at the same time: the services throttle more.
const AT_ONCE: usize = 8;

/// The current state of a stack.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StackStatus {
    /// Its name.
    pub(super) stack: String,
    /// Its DNS name; null if its configuration cannot be read.
    pub(super) domain: Option<String>,
    /// The target of its record; null if it cannot be read.
    pub(super) target: Option<String>,
    /// The side of the live environment; null if the record points to neither.
    pub(super) live: Option<Side>,
    /// Side A, then side B; empty if they cannot be read.
    pub(super) sides: Vec<SideStatus>,
    /// What was changed without mist since the last release; null if nothing was.
    pub(super) drift: Option<String>,
    /// The execution that holds the lock; null if the lock is free.
    pub(super) running: Option<Running>,
    /// The number of releases that wait for the lock.
    pub(super) queued: usize,
    /// The newest release; null if there is none.
    pub(super) last: Option<Last>,
    /// Why something could not be read; null if everything was.
    pub(super) problem: Option<String>,
}

/// The current state of an environment.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SideStatus {
    /// Its side.
    pub(super) side: Side,
    /// Its name.
    pub(super) environment: String,
    /// Its version; null if it has none.
    pub(super) version: Option<String>,
    /// Its status: `Ready`, `Updating` … or `Missing`.
    pub(super) status: String,
    /// Its health.
    pub(super) health: String,
    /// Whether it is live.
    pub(super) live: bool,
    /// The number of its instances in service; null if it cannot be read.
    pub(super) instances: Option<u32>,
    /// The number of instances that it is to have; null if it cannot be read.
    pub(super) desired: Option<u32>,
}

/// The execution that holds the lock.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Running {
    /// Its ARN.
    pub(super) execution: String,
    /// Its operation with version and user.
    pub(super) reason: String,
    /// The time at which it acquired the lock.
    pub(super) since: Timestamp,
    /// The step that it is in; null if that cannot be read.
    pub(super) step: Option<String>,
}

/// The newest release.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Last {
    /// Its version; null if it has none.
    pub(super) version: Option<String>,
    /// Its operation.
    pub(super) operation: String,
    /// Who started it.
    pub(super) started_by: String,
    /// The time of its start.
    pub(super) started_at: Timestamp,
    /// Its verdict: `done`, `running`, or the name of its error.
    pub(super) verdict: String,
}

/// Reads the stacks `names`, in their order.
pub(super) async fn all(aws: &Aws, names: Vec<StackName>) -> Vec<StackStatus> {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut tasks = JoinSet::new();
    for name in names {
        let (aws, places) = (aws.clone(), Arc::clone(&places));
        tasks.spawn(async move {
            // The semaphore is never closed, and a missing permit would only mean more calls at once.
            let _permit = places.acquire().await;
            one(&aws, &name).await
        });
    }
    let mut found = tasks.join_all().await;
    found.sort_by(|one, other| one.stack.cmp(&other.stack));
    found
}

async fn one(aws: &Aws, name: &StackName) -> StackStatus {
    let (locks, history) = (aws.locks(), aws.history());
    let (environments, state, last) = tokio::join!(
        Box::pin(environments(aws, name)),
        locks.state(name),
        history.releases(name, 1),
    );
    let mut status = StackStatus { stack: name.to_string(), ..StackStatus::default() };
    let mut problems = Vec::new();
    match environments {
        Ok((report, groups)) => {
            if let Ok(state) = &state {
                status.drift = drift(&report, state);
            }
            status.add(report, groups);
        }
        Err(error) => problems.push(error.to_string()),
    }
    match state {
        Ok(state) => {
            let now = Timestamp::now().as_second();
            status.queued = state.queue.iter().filter(|queued| queued.until > now).count();
            if let Some(lease) = state.holder(now) {
                status.running = Some(running(aws, lease).await);
            }
        }
        Err(error) => problems.push(error.to_string()),
    }
    match last.and_then(|releases| releases.into_iter().next().transpose()) {
        Ok(release) => status.last = release.map(last_of),
        Err(error) => problems.push(error.to_string()),
    }
    status.problem = (!problems.is_empty()).then(|| problems.join("; "));
    status
}

/// Capacities of the groups of both environments: in service, and desired. `None` for a group that cannot be read.
type Capacities = [Option<(u32, u32)>; 2];

async fn environments(aws: &Aws, name: &StackName) -> Result<(StackReport, Capacities), Error> {
    let stack = aws.stacks().load(name).await?;
    let both = &stack.settings.environments;
    let (report, a, b) =
        tokio::join!(version::look(aws, &stack), capacity(aws, &both.a), capacity(aws, &both.b));
    Ok((report?, [a, b]))
}

async fn capacity(aws: &Aws, environment: &EnvironmentName) -> Option<(u32, u32)> {
    let group = aws.groups().group(environment).await.ok()?;
    Some((group.in_service, group.capacity.desired))
}

async fn running(aws: &Aws, lease: &Lease) -> Running {
    let Lease { execution, reason, since, .. } = lease;
    let steps = aws.executions().steps(execution, 0).await.unwrap_or_default();
    let entered = steps.into_iter().rev().find_map(|step| match step.what {
        What::Entered { state } => Some(state),
        What::Exited { .. } | What::Failed { .. } => None,
    });
    Running { execution: execution.clone(), reason: reason.clone(), since: *since, step: entered }
}

fn last_of(release: PastRelease) -> Last {
    let PastRelease { version, operation, started_by, started_at, verdict, .. } = release;
    Last { version, operation, started_by, started_at, verdict }
}

/// What differs from the stored state. While a release holds the lock, a difference is its own.
fn drift(report: &StackReport, state: &StackState) -> Option<String> {
    let remembered = state.live.as_ref().filter(|_| state.lease.is_none())?;
    let named = |version: Option<&str>| version.unwrap_or("no version").to_owned();
    let stored = report.sides.iter().find(|side| side.side == remembered.side)?;
    Some(match remembered.drift(report.live, stored.version.as_deref())? {
        Drift::Record(found) => {
            let found = found.map_or_else(|| "neither side".to_owned(), |it| format!("side {it}"));
            format!("the record points to {found}, not to side {}", remembered.side)
        }
        Drift::Version(found) => format!(
            "{} runs {}, not {}",
            stored.environment,
            named(found.as_deref()),
            named(remembered.version.as_deref())
        ),
    })
}

impl StackStatus {
    fn add(&mut self, report: StackReport, capacities: Capacities) {
        let StackReport { domain, target, live, sides, .. } = report;
        (self.domain, self.target, self.live) = (Some(domain), Some(target), live);
        self.sides =
            sides.into_iter().zip(capacities).map(|(side, found)| side_of(side, found)).collect();
    }
}

fn side_of(report: SideReport, capacity: Option<(u32, u32)>) -> SideStatus {
    let SideReport { side, environment, version, status, health, live, .. } = report;
    let (instances, desired) = capacity.unzip();
    SideStatus { side, environment, version, status, health, live, instances, desired }
}

#[cfg(test)]
mod tests {
    use mist_core::release::{stack_report, state::LiveSide};
    use mist_testkit::{FakeBeanstalk, FakeDns, environment, held, stack};
    use serde_json::json;

    use super::*;
    use crate::testing;

    async fn report() -> StackReport {
        let stack = stack().unwrap();
        let (a, b) = (environment("Demo-QA-A", "v1"), environment("Demo-QA-B", "v2"));
        let dns = FakeDns::pointing(stack.record(), &a.cname);
        let beanstalk = FakeBeanstalk::with([a, b]);
        stack_report::look(&beanstalk, &dns, version::reference(&stack)).await.unwrap()
    }

    fn remembers(side: Side, version: &str) -> StackState {
        let live = LiveSide {
            side,
            environment: format!("Demo-QA-{side}").parse().unwrap(),
            version: Some(version.to_owned()),
            since: 0,
            drained: 0,
            previous: None,
        };
        StackState { live: Some(live), ..StackState::default() }
    }

    #[tokio::test]
    async fn drift_is_what_differs_from_the_stored_state() {
        let report = report().await;
        assert_eq!(drift(&report, &StackState::default()), None);
        assert_eq!(drift(&report, &remembers(Side::A, "v1")), None);
        assert_eq!(
            drift(&report, &remembers(Side::B, "v2")).unwrap(),
            "the record points to side A, not to side B"
        );
        assert_eq!(drift(&report, &remembers(Side::A, "v0")).unwrap(), "Demo-QA-A runs v1, not v0");
        let releases = StackState { lease: held("arn:ada", 1).lease, ..remembers(Side::B, "v2") };
        assert_eq!(drift(&report, &releases), None, "the release itself makes the difference");
    }

    #[tokio::test]
    async fn a_stack_that_cannot_be_read_has_the_reason_and_all_fields() {
        let aws = testing::aws(testing::parameters(&[("QA", "{}"), ("UAT", "{}")])).await;
        let names = ["UAT", "QA"].map(|name| name.parse().unwrap());
        let found = all(&aws, names.into()).await;
        let names: Vec<_> = found.iter().map(|status| status.stack.as_str()).collect();
        assert_eq!(names, ["QA", "UAT"]);
        let problem = found[0].problem.as_deref().unwrap();
        assert!(problem.contains("/mist/stacks/QA"), "{problem}");
        assert_eq!(
            json!(found[0]).as_object().unwrap().keys().collect::<Vec<_>>().len(),
            10,
            "one shape for every stack"
        );
    }
}
