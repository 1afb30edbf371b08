//! The state of stacks, read side by side.

use jiff::Timestamp;
use mist_aws::{Aws, executions::What};
use mist_core::{
    error::Error,
    names::{EnvironmentName, StackName},
    ports::{Groups as _, History as _, Locks as _, Stacks as _},
    release::{
        history::PastRelease,
        stack_report::{Role, SideReport, StackReport},
        stack_status::{Last, Running, SideStatus, StackStatus},
        state::{Drift, Lease, StackState},
    },
};

use crate::{commands::version, side_by_side::side_by_side};

/// A stack with its newest releases, newest first; an item that cannot be read is an error in its place.
#[derive(Debug)]
pub(crate) struct StackFound {
    /// Its state.
    pub(crate) status: StackStatus,
    /// Its releases.
    pub(crate) releases: Vec<Result<PastRelease, Error>>,
}

/// Reads the stacks `names` with up to `most` releases each, in the order of their names.
pub(crate) async fn all(aws: &Aws, names: Vec<StackName>, most: u32) -> Vec<StackFound> {
    let read = |name| {
        let aws = aws.clone();
        async move { one(&aws, &name, most).await }
    };
    let mut found = side_by_side(names, read).await;
    found.sort_by(|one, other| one.status.stack.cmp(&other.status.stack));
    found
}

async fn one(aws: &Aws, name: &StackName, most: u32) -> StackFound {
    let (locks, history) = (aws.locks(), aws.history());
    let (environments, state, releases) = tokio::join!(
        Box::pin(environments(aws, name)),
        locks.state(name),
        history.releases(name, most),
    );
    let mut status = StackStatus { stack: name.to_string(), ..StackStatus::default() };
    let mut problems = Vec::new();
    match environments {
        Ok((report, groups)) => {
            if let Ok(state) = &state {
                status.drift = drift(&report, state);
            }
            add(&mut status, report, groups);
        }
        Err(error) => problems.push(error.to_string()),
    }
    match state {
        Ok(state) => {
            let now = Timestamp::now().as_second();
            status.queued = state.waiting(now).count();
            if let Some(lease) = state.holder(now) {
                status.running = Some(running(aws, lease).await);
            }
        }
        Err(error) => problems.push(error.to_string()),
    }
    let releases = match releases {
        Ok(releases) => releases,
        Err(error) => {
            problems.push(error.to_string());
            Vec::new()
        }
    };
    match releases.first() {
        Some(Ok(release)) => status.last = Some(last_of(release.clone())),
        Some(Err(error)) => problems.push(error.to_string()),
        None => {}
    }
    status.problem = (!problems.is_empty()).then(|| problems.join("; "));
    StackFound { status, releases }
}

/// Capacities of the groups of both environments: in service, and desired. `None` for a group that cannot be read.
pub(crate) type Capacities = [Option<(u32, u32)>; 2];

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
            // Otherwise, a remark about the records says more.
            format!("the record points to side {}, not to side {}", found?, remembered.side)
        }
        Drift::Version(found) => format!(
            "{} runs {}, not {}",
            stored.environment,
            named(found.as_deref()),
            named(remembered.version.as_deref())
        ),
    })
}

/// Adds `report` to `status`, with the capacities of both groups.
pub(crate) fn add(status: &mut StackStatus, report: StackReport, capacities: Capacities) {
    let StackReport { domain, target, names, unlisted, live, sides, .. } = report;
    (status.domain, status.target, status.live) = (Some(domain), Some(target), live);
    (status.names, status.unlisted) = (names, unlisted);
    status.live_unknown = sides.iter().any(|side| side.role == Role::Unknown);
    status.sides =
        sides.into_iter().zip(capacities).map(|(side, found)| side_of(side, found)).collect();
}

fn side_of(report: SideReport, capacity: Option<(u32, u32)>) -> SideStatus {
    let SideReport { side, environment, version, status, health, live, .. } = report;
    let (instances, desired) = capacity.unzip();
    SideStatus { side, environment, version, status, health, live, instances, desired }
}

#[cfg(test)]
mod tests {
    use mist_core::{release::stack_report, stack::side::Side};
    use mist_testkit::{FakeBeanstalk, FakeDns, environment, held, stack};
    use serde_json::json;

    use super::*;
    use crate::testing;

    async fn report() -> StackReport {
        let stack = stack().unwrap();
        let (a, b) = (environment("Demo-QA-A", "v1"), environment("Demo-QA-B", "v2"));
        let dns = FakeDns::pointing(stack.names(), &a.cname);
        let beanstalk = FakeBeanstalk::with([a, b]);
        stack_report::look(&beanstalk, &dns, version::reference(&stack)).await.unwrap()
    }

    fn remembers(side: Side, version: &str) -> StackState {
        let live = mist_testkit::live(side, version, None).unwrap();
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
        let found: Vec<_> =
            all(&aws, names.into(), 1).await.into_iter().map(|found| found.status).collect();
        let names: Vec<_> = found.iter().map(|status| status.stack.as_str()).collect();
        assert_eq!(names, ["QA", "UAT"]);
        let problem = found[0].problem.as_deref().unwrap();
        assert!(problem.contains("/mist/stacks/QA"), "{problem}");
        assert_eq!(
            json!(found[0]).as_object().unwrap().keys().collect::<Vec<_>>().len(),
            13,
            "one shape for every stack"
        );
    }
}
