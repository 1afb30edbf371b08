//! Stories of this operation.

use mist_testkit::{FakeClock, FakeGroups, FakeLedger, held};

use super::*;

const SIZES: Sizes = Sizes { min: 1, max: 4, desired: 2 };

struct Given {
    groups: FakeGroups,
    ledger: FakeLedger,
}

/// Side B has two instances, of one to four.
fn given() -> Given {
    Given {
        groups: FakeGroups::with([("Demo-QA-B", 2)]),
        ledger: FakeLedger::with("QA", held("run-1", 3)),
    }
}

impl Given {
    async fn stop(&self) -> Result<Response, String> {
        let request = Request {
            stack: "QA".parse().unwrap(),
            holder: Holder { run: "run-1".to_owned(), fence: 3 },
            side: Side::B,
            environment: "Demo-QA-B".parse().unwrap(),
        };
        let stopped = run(&self.groups, &self.ledger, &FakeClock::default(), request).await;
        stopped.map_err(|error| format!("{}: {error}", error.code()))
    }

    fn remembered(&self) -> Option<Sizes> {
        self.ledger.current("QA").stopped(Side::B, &"Demo-QA-B".parse().unwrap())
    }
}

#[tokio::test]
async fn a_side_loses_its_instances_and_its_sizes_are_remembered() {
    let given = given();
    let waits =
        "Mist.NotReady: environment `Demo-QA-B` is not ready yet: 2 instances are not gone yet";
    assert_eq!(given.stop().await.unwrap_err(), waits);
    let none = Sizes { min: 0, max: 4, desired: 0 };
    assert_eq!((given.groups.sizes("Demo-QA-B"), given.remembered()), (Some(none), Some(SIZES)));
    given.groups.settle();
    let stopped = Ok(Response { remembered: Some(SIZES) });
    assert_eq!(given.stop().await, stopped);
    assert_eq!(given.stop().await, stopped, "running it again changes nothing");
    assert_eq!(given.remembered(), Some(SIZES));
}

#[tokio::test]
async fn a_stop_whose_answer_was_lost_remembers_the_real_sizes() {
    let given = given();
    given.groups.lose_next_answer();
    assert!(given.stop().await.unwrap_err().starts_with("Mist.ServiceUnavailable"));
    given.groups.settle();
    assert_eq!(given.stop().await, Ok(Response { remembered: Some(SIZES) }));
}

#[tokio::test]
async fn a_side_that_somebody_else_stopped_has_nothing_to_remember() {
    let given = given();
    given.groups.put("Demo-QA-B", Sizes { min: 0, max: 4, desired: 0 });
    assert_eq!(given.stop().await, Ok(Response { remembered: None }));
}

#[tokio::test]
async fn a_run_that_lost_the_lock_stops_nothing() {
    let given = given();
    given.ledger.put("QA", held("run-2", 4));
    assert!(given.stop().await.unwrap_err().starts_with("Mist.LockLost: "));
    assert_eq!((given.groups.sizes("Demo-QA-B"), given.remembered()), (Some(SIZES), None));
}
