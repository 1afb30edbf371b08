//! Tests of this function.

use mist_core::{
    beanstalk::{
        environment::EnvironmentStatus,
        health::{AllowedHealth, Health, HealthReport},
    },
    ports::AlarmState,
    release::state::Holder,
    stack::{
        bake::{BakeSettings, OnNoData},
        ranged::Ranged,
    },
};
use mist_testkit::{
    FakeAlarms, FakeBeanstalk, FakeClock, FakeLocks, FakeQuota, FakeTasks, FakeWakes, START,
    TaskEnd, environment, held,
};

use super::*;

mod timers;
mod waits;

type Fakes =
    Ports<FakeLocks, FakeQuota, FakeTasks, FakeWakes, FakeBeanstalk, FakeAlarms, FakeClock>;

const RECHECK: Duration = Duration::from_mins(1);

struct Given {
    ports: Fakes,
    request: Request,
}

/// Environment B of stack `QA` went live with `v2` just now, and is watched for a minute.
fn given() -> Given {
    let locks = FakeLocks::with("QA", held("arn:1", 1));
    let ports = Ports {
        locks,
        quota: FakeQuota::default(),
        tasks: FakeTasks::default(),
        wakes: FakeWakes::default(),
        beanstalk: FakeBeanstalk::with([environment("Demo-QA-B", "v2")]),
        alarms: FakeAlarms::default(),
        clock: FakeClock::default(),
    };
    Given { ports, request: request("QA", "arn:1", 60) }
}

fn request(stack: &str, execution: &str, seconds: u32) -> Request {
    Request {
        stack: stack.parse().unwrap(),
        holder: Holder { execution: execution.to_owned(), fence: 1 },
        environment: format!("Demo-{stack}-B").parse().unwrap(),
        version: Some("v2".to_owned()),
        since: Timestamp::from_second(START).unwrap(),
        allowed_health: AllowedHealth::default(),
        bake: BakeSettings { seconds: Ranged::new(seconds), ..BakeSettings::default() },
        can_swap_back: true,
    }
}

impl Given {
    async fn park(&self) {
        let parked = self.ports.park("t1".into(), self.request.clone()).await.unwrap();
        assert!(parked.is_none(), "{parked:?}");
    }

    /// The end of the wait after one look: its output, its error, or `waits`.
    async fn look(&self) -> String {
        self.ports.tasks.waits_again("t1");
        self.park().await;
        let before = self.ports.tasks.ends().len();
        self.ports.look(RECHECK).await.unwrap();
        match self.ports.tasks.ends().get(before) {
            None => "waits".to_owned(),
            Some((_, TaskEnd::Succeeded(output))) => {
                let [verdict, reason, seconds] =
                    ["verdict", "reason", "seconds"].map(|field| output[field].to_string());
                format!("{verdict} after {seconds} s, {reason}")
            }
            Some((_, TaskEnd::Failed { name, message })) => format!("{name}: {message}"),
        }
    }

    /// Whether a task of the stack waits.
    fn waits(&self) -> bool {
        self.ports.locks.current("QA").lease.is_some_and(|lease| lease.wait.is_some())
    }

    fn health(&self, color: &str, status: &str) {
        let health = Health { color: color.to_owned(), status: Some(status.to_owned()) };
        self.ports.beanstalk.change("Demo-QA-B", |live| live.health = health);
    }

    fn over(&self) {
        self.ports.clock.advance(Duration::from_mins(1));
    }
}

const GOOD: &str = r#""good" after 60 s, null"#;

fn throttled() -> Error {
    let (service, message) = ("elasticbeanstalk", "Rate exceeded".to_owned());
    Error::Throttled { service, message }
}

fn denied() -> Error {
    let (service, message) = ("elasticbeanstalk", "not authorized".to_owned());
    Error::AccessDenied { service, message }
}

#[tokio::test]
async fn a_version_that_stays_healthy_may_stay_live() {
    let given = given();
    assert_eq!(given.look().await, "waits");
    given.over();
    assert_eq!(given.look().await, GOOD);
    assert!(!given.waits());
    assert_eq!(given.look().await, GOOD, "running it again changes nothing");
}

#[tokio::test]
async fn a_bake_without_duration_ends_immediately() {
    let mut given = given();
    given.request.bake.seconds = Ranged::new(0);
    let answer = given.ports.park("t1".into(), given.request.clone()).await.unwrap().unwrap();
    assert_eq!((answer.verdict, answer.reason, answer.seconds), (Verdict::Good, None, 0));
    assert!(given.ports.wakes.wakes().is_empty() && !given.waits());
}

#[tokio::test]
async fn a_version_that_becomes_unhealthy_ends_the_bake() {
    let given = given();
    given.health("Red", "Severe");
    let causes = vec!["100.0 % of the requests are failing with HTTP 5xx.".to_owned()];
    let report = HealthReport { causes, ..HealthReport::default() };
    given.ports.beanstalk.put_report("Demo-QA-B", report);
    insta::assert_snapshot!(given.look().await, @"Mist.BakeFailed: environment `Demo-QA-B` became unhealthy after the swap: the health of `Demo-QA-B` is Red (Severe). 100.0 % of the requests are failing with HTTP 5xx");
    assert!(!given.waits());
}

#[tokio::test]
async fn an_unhealthy_version_stays_live_without_an_environment_to_swap_back_to() {
    let mut given = given();
    given.request.can_swap_back = false;
    given.health("Red", "Severe");
    insta::assert_snapshot!(given.look().await, @"Mist.Held: the health of `Demo-QA-B` is Red (Severe); there is no environment to swap back to");
}

#[tokio::test]
async fn no_data_is_inconclusive() {
    let given = given();
    given.health("Grey", "NoData");
    assert_eq!(given.look().await, "waits", "there is time for data to come");
    given.over();
    insta::assert_snapshot!(given.look().await, @"Mist.Inconclusive: health of environment `Demo-QA-B` is inconclusive: the health of `Demo-QA-B` is Grey (NoData); it stays live: check it, or set `bake.onNoData`");
    given.ports.beanstalk.remove("Demo-QA-B");
    insta::assert_snapshot!(given.look().await, @"Mist.Inconclusive: health of environment `Demo-QA-B` is inconclusive: `Demo-QA-B` is not listed by Beanstalk; it stays live: check it, or set `bake.onNoData`");
}

#[tokio::test]
async fn the_stack_configures_the_reaction_to_no_data() {
    let mut given = given();
    given.health("Grey", "NoData");
    given.over();
    given.request.bake.on_no_data = OnNoData::RollBack;
    insta::assert_snapshot!(given.look().await, @"Mist.BakeFailed: environment `Demo-QA-B` became unhealthy after the swap: the health of `Demo-QA-B` is Grey (NoData)");
    given.request.can_swap_back = false;
    insta::assert_snapshot!(given.look().await, @"Mist.Held: the health of `Demo-QA-B` is Grey (NoData); there is no environment to swap back to");
    given.request.bake.on_no_data = OnNoData::GoOn;
    insta::assert_snapshot!(given.look().await, @r#""inconclusive" after 60 s, "the health of `Demo-QA-B` is Grey (NoData)""#);
}

#[tokio::test]
async fn figures_count_if_they_are_configured() {
    let mut given = given();
    let report = HealthReport {
        requests: 40,
        failed_percent: Some(7.5),
        p90_ms: Some(900.0),
        ..HealthReport::default()
    };
    given.ports.beanstalk.put_report("Demo-QA-B", report);
    given.over();
    assert_eq!(given.look().await, GOOD);
    given.request.bake.max_failed_percent = Some(Ranged::new(5));
    insta::assert_snapshot!(given.look().await, @"Mist.BakeFailed: environment `Demo-QA-B` became unhealthy after the swap: the share of 5xx in percent is 7.5, more than 5");
    given.request.bake.max_failed_percent = None;
    given.request.bake.max_p90_ms = Some(Ranged::new(500));
    insta::assert_snapshot!(given.look().await, @"Mist.BakeFailed: environment `Demo-QA-B` became unhealthy after the swap: the 90th percentile of latency in ms is 900.0, more than 500");
    let few = HealthReport { requests: 9, failed_percent: Some(100.0), ..HealthReport::default() };
    given.ports.beanstalk.put_report("Demo-QA-B", few);
    assert_eq!(given.look().await, GOOD, "one bad answer of two is no half of all");
    given.ports.beanstalk.put_report("Demo-QA-B", HealthReport::default());
    insta::assert_snapshot!(given.look().await, @"Mist.Inconclusive: health of environment `Demo-QA-B` is inconclusive: the 90th percentile of latency in ms is unknown: no requests; it stays live: check it, or set `bake.onNoData`");
}

#[tokio::test]
async fn alarms_count_by_their_names() {
    let mut given = given();
    given.request.bake.alarms = vec!["errors".to_owned(), "latency".to_owned()];
    given.request.bake.on_no_data = OnNoData::GoOn;
    given.ports.alarms.put("errors", AlarmState::Ok);
    given.ports.alarms.put("latency", AlarmState::InsufficientData);
    given.over();
    insta::assert_snapshot!(given.look().await, @r#""inconclusive" after 60 s, "alarm `latency` has no data""#);
    given.ports.alarms.put("errors", AlarmState::Alarm);
    insta::assert_snapshot!(given.look().await, @"Mist.BakeFailed: environment `Demo-QA-B` became unhealthy after the swap: alarm `errors` is in alarm");
    given.ports.alarms.put("errors", AlarmState::Ok);
    given.ports.alarms.put("latency", AlarmState::Ok);
    assert_eq!(given.look().await, GOOD);
}

#[tokio::test]
async fn a_change_of_the_environment_by_others_is_inconclusive() {
    let given = given();
    given.ports.beanstalk.change("Demo-QA-B", |live| live.version = Some("v3".to_owned()));
    given.over();
    insta::assert_snapshot!(given.look().await, @"Mist.Inconclusive: health of environment `Demo-QA-B` is inconclusive: `Demo-QA-B` now runs `v3`; it stays live: check it, or set `bake.onNoData`");
    given.ports.beanstalk.change("Demo-QA-B", |live| live.status = EnvironmentStatus::Terminating);
    insta::assert_snapshot!(given.look().await, @"Mist.BakeFailed: environment `Demo-QA-B` became unhealthy after the swap: `Demo-QA-B` is Terminating");
}

#[tokio::test]
async fn a_failed_call_decides_nothing_until_long_after_the_end() {
    for call in ["environments", "health"] {
        for error in [throttled, denied] {
            let given = given();
            given.ports.beanstalk.refuse_next(call, error());
            assert_eq!(given.look().await, "waits", "{call}");
            given.over();
            given.ports.beanstalk.refuse_next(call, error());
            assert_eq!(given.look().await, "waits", "one call must not decide");
            given.ports.clock.advance(Duration::from_mins(3));
            given.ports.beanstalk.refuse_next(call, error());
            let end = given.look().await;
            let expected = format!(
                "Mist.Inconclusive: health of environment `Demo-QA-B` is inconclusive: {}; it stays live: \
                 check it, or set `bake.onNoData`",
                error()
            );
            assert_eq!(end, expected, "{call}");
            assert!(!given.waits());
        }
    }
}
