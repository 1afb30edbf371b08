//! Tests of swaps.

use super::*;

#[test]
fn accepted_drift_is_the_state_until_mist_puts_a_version_live() {
    let accepted = held_by("ada").accepted(&ada(), &live("v7", NOW)).unwrap().unwrap();
    assert_eq!(accepted.accepted_by.as_deref(), Some("ada"));
    assert_eq!(accepted.live, Some(live("v7", NOW)));
    assert_eq!(accepted.accepted(&ada(), &live("v7", NOW + 5)).unwrap(), None, "again");
    let next = accepted.went_live(&ada(), live("v8", NOW), NOW).unwrap().unwrap();
    assert_eq!((next.accepted_by, next.live), (None, Some(live("v8", NOW))));
    let error = held_by("ada").accepted(&holder("bob", 2), &live("v7", NOW)).unwrap_err();
    assert_eq!(error.code(), "Mist.LockLost");
}

#[test]
fn a_swap_that_begins_has_the_whole_lease_before_it() {
    let next = held_by("ada").swapping(&ada(), NOW + 100).unwrap();
    assert_eq!(lease(&next).phase, Phase::Swapping);
    assert_eq!((lease(&next).expires, next.revision), (NOW + 100 + LEASE_SECONDS, 5));
    let again = next.swapping(&ada(), NOW + 200).unwrap();
    assert_eq!(lease(&again).expires, NOW + 200 + LEASE_SECONDS);
}

#[test]
fn an_execution_without_the_lock_neither_swaps_nor_notes_the_live_environment() {
    for other in [holder("ada", 1), holder("bob", 2)] {
        assert!(held_by("ada").swapping(&other, NOW).is_err());
        let error = held_by("ada").went_live(&other, live("v2", NOW), NOW).unwrap_err();
        assert_eq!(error.code(), "Mist.LockLost", "{other:?}");
    }
    let superseded = past("bob", Some("deploy v3 by ada"));
    let state = StackState { past: vec![superseded], ..held_by("ada") };
    let error = state.went_live(&holder("bob", 1), live("v2", NOW), NOW).unwrap_err();
    assert_eq!(error.code(), "Mist.Superseded");
}

#[test]
fn the_live_environment_is_written_once() {
    let state = held_by("ada").went_live(&ada(), live("v2", NOW), NOW).unwrap().unwrap();
    assert_eq!((&state.live, lease(&state).phase), (&Some(live("v2", NOW)), Phase::Swapping));
    let again = state.went_live(&ada(), live("v2", NOW + 60), NOW + 60).unwrap();
    assert_eq!(again, None, "the times of the first write stay");
    let other = state.went_live(&ada(), live("v3", NOW + 60), NOW + 60).unwrap().unwrap();
    assert_eq!(other.live, Some(live("v3", NOW + 60)));
}

#[test]
fn the_last_call_of_a_swap_that_was_stopped_notes_the_live_environment_and_keeps_the_lock_no_longer()
 {
    let state = held_by("ada").swapping(&ada(), NOW).unwrap();
    let state = StackState { past: vec![past("ada", None)], ..state };
    let next = state.went_live(&ada(), live("v2", NOW), NOW + 30).unwrap().unwrap();
    assert_eq!((&next.live, &next.lease), (&Some(live("v2", NOW)), &state.lease));
    assert_eq!(next.revision, state.revision + 1);
}
