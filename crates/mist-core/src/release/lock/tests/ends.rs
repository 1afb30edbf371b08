//! Tests of executions that end.

use super::*;

const BOTH: [EndedBy; 2] = [EndedBy::Itself, EndedBy::StepFunctions];

/// The time at which the lease of `state` expires.
fn expires(state: &StackState) -> Option<i64> {
    state.lease.as_ref().map(|lease| lease.expires)
}

#[test]
fn the_end_of_an_execution_that_prepares_releases_its_lock_immediately() {
    for by in BOTH {
        let outcome = end(&held_by("ada"), "ada", by, at(NOW + 1));
        let next = after(&outcome);
        assert_eq!((outcome.decision, holds(&next), next.fence), (true, None, 1));
        assert_eq!(fence(&acquire(&next, &queues("bob"), at(NOW + 1))), 2);
        let again = end(&next, "ada", by, at(NOW + 2));
        assert_eq!((again.decision, again.next), (false, None), "a second event changes nothing");
    }
}

#[test]
fn the_end_of_an_execution_passes_the_lock_to_the_first_in_the_queue() {
    let state = queue(held_by("ada"), &["bob", "eve"]);
    for by in BOTH {
        let outcome = end(&state, "ada", by, at(NOW + 20));
        assert_eq!(resumed(&outcome), [("token of bob", "Mist.NotReady")]);
        let next = after(&outcome);
        assert_eq!((holds(&next), expires(&next)), (Some("bob"), Some(NOW + 20 + LEASE_SECONDS)));
        assert_eq!((queued(&next), next.fence), (vec!["eve"], 2));
        let bob = acquire(&next, &queues("bob"), at(NOW + 21));
        assert_eq!((fence(&bob), &bob.next), (2, &None), "it finds that it holds the lock");
        let eve = acquire(&next, &queues("eve"), at(NOW + 21));
        assert_eq!(status(&eve), "waiting for deploy by bob since 2026-01-02T03:04:25Z");
        let newcomer = acquire(&next, &request("kim", OnConflict::Reject), at(NOW + 21));
        assert_eq!(refusal(&newcomer).0, "Mist.Locked");
    }
}

#[test]
fn an_execution_that_ends_leaves_the_queue_and_changes_nothing_else() {
    let state = queue(held_by("ada"), &["bob", "eve"]);
    for by in BOTH {
        let outcome = end(&state, "bob", by, at(NOW + 2));
        let next = after(&outcome);
        assert_eq!((outcome.decision, resumed(&outcome)), (true, vec![]));
        assert_eq!((&next.lease, queued(&next)), (&state.lease, vec!["eve"]));
    }
}

#[test]
fn an_execution_that_ends_before_its_request_does_not_acquire_the_lock() {
    let state = queue(held_by("ada"), &["bob"]);
    for execution in ["bob", "kim"] {
        let state = after(&end(&state, execution, EndedBy::StepFunctions, at(NOW + 1)));
        assert_eq!(holds(&state), Some("ada"));
        for on_conflict in [OnConflict::Reject, OnConflict::Queue, OnConflict::Supersede] {
            let outcome = acquire(&state, &request(execution, on_conflict), at(NOW + 2));
            assert_eq!((refusal(&outcome).0, &outcome.next), ("Mist.LockLost", &None));
        }
    }
    let outcome = end(&state, "kim", EndedBy::StepFunctions, at(NOW + 1));
    assert!(!outcome.decision, "it held nothing");
}

#[test]
fn the_last_call_of_a_stopped_swap_keeps_the_lock_and_tick_passes_it_on_afterwards() {
    let state = queue(swapping(&held_by("ada"), "ada"), &["bob"]);
    let outcome = end(&state, "ada", EndedBy::StepFunctions, at(NOW + 10));
    let stopped = after(&outcome);
    let over = NOW + 10 + CALL_SECONDS;
    assert_eq!(resumed(&outcome), []);
    assert_eq!((holds(&stopped), expires(&stopped)), (Some("ada"), Some(over)));
    let again = end(&stopped, "ada", EndedBy::StepFunctions, at(NOW + 20));
    assert_eq!(again.next, None, "a second event keeps it no longer");
    assert!(stopped.renewed(&holder("ada", 1), NOW + 20).is_err(), "and neither does the call");
    status(&acquire(&stopped, &supersedes("bob"), at(over - 1)));
    assert_eq!(tick(&stopped, "QA", at(over - 1)).next, None);
    let outcome = tick(&stopped, "QA", at(over));
    assert_eq!(resumed(&outcome), [("token of bob", "Mist.NotReady")]);
    assert_eq!(holds(&after(&outcome)), Some("bob"));
}

#[test]
fn a_stopped_swap_keeps_the_lock_no_longer_than_its_lease() {
    let (state, expiry) = (swapping(&held_by("ada"), "ada"), NOW + LEASE_SECONDS);
    let stopped = after(&end(&state, "ada", EndedBy::StepFunctions, at(expiry - 5)));
    assert_eq!(expires(&stopped), Some(expiry));
    let late = after(&end(&state, "ada", EndedBy::StepFunctions, at(expiry)));
    assert_eq!(expires(&late), None);
}

#[test]
fn a_swap_that_ends_by_itself_releases_its_lock_immediately() {
    let state = swapping(&held_by("ada"), "ada");
    assert_eq!(holds(&after(&end(&state, "ada", EndedBy::Itself, at(NOW + 10)))), None);
    let stopped = after(&end(&state, "ada", EndedBy::StepFunctions, at(NOW + 10)));
    assert_eq!(holds(&after(&end(&stopped, "ada", EndedBy::Itself, at(NOW + 11)))), None);
}

#[test]
fn every_call_forgets_ends_that_are_too_old_to_matter() {
    let state = after(&end(&held_by("ada"), "ada", EndedBy::Itself, at(NOW)));
    let late = NOW + REMEMBERED_SECONDS;
    let past = |state: &StackState| state.past.len();
    assert_eq!(past(&after(&acquire(&state, &queues("bob"), at(late - 1)))), 1);
    assert_eq!(past(&after(&acquire(&state, &queues("bob"), at(late)))), 0);
    let next = after(&end(&state, "bob", EndedBy::Itself, at(late)));
    assert_eq!(next.past[0].execution, "bob");
    assert_eq!(past(&next), 1);
}

#[test]
fn no_token_is_shown() {
    let token = TaskToken::from("secret");
    let error = Error::Superseded { by: String::new() };
    let resume = Resume { token: token.clone(), error };
    let request = LockRequest { token, ..queues("bob") };
    let outcome = acquire(&held_by("ada"), &request, at(NOW));
    let shown = format!("{request:?} {resume:?} {outcome:?}");
    assert!(shown.contains("TaskToken") && !shown.contains("secret"), "{shown}");
}
