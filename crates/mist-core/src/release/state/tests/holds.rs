//! Tests of executions that hold the lock, or do not.

use super::*;

#[test]
fn only_the_execution_with_the_newest_fencing_token_holds_the_lock() {
    let state = held_by("ada");
    assert_eq!(state.lease_of(&ada()).unwrap().execution, "ada");
    for other in [holder("ada", 1), holder("ada", 3), holder("bob", 2)] {
        let error = state.lease_of(&other).unwrap_err();
        assert_eq!(error.code(), "Mist.LockLost", "{other:?}");
    }
}

#[test]
fn the_error_of_a_lost_lock_names_the_release_that_holds_it() {
    let error = held_by("ada").lease_of(&holder("bob", 1)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "this execution no longer holds the lock of the stack: deploy v2 by ada holds it (ada)"
    );
    let free = StackState { lease: None, ..held_by("ada") };
    let error = free.lease_of(&ada()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "this execution no longer holds the lock of the stack: it is free"
    );
}

#[test]
fn the_error_of_a_superseded_execution_names_the_newer_release() {
    let superseded = past("bob", Some("deploy v3 by ada"));
    let state = StackState { past: vec![superseded], ..held_by("ada") };
    let error = state.lease_of(&holder("bob", 1)).unwrap_err();
    assert_eq!(error.code(), "Mist.Superseded");
    assert!(error.to_string().contains("deploy v3 by ada"), "{error}");
}

#[test]
fn an_execution_that_ended_does_not_hold_the_lock_that_its_last_call_keeps() {
    let state = StackState { past: vec![past("ada", None)], ..held_by("ada") };
    for error in [
        state.lease_of(&ada()).unwrap_err(),
        state.renewed(&ada(), NOW).unwrap_err(),
        state.parked(&ada(), wait("parked"), NOW).unwrap_err(),
        state.swapping(&ada(), NOW).unwrap_err(),
    ] {
        assert!(error.to_string().ends_with("the execution has ended"), "{error}");
    }
}

#[test]
fn a_lease_is_renewed_when_it_is_half_over() {
    let half = NOW + LEASE_SECONDS / 2;
    assert_eq!(held_by("ada").renewed(&ada(), half - 1).unwrap(), None);
    let next = held_by("ada").renewed(&ada(), half).unwrap().unwrap();
    assert_eq!((lease(&next).expires, next.revision), (half + LEASE_SECONDS, 5));
}

#[test]
fn an_expired_lease_is_renewed_unless_another_execution_acquired_the_lock() {
    let late = NOW + 2 * LEASE_SECONDS;
    let state = held_by("ada");
    assert_eq!(state.holder(late), None, "any other execution may acquire the lock");
    let next = state.renewed(&ada(), late).unwrap().unwrap();
    assert_eq!(next.holder(late).map(|lease| lease.execution.as_str()), Some("ada"));
    assert_eq!(next.fence, 2);
}

#[test]
fn a_lease_expires_on_the_second() {
    let state = held_by("ada");
    let expires = NOW + LEASE_SECONDS;
    assert!(state.holder(expires - 1).is_some());
    assert!(state.holder(expires).is_none());
}
