//! Tests of releases that do not acquire the lock.

use super::*;

#[test]
fn reject_names_the_release_that_holds_the_lock_and_writes_nothing() {
    let outcome = acquire(&held_by("ada"), &request("bob", OnConflict::Reject), at(NOW + 1));
    let message = "stack `QA` is locked: deploy by ada since 2026-01-02T03:04:05Z";
    assert_eq!(refusal(&outcome), ("Mist.Locked", message.to_owned()));
    assert_eq!(outcome.next, None);
}

#[test]
fn an_older_upload_is_refused_after_a_newer_one() {
    let first = uploaded(NOW, queues("ada"));
    let state = after(&acquire(&StackState::default(), &first, at(NOW)));
    assert_eq!(state.newest_upload, Some(at(NOW)));
    let free = after(&end(&state, "ada", EndedBy::Itself, at(NOW)));
    for state in [free, state] {
        let older = uploaded(NOW - 1, supersedes("bob"));
        let outcome = acquire(&state, &older, at(NOW + 1));
        assert_eq!((refusal(&outcome).0, &outcome.next), ("Mist.OlderUpload", &None));
    }
}

#[test]
fn an_upload_in_the_queue_gives_way_to_a_newer_one_that_acquired_the_lock() {
    let older = uploaded(NOW - 1, queues("bob"));
    let state = after(&acquire(&held_by("ada"), &older, at(NOW)));
    let newer = uploaded(NOW, supersedes("eve"));
    let state = after(&acquire(&state, &newer, at(NOW + 1)));
    assert_eq!(queued(&state), ["bob"]);
    let outcome = acquire(&state, &older, at(NOW + 2));
    assert_eq!(refusal(&outcome).0, "Mist.OlderUpload");
    assert_eq!(queued(&after(&outcome)), Vec::<&str>::new(), "it leaves no trace");
}

#[test]
fn an_upload_in_the_queue_that_is_too_old_when_it_is_first_is_skipped() {
    let mut state = held_by("ada");
    for (execution, time) in [("bob", NOW), ("eve", NOW - 1), ("kim", NOW + 1)] {
        state = after(&acquire(&state, &uploaded(time, queues(execution)), at(NOW)));
    }
    let state = after(&end(&state, "ada", EndedBy::Itself, at(NOW + 1)));
    let outcome = end(&state, "bob", EndedBy::Itself, at(NOW + 2));
    let next = after(&outcome);
    assert_eq!((holds(&next), queued(&next)), (Some("kim"), Vec::new()));
    let both = [("token of eve", "Mist.NotReady"), ("token of kim", "Mist.NotReady")];
    assert_eq!(resumed(&outcome), both);
    let eve = acquire(&next, &uploaded(NOW - 1, queues("eve")), at(NOW + 3));
    assert_eq!(refusal(&eve).0, "Mist.OlderUpload", "and is told why when it asks again");
}

#[test]
fn a_person_may_release_an_older_version_and_uploads_are_compared_as_before() {
    let state = StackState { newest_upload: Some(at(NOW)), ..StackState::default() };
    let outcome = acquire(&state, &request("ada", OnConflict::Reject), at(NOW + 1));
    assert_eq!(after(&outcome).newest_upload, Some(at(NOW)));
}

#[test]
fn an_upload_that_gets_the_lock_from_the_queue_is_the_newest_from_then_on() {
    let bob = uploaded(NOW, queues("bob"));
    let state = after(&acquire(&held_by("ada"), &bob, at(NOW + 1)));
    assert_eq!(state.newest_upload, None, "one that waits does not count");
    let next = after(&end(&state, "ada", EndedBy::Itself, at(NOW + 2)));
    assert_eq!(next.newest_upload, Some(at(NOW)));
}
