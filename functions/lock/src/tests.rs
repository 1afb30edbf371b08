//! Stories of this operation; who gets the lock when is told in `mist-core`.

use mist_core::{OnConflict, StackState};
use mist_testkit::{FakeClock, FakeLedger, START};

use super::*;

fn take(run: &str, on_conflict: OnConflict) -> Request {
    let since = Timestamp::from_second(START).unwrap();
    Request {
        stack: "QA".parse().unwrap(),
        run: run.to_owned(),
        step: Step::Take {
            operation: "deploy".to_owned(),
            reason: format!("deploy v2 by {run}"),
            uploaded_at: None,
            since,
            lease_seconds: 600,
            settings: LockSettings { on_conflict, ..LockSettings::default() },
        },
    }
}

async fn ask(ledger: &FakeLedger, request: Request) -> Result<u64, String> {
    let answer = run(ledger, &FakeClock::default(), request).await;
    answer.map(|response| response.fence).map_err(|error| format!("{}: {error}", error.code()))
}

#[tokio::test]
async fn a_free_lock_is_taken_and_running_it_again_changes_nothing() {
    let ledger = FakeLedger::default();
    assert_eq!(ask(&ledger, take("ada", OnConflict::Reject)).await, Ok(1));
    let taken = ledger.current("QA");
    assert_eq!(taken.lease.as_ref().unwrap().expires, START + 600);
    assert_eq!(ask(&ledger, take("ada", OnConflict::Reject)).await, Ok(1));
    assert_eq!(ledger.current("QA"), taken);
}

#[tokio::test]
async fn who_comes_second_is_told_who_came_first() {
    let ledger = FakeLedger::default();
    ask(&ledger, take("ada", OnConflict::Reject)).await.unwrap();
    insta::assert_snapshot!(ask(&ledger, take("bob", OnConflict::Reject)).await.unwrap_err(), @"Mist.Locked: stack `QA` is locked: deploy v2 by ada since 2026-01-02T03:04:05Z");
    insta::assert_snapshot!(ask(&ledger, take("bob", OnConflict::Queue)).await.unwrap_err(), @"Mist.NotReady: the lock of stack `QA` is not ready yet: waiting for deploy v2 by ada since 2026-01-02T03:04:05Z");
    assert_eq!(ledger.current("QA").waiting.len(), 1);
}

#[tokio::test]
async fn a_look_that_somebody_overtook_is_made_again() {
    let ledger = FakeLedger::default();
    ask(&ledger, take("ada", OnConflict::Reject)).await.unwrap();
    let held = ledger.current("QA");
    let ledger = FakeLedger::with("QA", StackState { revision: 9, ..StackState::default() });
    ledger.write_first(StackState { revision: 10, ..held });
    let refused = ask(&ledger, take("bob", OnConflict::Reject)).await.unwrap_err();
    assert!(refused.starts_with("Mist.Locked: "), "{refused}");
}

#[tokio::test]
async fn who_lost_the_lock_learns_to_whom() {
    let ledger = FakeLedger::default();
    let fence = ask(&ledger, take("ada", OnConflict::Reject)).await.unwrap();
    let explain = |run: &str| Request {
        stack: "QA".parse().unwrap(),
        run: run.to_owned(),
        step: Step::Explain { fence },
    };
    assert_eq!(ask(&ledger, explain("ada")).await, Ok(fence), "it has it after all");
    insta::assert_snapshot!(ask(&ledger, explain("bob")).await.unwrap_err(), @"Mist.LockLost: this run no longer has the lock of the stack: deploy v2 by ada holds it (ada)");
    ask(&ledger, take("eve", OnConflict::Supersede)).await.unwrap();
    insta::assert_snapshot!(ask(&ledger, explain("ada")).await.unwrap_err(), @"Mist.Superseded: a newer release took the place of this one: deploy v2 by eve");
}
