//! Tests of tasks that wait.

use super::*;

#[test]
fn a_task_that_waits_is_stored_with_the_lease_and_renews_it() {
    let next = held_by("ada").parked(&ada(), wait("parked"), NOW + 5).unwrap();
    assert_eq!(lease(&next).wait, Some(wait("parked")));
    assert_eq!((lease(&next).expires, next.revision), (NOW + 5 + LEASE_SECONDS, 5));
}

#[test]
fn a_task_that_waits_again_replaces_its_token() {
    let state = held_by("ada").parked(&ada(), wait("old"), NOW).unwrap();
    let state = state.parked(&ada(), wait("new"), NOW + 300).unwrap();
    assert_eq!(state.resumed(&"old".into()), None, "the old token ends nothing");
    let next = state.resumed(&"new".into()).unwrap();
    assert_eq!((lease(&next).wait.as_ref(), next.revision), (None, state.revision + 1));
    assert_eq!(next.resumed(&"new".into()), None, "it is over once");
}

#[test]
fn only_the_execution_that_holds_the_lock_may_wait() {
    for other in [holder("ada", 1), holder("bob", 2)] {
        assert!(held_by("ada").parked(&other, wait("parked"), NOW).is_err());
        assert!(held_by("ada").admitted(&other, NOW * 1000, None).is_err());
    }
}

#[test]
fn a_release_keeps_its_slot_until_it_ends() {
    let at = NOW * 1000 + 2500;
    let state = held_by("ada").admitted(&ada(), at, Some(wait("turn"))).unwrap();
    assert_eq!((lease(&state).admitted, lease(&state).wait.is_some()), (Some(at), true));
    let state = state.admitted(&ada(), at, None).unwrap();
    assert_eq!((lease(&state).admitted, lease(&state).wait.is_some()), (Some(at), false));
    let state = state.parked(&ada(), wait("parked"), NOW).unwrap();
    assert_eq!(lease(&state).admitted, Some(at));
}

#[test]
fn a_token_is_never_shown() {
    let queued = Queued {
        execution: "bob".to_owned(),
        operation: "deploy".to_owned(),
        reason: "deploy v3 by bob".to_owned(),
        since: Timestamp::UNIX_EPOCH,
        until: NOW,
        uploaded_at: None,
        needs_drained: false,
        token: "secret".into(),
    };
    let state = held_by("ada").parked(&ada(), wait("secret"), NOW).unwrap();
    let state = StackState { queue: vec![queued], ..state };
    let shown = format!("{state:?} {state:#?}");
    assert!(shown.contains("TaskToken") && !shown.contains("secret"), "{shown}");
    let stored = serde_json::to_string(&state).unwrap();
    assert_eq!(stored.matches("secret").count(), 2, "{stored}");
}
