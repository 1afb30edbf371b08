//! Stories of this operation.

use std::time::Duration;

use mist_core::{Health, OnNoData, ranged::Ranged};
use mist_testkit::{FakeAlarms, FakeBeanstalk, FakeClock, START, environment};

use super::*;

struct Given {
    beanstalk: FakeBeanstalk,
    alarms: FakeAlarms,
    clock: FakeClock,
    bake: BakeSettings,
}

/// Side B went live with `v2` just now, and is watched for a minute.
fn given() -> Given {
    Given {
        beanstalk: FakeBeanstalk::with([environment("Demo-QA-B", "v2")]),
        alarms: FakeAlarms::default(),
        clock: FakeClock::default(),
        bake: BakeSettings { seconds: Ranged::new(60), ..BakeSettings::default() },
    }
}

impl Given {
    /// What a look says: the verdict with its reason, or the error.
    async fn look(&self) -> String {
        let request = Request {
            environment: "Demo-QA-B".parse().unwrap(),
            version: Some("v2".to_owned()),
            since: Timestamp::from_second(START).unwrap(),
            allowed_health: AllowedHealth::default(),
            bake: self.bake.clone(),
        };
        match run(&self.beanstalk, &self.alarms, &self.clock, request).await {
            Ok(Response { verdict, reason, .. }) => {
                format!("{verdict:?}: {}", reason.unwrap_or_default())
            }
            Err(error) => format!("{}: {error}", error.code()),
        }
    }

    fn health(&self, color: &str, status: &str) {
        let health = Health { color: color.to_owned(), status: Some(status.to_owned()) };
        self.beanstalk.change("Demo-QA-B", |live| live.health = health);
    }

    fn over(&self) {
        self.clock.advance(Duration::from_mins(1));
    }
}

#[tokio::test]
async fn a_version_that_does_well_to_the_end_may_stay() {
    let given = given();
    insta::assert_snapshot!(given.look().await, @"Mist.NotReady: the watch over `Demo-QA-B` is not ready yet: 0 s of it are over");
    given.over();
    assert_eq!(given.look().await, "Good: ");
    assert_eq!(given.look().await, "Good: ", "running it again changes nothing");
}

#[tokio::test]
async fn a_version_that_turns_bad_is_not_watched_to_the_end() {
    let given = given();
    given.health("Red", "Severe");
    let causes = vec!["100.0 % of the requests are failing with HTTP 5xx.".to_owned()];
    given.beanstalk.put_report("Demo-QA-B", HealthReport { causes, ..HealthReport::default() });
    insta::assert_snapshot!(given.look().await, @"Bad: the health of `Demo-QA-B` is Red (Severe). 100.0 % of the requests are failing with HTTP 5xx.");
}

#[tokio::test]
async fn no_data_is_not_good_data() {
    let given = given();
    given.health("Grey", "NoData");
    assert!(given.look().await.starts_with("Mist.NotReady"), "there is time for data to come");
    given.over();
    insta::assert_snapshot!(given.look().await, @"Inconclusive: the health of `Demo-QA-B` is Grey (NoData)");
    given.beanstalk.remove("Demo-QA-B");
    insta::assert_snapshot!(given.look().await, @"Inconclusive: `Demo-QA-B` is not listed by Beanstalk");
}

#[tokio::test]
async fn figures_count_where_they_are_asked_for() {
    let mut given = given();
    let report = HealthReport {
        requests: 40,
        failed_percent: Some(7.5),
        p90_ms: Some(900.0),
        ..HealthReport::default()
    };
    given.beanstalk.put_report("Demo-QA-B", report);
    given.over();
    assert_eq!(given.look().await, "Good: ");
    given.bake.max_failed_percent = Some(Ranged::new(5));
    insta::assert_snapshot!(given.look().await, @"Bad: the share of 5xx in percent is 7.5, and may be 5 at most");
    given.bake.max_failed_percent = None;
    given.bake.max_p90_ms = Some(Ranged::new(500));
    insta::assert_snapshot!(given.look().await, @"Bad: the time of nine in ten requests in ms is 900.0, and may be 500 at most");
    let few = HealthReport { requests: 9, failed_percent: Some(100.0), ..HealthReport::default() };
    given.beanstalk.put_report("Demo-QA-B", few);
    assert_eq!(given.look().await, "Good: ", "one bad answer of two is no half of all");
    given.beanstalk.put_report("Demo-QA-B", HealthReport::default());
    insta::assert_snapshot!(given.look().await, @"Inconclusive: the time of nine in ten requests in ms is not known: there were no requests");
}

#[tokio::test]
async fn alarms_count_by_their_names() {
    let mut given = given();
    given.bake.alarms = vec!["errors".to_owned(), "latency".to_owned()];
    given.bake.on_no_data = OnNoData::GoOn;
    given.alarms.put("errors", AlarmState::Fine);
    given.alarms.put("latency", AlarmState::NoData);
    given.over();
    insta::assert_snapshot!(given.look().await, @"Inconclusive: alarm `latency` has no data");
    given.alarms.put("errors", AlarmState::InAlarm);
    insta::assert_snapshot!(given.look().await, @"Bad: alarm `errors` is in alarm");
    given.alarms.put("errors", AlarmState::Fine);
    given.alarms.put("latency", AlarmState::Fine);
    assert_eq!(given.look().await, "Good: ");
}

#[tokio::test]
async fn what_somebody_else_does_to_it_says_nothing_of_the_version() {
    let given = given();
    given.beanstalk.change("Demo-QA-B", |live| live.version = Some("v3".to_owned()));
    given.over();
    insta::assert_snapshot!(given.look().await, @"Inconclusive: `Demo-QA-B` runs `v3` by now");
    given.beanstalk.change("Demo-QA-B", |live| live.status = EnvironmentStatus::Terminating);
    insta::assert_snapshot!(given.look().await, @"Bad: `Demo-QA-B` is Terminating");
}
