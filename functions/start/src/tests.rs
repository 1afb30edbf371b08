//! Stories of this operation.

use mist_core::{StackState, ledger::Stopped};
use mist_testkit::{FakeClock, FakeGroups, FakeLedger, held};

use super::*;

struct Given {
    groups: FakeGroups,
    ledger: FakeLedger,
}

/// Side B was stopped; it had two instances, of one to four.
fn given() -> Given {
    let sizes = Sizes { min: 1, max: 4, desired: 2 };
    let stopped = Stopped { environment: "Demo-QA-B".parse().unwrap(), sizes };
    let state = StackState { stopped_b: Some(stopped), ..held("run-1", 3) };
    Given { groups: FakeGroups::with([("Demo-QA-B", 0)]), ledger: FakeLedger::with("QA", state) }
}

impl Given {
    async fn start(&self) -> Result<Response, String> {
        let request = Request {
            stack: "QA".parse().unwrap(),
            holder: Holder { run: "run-1".to_owned(), fence: 3 },
            side: Side::B,
            environment: "Demo-QA-B".parse().unwrap(),
        };
        let started = run(&self.groups, &self.ledger, &FakeClock::default(), request).await;
        started.map_err(|error| format!("{}: {error}", error.code()))
    }
}

#[tokio::test]
async fn a_side_gets_exactly_the_sizes_that_it_had() {
    let given = given();
    let waits =
        "Mist.NotReady: environment `Demo-QA-B` is not ready yet: 0 of 2 instances are in service";
    assert_eq!(given.start().await.unwrap_err(), waits);
    let sizes = Sizes { min: 1, max: 4, desired: 2 };
    assert_eq!(given.groups.sizes("Demo-QA-B"), Some(sizes));
    assert_eq!(given.start().await.unwrap_err(), waits, "instances take their time");
    given.groups.settle();
    assert_eq!(given.start().await, Ok(Response { sizes }));
    assert_eq!(given.start().await, Ok(Response { sizes }), "running it again changes nothing");
}

#[tokio::test]
async fn a_start_whose_answer_was_lost_goes_on() {
    let given = given();
    given.groups.lose_next_answer();
    assert!(given.start().await.unwrap_err().starts_with("Mist.ServiceUnavailable"));
    given.groups.settle();
    assert!(given.start().await.is_ok());
}

#[tokio::test]
async fn nobody_makes_up_sizes_that_were_never_recorded() {
    let given = given();
    given.ledger.put("QA", held("run-1", 3));
    assert!(given.start().await.unwrap_err().starts_with("Mist.SizesUnknown: "));
    let other = Stopped {
        environment: "Another".parse().unwrap(),
        sizes: Sizes { min: 9, max: 9, desired: 9 },
    };
    given.ledger.put("QA", StackState { stopped_b: Some(other), ..held("run-1", 3) });
    assert!(given.start().await.unwrap_err().starts_with("Mist.SizesUnknown: "));
    assert!(given.groups.sizes("Demo-QA-B").unwrap().is_stopped());
}

#[tokio::test]
async fn a_run_that_lost_the_lock_starts_nothing() {
    let given = given();
    let stopped = given.ledger.current("QA").stopped_b;
    given.ledger.put("QA", StackState { stopped_b: stopped, ..held("run-2", 4) });
    assert!(given.start().await.unwrap_err().starts_with("Mist.LockLost: "));
    assert!(given.groups.sizes("Demo-QA-B").unwrap().is_stopped());
}
