//! Tests of the queue for the lock.

use super::*;
use crate::{release::state::LiveSide, stack::side::Side};

#[test]
fn a_release_in_the_queue_learns_which_one_holds_the_lock_and_how_many_are_before_it() {
    let state = queue(held_by("ada"), &["bob"]);
    let outcome = acquire(&state, &queues("eve"), at(NOW + 1));
    let expected = "waiting for deploy by ada since 2026-01-02T03:04:05Z; 1 before this one";
    assert_eq!(status(&outcome), expected);
    assert_eq!(queued(&after(&outcome)), ["bob", "eve"]);
}

#[test]
fn a_repeated_request_from_the_queue_changes_nothing() {
    let state = queue(held_by("ada"), &["bob", "eve"]);
    for execution in ["bob", "eve"] {
        assert_eq!(acquire(&state, &queues(execution), at(NOW + 60)).next, None);
    }
}

#[test]
fn a_repeated_request_from_the_queue_replaces_the_token_and_keeps_the_place() {
    let state = queue(held_by("ada"), &["bob", "eve"]);
    let new = LockRequest { token: "new".into(), ..queues("bob") };
    let outcome = acquire(&state, &new, at(NOW + 60));
    assert_eq!(status(&outcome), "waiting for deploy by ada since 2026-01-02T03:04:05Z");
    let next = after(&outcome);
    assert_eq!(queued(&next), ["bob", "eve"]);
    assert_eq!((next.queue[0].token.expose(), next.queue[0].since), ("new", at(NOW)));
    let end = end(&next, "ada", EndedBy::Itself, at(NOW + 61));
    assert_eq!(resumed(&end), [("new", "Mist.NotReady")]);
}

#[test]
fn a_full_queue_refuses_a_newcomer_and_keeps_the_releases_in_it() {
    let state = queue(held_by("ada"), &["bob", "eve"]);
    let of_two = |execution: &str| {
        let mut request = queues(execution);
        request.settings.most_waiting = Ranged::new(2);
        request
    };
    let kim = acquire(&state, &of_two("kim"), at(NOW + 2));
    let (code, message) = refusal(&kim);
    assert_eq!((code, &kim.next), ("Mist.Locked", &None));
    assert!(message.ends_with("and 2 more are waiting"), "{message}");
    let eve = acquire(&state, &of_two("eve"), at(NOW + 2));
    assert!(status(&eve).ends_with("1 before this one"), "{eve:?}");
}

#[test]
fn a_full_queue_does_not_keep_a_newer_deployment_from_superseding() {
    let state = queue(held_by("ada"), &["bob", "eve"]);
    let mut kim = supersedes("kim");
    kim.settings.most_waiting = Ranged::new(2);
    assert_eq!(fence(&acquire(&state, &kim, at(NOW + 2))), 2);
}

#[test]
fn a_release_in_the_queue_times_out_when_it_requests_the_lock_again() {
    let state = queue(held_by("ada"), &["bob"]);
    let state = state.renewed(&holder("ada", 1), NOW + 1800).unwrap().unwrap();
    let outcome = acquire(&state, &queues("bob"), at(NOW + 3600 - 1));
    status(&outcome);
    let state = state.renewed(&holder("ada", 1), NOW + 3599).unwrap().unwrap();
    let outcome = acquire(&state, &queues("bob"), at(NOW + 3600));
    let message = "stack `QA` is locked: deploy by ada since 2026-01-02T03:04:05Z; \
                   timed out after 3600 s in the queue";
    assert_eq!(refusal(&outcome), ("Mist.Locked", message.to_owned()));
    let next = after(&outcome);
    assert_eq!(queued(&next), Vec::<&str>::new(), "it leaves the queue");
    let again = acquire(&next, &queues("bob"), at(NOW + 3700));
    assert_eq!(refusal(&again), ("Mist.Locked", message.to_owned()), "it does not queue anew");
}

#[test]
fn releases_that_timed_out_leave_the_queue_at_a_tick() {
    let state = queue(held_by("ada"), &["bob", "eve"]);
    let state = state.renewed(&holder("ada", 1), NOW + 1800).unwrap().unwrap();
    let state = state.renewed(&holder("ada", 1), NOW + 3000).unwrap().unwrap();
    let outcome = tick(&state, "QA", at(NOW + 3600));
    assert_eq!(resumed(&outcome), [("token of bob", "Mist.Locked")]);
    let next = after(&outcome);
    assert_eq!((holds(&next), queued(&next)), (Some("ada"), vec!["eve"]));
    let again = acquire(&next, &queues("bob"), at(NOW + 3700));
    let (code, message) = refusal(&again);
    assert_eq!(code, "Mist.Locked");
    assert!(message.ends_with("timed out after 3600 s in the queue"), "{message}");
}

#[test]
fn releases_that_timed_out_do_not_keep_a_newcomer_from_a_free_lock() {
    let state = queue(held_by("ada"), &["bob", "eve"]);
    let late = at(NOW + 7200);
    let outcome = acquire(&state, &request("kim", OnConflict::Reject), late);
    assert_eq!((fence(&outcome), queued(&after(&outcome))), (2, Vec::new()));
    let both = [("token of bob", "Mist.Locked"), ("token of eve", "Mist.Locked")];
    assert_eq!(resumed(&outcome), both);
}

#[test]
fn an_unchanged_queue_is_not_written() {
    let state = queue(held_by("ada"), &["bob"]);
    let outcome = tick(&state, "QA", at(NOW + 60));
    assert_eq!((&outcome.next, resumed(&outcome)), (&None, Vec::new()));
}

/// The lock is free, and side B, which went live a minute ago, is the live one: side A drains until `drained`.
fn draining(drained: i64) -> StackState {
    let live = LiveSide {
        side: Side::B,
        environment: "shop-b".parse().unwrap(),
        version: Some("v2".to_owned()),
        since: NOW - 60,
        drained,
        previous: Some("v1".to_owned()),
    };
    StackState { live: Some(live), ..StackState::default() }
}

fn deploys(execution: &str, on_conflict: OnConflict) -> LockRequest {
    LockRequest { needs_drained: true, ..request(execution, on_conflict) }
}

#[test]
fn a_release_that_may_wait_waits_until_the_idle_environment_is_drained() {
    for policy in [OnConflict::Queue, OnConflict::Supersede] {
        let outcome = acquire(&draining(NOW + 60), &deploys("ada", policy), at(NOW));
        assert_eq!(
            status(&outcome),
            "waiting until the idle environment is drained at 2026-01-02T03:05:06Z"
        );
        let Decision::Queued { look_at, .. } = &outcome.decision else { panic!("{outcome:?}") };
        assert_eq!(*look_at, at(NOW + 61), "the clock of the plan may be behind");
        let state = after(&outcome);
        assert_eq!((holds(&state), queued(&state)), (None, vec!["ada"]));
        assert_eq!(drained(&state, at(NOW)), Some(at(NOW + 61)));
        assert_eq!(tick(&state, "QA", at(NOW + 60)).next, None);
        let outcome = tick(&state, "QA", at(NOW + 61));
        assert_eq!(resumed(&outcome), [("token of ada", "Mist.NotReady")]);
        assert_eq!(holds(&after(&outcome)), Some("ada"));
    }
}

#[test]
fn a_newer_upload_supersedes_those_that_wait_for_an_environment_to_drain() {
    let upload = |execution, seconds| uploaded(seconds, deploys(execution, OnConflict::Supersede));
    let ada = after(&acquire(&draining(NOW + 60), &upload("ada", 1), at(NOW)));
    let outcome = acquire(&ada, &upload("bob", 2), at(NOW + 1));
    assert_eq!(resumed(&outcome), [("token of ada", "Mist.Superseded")]);
    let state = after(&outcome);
    assert_eq!((holds(&state), queued(&state)), (None, vec!["bob"]));
    // An older one that comes late leaves the newer one its place, and so does one of the same label.
    let late = acquire(&state, &upload("eve", 1), at(NOW + 2));
    assert_eq!((resumed(&late), queued(&after(&late))), (Vec::new(), vec!["bob", "eve"]));
    let same = LockRequest { reason: "deploy by bob".to_owned(), ..upload("dora", 3) };
    let same = acquire(&state, &same, at(NOW + 2));
    assert_eq!((resumed(&same), queued(&after(&same))), (Vec::new(), vec!["bob", "dora"]));
    let queues = acquire(&state, &uploaded(3, deploys("carl", OnConflict::Queue)), at(NOW + 2));
    assert_eq!(queued(&after(&queues)), ["bob", "carl"]);
}

#[test]
fn a_release_that_may_not_wait_or_would_wait_too_long_goes_on_and_its_plan_refuses_it() {
    let rejects = deploys("ada", OnConflict::Reject);
    assert_eq!(fence(&acquire(&draining(NOW + 60), &rejects, at(NOW))), 1);
    let mut impatient = deploys("ada", OnConflict::Queue);
    impatient.settings.wait_seconds = Ranged::new(60);
    assert_eq!(fence(&acquire(&draining(NOW + 60), &impatient, at(NOW))), 1);
}

#[test]
fn a_rollback_passes_a_release_that_waits_for_an_environment_to_drain() {
    let ada = acquire(&draining(NOW + 60), &deploys("ada", OnConflict::Queue), at(NOW));
    let rollback = request("bob", OnConflict::Reject);
    let outcome = acquire(&after(&ada), &rollback, at(NOW + 1));
    assert_eq!(fence(&outcome), 1);
    let state = after(&outcome);
    assert_eq!((holds(&state), queued(&state)), (Some("bob"), vec!["ada"]));
    // The rollback swaps: now the other environment drains.
    let live = draining(NOW + 200).live;
    let end = end(&StackState { live, ..state }, "bob", EndedBy::Itself, at(NOW + 80));
    assert_eq!((resumed(&end), holds(&after(&end))), (vec![], None));
    let outcome = tick(&after(&end), "QA", at(NOW + 201));
    assert_eq!(holds(&after(&outcome)), Some("ada"));
}

#[test]
fn a_second_deployment_waits_behind_the_first() {
    let ada = acquire(&draining(NOW + 60), &deploys("ada", OnConflict::Queue), at(NOW));
    let bob = acquire(&after(&ada), &deploys("bob", OnConflict::Queue), at(NOW + 1));
    let outcome = tick(&after(&bob), "QA", at(NOW + 61));
    let state = after(&outcome);
    assert_eq!((holds(&state), queued(&state)), (Some("ada"), vec!["bob"]));
}
