//! Tests of releases that acquire the lock.

use super::*;

#[test]
fn a_free_lock_is_acquired_under_every_reaction_to_conflicts() {
    for on_conflict in [OnConflict::Reject, OnConflict::Queue, OnConflict::Supersede] {
        let outcome = acquire(&StackState::default(), &request("ada", on_conflict), at(NOW));
        let next = after(&outcome);
        let lease = next.lease.as_ref().unwrap();
        assert_eq!((fence(&outcome), next.fence, next.revision), (1, 1, 1));
        assert_eq!((lease.execution.as_str(), lease.expires), ("ada", NOW + LEASE_SECONDS));
        assert_eq!((lease.phase, lease.since), (Phase::Preparing, at(NOW)));
        assert_eq!((next.queue.len(), outcome.resume.len()), (0, 0));
    }
}

#[test]
fn a_repeated_request_of_the_holder_changes_nothing() {
    let again = acquire(&held_by("ada"), &supersedes("ada"), at(NOW + 10));
    assert_eq!((fence(&again), again.next), (1, None));
}

#[test]
fn a_repeated_request_of_the_holder_renews_a_lease_that_is_half_over() {
    let half = NOW + LEASE_SECONDS / 2;
    let again = acquire(&held_by("ada"), &queues("ada"), at(half));
    assert_eq!(fence(&again), 1);
    assert_eq!(after(&again).lease.unwrap().expires, half + LEASE_SECONDS);
}

#[test]
fn a_repeated_request_of_the_holder_returns_its_slot() {
    let state = held_by("ada").admitted(&holder("ada", 1), 42, None).unwrap();
    let again = acquire(&state, &queues("ada"), at(NOW + 10));
    assert!(
        matches!(again.decision, Decision::Acquired { fence: 1, admitted: Some(42) }),
        "{again:?}"
    );
}

#[test]
fn an_expired_lease_still_belongs_to_its_execution_until_another_one_acquires_the_lock() {
    let late = NOW + LEASE_SECONDS + 5;
    let state = queue(held_by("ada"), &["bob"]);
    let again = acquire(&state, &queues("ada"), at(late));
    assert_eq!(fence(&again), 1);
    let next = after(&again);
    assert_eq!(
        (next.lease.as_ref().unwrap().expires, queued(&next)),
        (late + LEASE_SECONDS, vec!["bob"])
    );
}

#[test]
fn an_expired_lease_is_acquired_under_a_new_fencing_token() {
    let late = NOW + LEASE_SECONDS;
    let outcome = acquire(&held_by("ada"), &request("bob", OnConflict::Reject), at(late));
    assert_eq!(fence(&outcome), 2);
    let error = after(&outcome).lease_of(&holder("ada", 1)).unwrap_err();
    assert_eq!(error.code(), "Mist.LockLost");
}

#[test]
fn an_expired_lease_passes_to_the_first_in_the_queue_even_if_another_one_requests_it() {
    let late = at(NOW + LEASE_SECONDS);
    let state = queue(held_by("ada"), &["bob", "eve"]);
    let eve = acquire(&state, &queues("eve"), late);
    assert_eq!(status(&eve), "waiting for deploy by bob since 2026-01-02T03:34:05Z");
    assert_eq!(resumed(&eve), [("token of bob", "Mist.NotReady")]);
    let next = after(&eve);
    assert_eq!((holds(&next), queued(&next), next.fence), (Some("bob"), vec!["eve"], 2));
    let kim = acquire(&state, &request("kim", OnConflict::Reject), late);
    assert_eq!(refusal(&kim).0, "Mist.Locked");
    assert_eq!(holds(&after(&kim)), Some("bob"), "the queue moves on all the same");
}

#[test]
fn the_first_in_the_queue_acquires_an_expired_lease_when_it_requests_it_again() {
    let state = queue(held_by("ada"), &["bob", "eve"]);
    let bob = acquire(&state, &queues("bob"), at(NOW + LEASE_SECONDS));
    assert_eq!((fence(&bob), queued(&after(&bob))), (2, vec!["eve"]));
    assert_eq!(resumed(&bob), [], "its task is there already");
}

#[test]
fn an_execution_that_ended_never_acquires_the_lock_again() {
    for by in [EndedBy::Itself, EndedBy::StepFunctions] {
        let state = after(&end(&held_by("ada"), "ada", by, at(NOW + 1)));
        let again = acquire(&state, &queues("ada"), at(NOW + 2));
        let message =
            "this execution no longer holds the lock of the stack: the execution has ended";
        assert_eq!(refusal(&again), ("Mist.LockLost", message.to_owned()));
        assert_eq!(again.next, None);
    }
}

#[test]
fn an_execution_that_was_stopped_does_not_acquire_the_lock_that_its_last_call_keeps() {
    let state = swapping(&held_by("ada"), "ada");
    let state = after(&end(&state, "ada", EndedBy::StepFunctions, at(NOW + 1)));
    assert_eq!(refusal(&acquire(&state, &queues("ada"), at(NOW + 2))).0, "Mist.LockLost");
}

#[test]
fn ends_are_forgotten_when_no_call_can_be_in_progress_any_more() {
    let state = after(&end(&held_by("ada"), "ada", EndedBy::Itself, at(NOW)));
    let early = acquire(&state, &queues("ada"), at(NOW + REMEMBERED_SECONDS - 1));
    assert_eq!(refusal(&early).0, "Mist.LockLost");
    let late = after(&tick(&state, "QA", at(NOW + REMEMBERED_SECONDS)));
    assert_eq!(late.past, []);
}
