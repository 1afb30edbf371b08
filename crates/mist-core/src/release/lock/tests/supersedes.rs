//! Tests of releases that supersede others.

use super::*;
use serde_json::Value;

#[test]
fn a_newer_deployment_supersedes_one_that_prepares() {
    let outcome = acquire(&held_by("ada"), &supersedes("bob"), at(NOW + 1));
    assert_eq!(fence(&outcome), 2);
    let error = after(&outcome).lease_of(&holder("ada", 1)).unwrap_err();
    assert_eq!(error.to_string(), "superseded by a newer release: deploy by bob");
}

#[test]
fn superseding_ends_the_wait_of_the_old_release() {
    let wait = Wait::new(WaitKind::Health, &"parked".into(), at(NOW), &Value::Null);
    let state = held_by("ada").parked(&holder("ada", 1), wait, NOW).unwrap();
    let outcome = acquire(&state, &supersedes("bob"), at(NOW + 1));
    assert_eq!(resumed(&outcome), [("parked", "Mist.Superseded")]);
    assert_eq!(after(&outcome).lease.unwrap().wait, None);
}

#[test]
fn a_release_that_swaps_is_not_superseded() {
    let outcome = acquire(&swapping(&held_by("ada"), "ada"), &supersedes("bob"), at(NOW + 1));
    assert_eq!(status(&outcome), "waiting for deploy by ada since 2026-01-02T03:04:05Z");
    assert_eq!(holds(&after(&outcome)), Some("ada"));
}

#[test]
fn only_a_deployment_supersedes_and_only_a_deployment() {
    for (old, new) in [("rollback", "deploy"), ("deploy", "rollback"), ("swap", "swap")] {
        let mut state = held_by("ada");
        state.lease.as_mut().unwrap().operation = old.to_owned();
        let bob = LockRequest { operation: new.to_owned(), ..supersedes("bob") };
        status(&acquire(&state, &bob, at(NOW + 1)));
    }
}

#[test]
fn the_queue_stays_when_the_release_that_holds_the_lock_is_superseded() {
    let state = queue(held_by("ada"), &["bob", "eve"]);
    let outcome = acquire(&state, &supersedes("eve"), at(NOW + 2));
    let next = after(&outcome);
    assert_eq!((holds(&next), queued(&next)), (Some("eve"), vec!["bob"]));
}

#[test]
fn releases_that_were_superseded_never_acquire_the_lock_again() {
    let state = after(&acquire(&held_by("ada"), &supersedes("bob"), at(NOW + 1)));
    let state = after(&acquire(&state, &supersedes("eve"), at(NOW + 2)));
    let free = after(&end(&state, "eve", EndedBy::Itself, at(NOW + 3)));
    for state in [free, state] {
        for (old, new) in [("ada", "bob"), ("bob", "eve")] {
            let outcome = acquire(&state, &supersedes(old), at(NOW + 4));
            let message = format!("superseded by a newer release: deploy by {new}");
            assert_eq!(refusal(&outcome), ("Mist.Superseded", message));
            assert_eq!(outcome.next, None);
        }
    }
}

#[test]
fn the_end_of_a_release_does_not_hide_that_it_was_superseded() {
    let state = after(&acquire(&held_by("ada"), &supersedes("bob"), at(NOW + 1)));
    let outcome = end(&state, "ada", EndedBy::StepFunctions, at(NOW + 2));
    assert_eq!((outcome.decision, outcome.next), (false, None));
}

#[test]
fn a_newer_upload_does_not_supersede_one_under_its_own_label() {
    let same = |execution: &str| {
        let reason = "deploy v2 by upload".to_owned();
        LockRequest { reason, ..uploaded(NOW, supersedes(execution)) }
    };
    let held = after(&acquire(&StackState::default(), &same("ada"), at(NOW)));
    let outcome = acquire(&held, &same("bob"), at(NOW + 1));
    assert!(status(&outcome).starts_with("waiting for deploy v2 by upload"), "{outcome:?}");
    let other = uploaded(NOW, supersedes("carol"));
    assert_eq!(fence(&acquire(&held, &other, at(NOW + 1))), 2);
}
