//! Stories of this operation.

use mist_core::RecordType;
use mist_testkit::{FakeBeanstalk, FakeClock, FakeDns, FakeGroups, FakeLedger, environment, held};

use super::*;

const SIZES: Sizes = Sizes { min: 1, max: 4, desired: 2 };

type Fakes = World<FakeGroups, FakeBeanstalk, FakeDns, FakeLedger, FakeClock>;

struct Given(Fakes);

fn record() -> RecordRef {
    let name = "qa.mist.test".parse().unwrap();
    RecordRef { zone: "Z1".to_owned(), name, kind: RecordType::Cname }
}

/// Side A is live. Side B has two instances, of one to four.
fn given() -> Given {
    Given(World {
        groups: FakeGroups::with([("Demo-QA-B", 2)]),
        beanstalk: FakeBeanstalk::with([environment("Demo-QA-B", "v1")]),
        dns: FakeDns::leading(record(), "demo-qa-a.us-east-1.elasticbeanstalk.com"),
        ledger: FakeLedger::with("QA", held("run-1", 3)),
        clock: FakeClock::default(),
    })
}

impl Given {
    async fn stop(&self) -> Result<Response, String> {
        self.stop_even(false).await
    }

    async fn stop_even(&self, live: bool) -> Result<Response, String> {
        let request = Request {
            stack: "QA".parse().unwrap(),
            holder: Holder { run: "run-1".to_owned(), fence: 3 },
            side: Side::B,
            environment: "Demo-QA-B".parse().unwrap(),
            record: record(),
            live,
        };
        let stopped = run(&self.0, request).await;
        stopped.map_err(|error| format!("{}: {error}", error.code()))
    }

    fn remembered(&self) -> Option<Sizes> {
        self.0.ledger.current("QA").stopped(Side::B, &"Demo-QA-B".parse().unwrap())
    }
}

#[tokio::test]
async fn a_side_loses_its_instances_and_its_sizes_are_remembered() {
    let given = given();
    let waits =
        "Mist.NotReady: environment `Demo-QA-B` is not ready yet: 2 instances are not gone yet";
    assert_eq!(given.stop().await.unwrap_err(), waits);
    let none = Sizes { min: 0, max: 4, desired: 0 };
    assert_eq!((given.0.groups.sizes("Demo-QA-B"), given.remembered()), (Some(none), Some(SIZES)));
    given.0.groups.settle();
    let stopped = Ok(Response { remembered: Some(SIZES) });
    assert_eq!(given.stop().await, stopped);
    assert_eq!(given.stop().await, stopped, "running it again changes nothing");
    assert_eq!(given.remembered(), Some(SIZES));
}

#[tokio::test]
async fn a_stop_whose_answer_was_lost_remembers_the_real_sizes() {
    let given = given();
    given.0.groups.lose_next_answer();
    assert!(given.stop().await.unwrap_err().starts_with("Mist.ServiceUnavailable"));
    given.0.groups.settle();
    assert_eq!(given.stop().await, Ok(Response { remembered: Some(SIZES) }));
}

#[tokio::test]
async fn a_side_that_somebody_else_stopped_has_nothing_to_remember() {
    let given = given();
    given.0.groups.put("Demo-QA-B", Sizes { min: 0, max: 4, desired: 0 });
    assert_eq!(given.stop().await, Ok(Response { remembered: None }));
}

#[tokio::test]
async fn a_run_that_lost_the_lock_stops_nothing() {
    let given = given();
    given.0.ledger.put("QA", held("run-2", 4));
    assert!(given.stop().await.unwrap_err().starts_with("Mist.LockLost: "));
    assert_eq!((given.0.groups.sizes("Demo-QA-B"), given.remembered()), (Some(SIZES), None));
}

#[tokio::test]
async fn what_an_alarm_adds_meanwhile_is_taken_away_and_not_remembered() {
    let given = given();
    assert!(given.stop().await.is_err());
    given.0.groups.put("Demo-QA-B", Sizes { min: 0, max: 4, desired: 1 });
    assert!(given.stop().await.is_err());
    given.0.groups.settle();
    assert_eq!(given.stop().await, Ok(Response { remembered: Some(SIZES) }));
}

#[tokio::test]
async fn a_side_that_went_live_meanwhile_is_left_alone_unless_that_was_asked_for() {
    let mut given = given();
    given.0.dns = FakeDns::leading(record(), "demo-qa-b.us-east-1.elasticbeanstalk.com");
    assert!(given.stop().await.unwrap_err().starts_with("Mist.EnvironmentIsLive: "));
    assert_eq!(given.0.groups.sizes("Demo-QA-B"), Some(SIZES));
    assert!(given.stop_even(true).await.unwrap_err().starts_with("Mist.NotReady: "));
}

#[tokio::test]
async fn a_side_that_somebody_works_on_is_waited_for() {
    let given = given();
    given.0.beanstalk.change("Demo-QA-B", |it| it.status = EnvironmentStatus::Updating);
    assert!(given.stop().await.unwrap_err().starts_with("Mist.EnvironmentBusy: "));
    assert_eq!(given.0.groups.sizes("Demo-QA-B"), Some(SIZES));
}
