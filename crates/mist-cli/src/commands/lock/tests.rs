//! Stories of `mist lock`.

use mist_core::{Holder, ledger::Waiting};
use mist_testkit::FakeLedger;

use super::*;

const NOW: i64 = 1_767_323_045;

fn qa() -> StackName {
    "QA".parse().unwrap()
}

fn held() -> StackState {
    let lease = Lease {
        run: "arn:run:ada".to_owned(),
        operation: "deploy".to_owned(),
        reason: "deploy v2 by ada".to_owned(),
        since: second(NOW - 60),
        expires: NOW + 600,
        phase: Phase::Preparing,
    };
    let waiting = Waiting {
        run: "arn:run:bob".to_owned(),
        reason: "deploy v3 by bob".to_owned(),
        since: second(NOW - 10),
        expires: NOW + 110,
    };
    let gone = Waiting { expires: NOW, ..waiting.clone() };
    StackState {
        revision: 7,
        fence: 3,
        lease: Some(lease),
        waiting: vec![gone, waiting],
        ..StackState::default()
    }
}

fn swapping() -> StackState {
    let ada = Holder { run: "arn:run:ada".to_owned(), fence: 3 };
    held().swapping(&ada, NOW, 900).unwrap()
}

async fn released(ledger: &FakeLedger, force: bool) -> Result<String, Failure> {
    let arguments = LockRelease { stack: qa(), yes: true, force };
    release(ledger, &arguments, NOW, |_| Ok(())).await
}

fn refusal(result: Result<String, Failure>) -> (String, String) {
    match result.unwrap_err() {
        Failure::Operation { name, cause } => (name, cause),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_status_says_who_holds_the_lock_and_who_waits() {
    insta::assert_snapshot!(told(&qa(), &held(), NOW), @r"
    the lock of stack QA is held: deploy v2 by ada
      since   2026-01-02 03:03:05 UTC
      until   2026-01-02 03:14:05 UTC, unless it is renewed
      phase   preparing; nothing that users see was changed
      run     arn:run:ada
      1. waits: deploy v3 by bob (since 2026-01-02 03:03:55 UTC)
    ");
}

#[test]
fn a_lock_that_has_run_out_is_free() {
    assert_eq!(told(&qa(), &held(), NOW + 600), "the lock of stack QA is free");
    assert_eq!(told(&qa(), &StackState::default(), NOW), "the lock of stack QA is free");
}

#[test]
fn programs_are_told_the_same() {
    let status = |now| status(&qa(), &held(), now);
    assert_eq!(
        status(NOW),
        json!({
            "stack": "QA", "free": false,
            "lease": {
                "run": "arn:run:ada", "operation": "deploy", "reason": "deploy v2 by ada",
                "since": "2026-01-02T03:03:05Z", "expires": NOW + 600, "phase": "preparing",
            },
            "waiting": [{
                "run": "arn:run:bob", "reason": "deploy v3 by bob",
                "since": "2026-01-02T03:03:55Z", "expires": NOW + 110,
            }],
        })
    );
    let free = json!({ "stack": "QA", "free": true, "lease": null, "waiting": [] });
    assert_eq!(status(NOW + 600), free);
}

#[tokio::test]
async fn a_release_frees_the_lock_and_leaves_the_queue_alone() {
    let ledger = FakeLedger::with("QA", held());
    let said = released(&ledger, false).await.unwrap();
    assert_eq!(said, "the lock of stack QA was released: deploy v2 by ada");
    let state = ledger.current("QA");
    assert_eq!((state.lease, state.waiting), (None, held().waiting));
    assert_eq!((state.fence, state.revision), (3, 8));
}

#[tokio::test]
async fn a_lock_that_is_free_is_fine_and_nobody_is_asked() {
    let ledger = FakeLedger::default();
    let arguments = LockRelease { stack: qa(), yes: false, force: false };
    let said = release(&ledger, &arguments, NOW, |_| panic!("asked")).await.unwrap();
    assert_eq!(said, "the lock of stack QA is free already");
}

#[tokio::test]
async fn nothing_is_released_that_was_not_agreed_to() {
    let ledger = FakeLedger::with("QA", held());
    let arguments = LockRelease { stack: qa(), yes: false, force: false };
    let no = |shown: &str| {
        assert!(shown.contains("deploy v2 by ada"), "{shown}");
        Err(Failure::Setup("no".to_owned()))
    };
    release(&ledger, &arguments, NOW, no).await.unwrap_err();
    assert_eq!(ledger.current("QA"), held());
}

#[tokio::test]
async fn a_release_that_moves_the_name_keeps_the_lock_unless_forced() {
    let ledger = FakeLedger::with("QA", swapping());
    let (name, cause) = refusal(released(&ledger, false).await);
    assert_eq!(name, "Mist.Locked");
    assert!(cause.contains("frees itself at 2026-01-02 03:19:05 UTC"), "{cause}");
    assert_eq!(ledger.current("QA"), swapping());
    released(&ledger, true).await.unwrap();
    assert_eq!(ledger.current("QA").lease, None);
}

#[tokio::test]
async fn a_renewal_at_the_same_moment_does_not_hinder() {
    let ledger = FakeLedger::with("QA", held());
    ledger.write_first(StackState { revision: 8, ..held() });
    released(&ledger, false).await.unwrap();
    assert_eq!(ledger.current("QA").lease, None);
}

#[tokio::test]
async fn a_swap_that_begins_at_the_same_moment_is_let_finish() {
    let ledger = FakeLedger::with("QA", held());
    ledger.write_first(swapping());
    assert_eq!(refusal(released(&ledger, false).await).0, "Mist.Locked");
    assert_eq!(ledger.current("QA"), swapping());
}

#[tokio::test]
async fn the_lock_of_another_run_is_not_released_instead() {
    let mut other = held();
    other.revision = 8;
    other.lease.as_mut().unwrap().run = "arn:run:eve".to_owned();
    let ledger = FakeLedger::with("QA", held());
    ledger.write_first(other.clone());
    let said = released(&ledger, false).await.unwrap();
    assert_eq!(said, "that release does not hold the lock of stack QA any more");
    assert_eq!(ledger.current("QA"), other);
}
