//! Tests of the capacity of stopped environments.

use super::*;

fn stopped(environment: &str) -> Stopped {
    let capacity = Capacity { min: 2, desired: 3, max: 4 };
    Stopped { environment: environment.parse().unwrap(), capacity }
}

#[test]
fn the_capacity_of_a_stopped_environment_is_remembered_by_its_side() {
    let state = held_by("ada").stopping(&ada(), Side::B, stopped("shop-b")).unwrap();
    assert_eq!(state.revision, 5);
    let of = |side, environment: &str| state.stopped(side, &environment.parse().unwrap());
    assert_eq!(of(Side::B, "shop-b"), Some(stopped("shop-b").capacity));
    assert_eq!(of(Side::A, "shop-b"), None);
    let state = state.stopping(&ada(), Side::A, stopped("shop-a")).unwrap();
    assert_eq!(
        (&state.stopped_a, &state.stopped_b),
        (&Some(stopped("shop-a")), &Some(stopped("shop-b")))
    );
}

#[test]
fn the_capacity_of_another_environment_does_not_count() {
    let state = held_by("ada").stopping(&ada(), Side::B, stopped("shop-old")).unwrap();
    assert_eq!(state.stopped(Side::B, &"shop-b".parse().unwrap()), None);
}

#[test]
fn only_the_execution_that_holds_the_lock_remembers_a_capacity() {
    let error = held_by("ada").stopping(&holder("bob", 2), Side::B, stopped("shop-b"));
    assert_eq!(error.unwrap_err().code(), "Mist.LockLost");
}

#[test]
fn a_state_with_nothing_but_capacities_is_recognized() {
    let only = StackState { stopped_b: Some(stopped("shop-b")), ..StackState::default() };
    assert!(only.holds_only_capacities());
    assert!(!StackState::default().holds_only_capacities());
    assert!(!StackState { revision: 1, ..only }.holds_only_capacities());
}
