//! Stories of the lock.

use super::*;
use crate::ledger::Holder;

const NOW: i64 = 1_767_323_045;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

fn wish(run: &str, on_conflict: OnConflict) -> Wish {
    Wish {
        stack: "QA".to_owned(),
        run: run.to_owned(),
        operation: "deploy".to_owned(),
        reason: format!("deploy by {run}"),
        uploaded_at: None,
        since: at(NOW),
        lease_seconds: 600,
        settings: LockSettings { on_conflict, ..LockSettings::default() },
    }
}

fn uploaded(seconds: i64, wish: Wish) -> Wish {
    Wish { uploaded_at: Some(at(seconds)), ..wish }
}

/// A stack that `run` releases to.
fn held_by(run: &str) -> StackState {
    after(&look(&StackState::default(), &wish(run, OnConflict::Reject), at(NOW)))
}

fn after(look: &Look) -> StackState {
    look.write.clone().unwrap_or_else(|| panic!("nothing to write: {look:?}"))
}

/// The state in which all of `runs` wait for the lock of `state`, one second after each other.
fn queue(mut state: StackState, runs: &[&str]) -> StackState {
    for (run, second) in runs.iter().zip(NOW..) {
        let look = look(&state, &wish(run, OnConflict::Queue), at(second));
        assert!(matches!(look.answer, Answer::Waits { .. }), "{look:?}");
        state = after(&look);
    }
    state
}

fn fence(look: &Look) -> u64 {
    match look.answer {
        Answer::Taken { fence } => fence,
        Answer::Waits { .. } | Answer::Refused(_) => panic!("not taken: {look:?}"),
    }
}

fn status(look: &Look) -> &str {
    match &look.answer {
        Answer::Waits { status } => status,
        Answer::Taken { .. } | Answer::Refused(_) => panic!("does not wait: {look:?}"),
    }
}

fn refusal(look: &Look) -> (&'static str, String) {
    match &look.answer {
        Answer::Refused(error) => (error.code(), error.to_string()),
        Answer::Taken { .. } | Answer::Waits { .. } => panic!("not refused: {look:?}"),
    }
}

fn waiting(state: &StackState) -> Vec<&str> {
    state.waiting.iter().map(|waiting| waiting.run.as_str()).collect()
}

#[test]
fn a_free_lock_is_taken_whatever_is_to_be_done_on_conflict() {
    for on_conflict in [OnConflict::Reject, OnConflict::Queue, OnConflict::Supersede] {
        let found = look(&StackState::default(), &wish("ada", on_conflict), at(NOW));
        let next = after(&found);
        let lease = next.lease.as_ref().unwrap();
        assert_eq!((fence(&found), next.fence, next.revision), (1, 1, 1));
        assert_eq!((lease.run.as_str(), lease.expires), ("ada", NOW + 600));
        assert_eq!((lease.phase, lease.since), (Phase::Preparing, at(NOW)));
    }
}

#[test]
fn asking_again_with_the_lock_in_hand_changes_nothing() {
    let again = look(&held_by("ada"), &wish("ada", OnConflict::Queue), at(NOW + 10));
    assert_eq!((fence(&again), again.write.is_none()), (1, true));
}

#[test]
fn a_lock_that_has_run_out_is_taken_with_a_new_number() {
    let found = look(&held_by("ada"), &wish("bob", OnConflict::Reject), at(NOW + 600));
    assert_eq!(fence(&found), 2);
    let ada = Holder { run: "ada".to_owned(), fence: 1 };
    let error = after(&found).check_holder(&ada, NOW + 600).unwrap_err();
    assert_eq!(error.code(), "Mist.LockLost");
}

#[test]
fn reject_says_who_releases_and_writes_nothing() {
    let found = look(&held_by("ada"), &wish("bob", OnConflict::Reject), at(NOW + 1));
    let (code, message) = refusal(&found);
    assert_eq!((code, found.write.is_none()), ("Mist.Locked", true));
    assert_eq!(message, "stack `QA` is locked: deploy by ada since 2026-01-02T03:04:05Z");
}

#[test]
fn who_waits_is_told_for_whom_and_behind_how_many() {
    let state = queue(held_by("ada"), &["bob"]);
    let found = look(&state, &wish("eve", OnConflict::Queue), at(NOW + 1));
    let told = "waiting for deploy by ada since 2026-01-02T03:04:05Z; 1 before this one";
    assert_eq!(status(&found), told);
    assert_eq!(waiting(&after(&found)), ["bob", "eve"]);
}

#[test]
fn first_come_is_first_served() {
    let state = queue(held_by("ada"), &["bob", "eve"]).without("ada").unwrap();
    let eve = look(&state, &wish("eve", OnConflict::Queue), at(NOW + 20));
    assert_eq!(status(&eve), "waiting for deploy by bob, whose turn it is; 1 before this one");
    let newcomer = look(&state, &wish("kim", OnConflict::Reject), at(NOW + 20));
    assert_eq!(refusal(&newcomer).0, "Mist.Locked");
    let bob = look(&state, &wish("bob", OnConflict::Queue), at(NOW + 20));
    assert_eq!((fence(&bob), waiting(&after(&bob))), (2, vec!["eve"]));
}

#[test]
fn a_place_is_kept_while_its_run_asks_and_not_every_look_is_a_write() {
    let state = queue(held_by("ada"), &["bob"]);
    let bob = wish("bob", OnConflict::Queue);
    assert!(look(&state, &bob, at(NOW + 60)).write.is_none(), "half of the time is left");
    let next = after(&look(&state, &bob, at(NOW + 61)));
    assert_eq!(next.waiting[0].expires, NOW + 61 + PLACE_SECONDS);
    assert_eq!(next.waiting[0].since, at(NOW), "it waits since it came");
}

#[test]
fn a_place_whose_run_does_not_ask_is_given_away() {
    let state = queue(held_by("ada"), &["bob", "eve"]).without("ada").unwrap();
    let too_late = NOW + PLACE_SECONDS;
    let eve = look(&state, &wish("eve", OnConflict::Queue), at(too_late));
    assert_eq!((fence(&eve), waiting(&after(&eve))), (2, Vec::new()));
}

#[test]
fn a_full_queue_lets_nobody_in_and_those_in_it_stay() {
    let state = queue(held_by("ada"), &["bob", "eve"]);
    let two = |run: &str| {
        let mut wish = wish(run, OnConflict::Queue);
        wish.settings.most_waiting = Ranged::new(2);
        wish
    };
    let found = look(&state, &two("kim"), at(NOW + 2));
    let (code, message) = refusal(&found);
    assert_eq!((code, found.write.is_none()), ("Mist.Locked", true));
    assert!(message.ends_with("and 2 runs wait already"), "{message}");
    assert_eq!(
        status(&look(&state, &two("bob"), at(NOW + 2))),
        "waiting for deploy by ada since 2026-01-02T03:04:05Z"
    );
}

#[test]
fn who_waited_in_vain_leaves_no_trace() {
    let mut state = queue(held_by("ada"), &["bob", "eve"]);
    state.lease.as_mut().unwrap().expires = NOW + 7200;
    let found = look(&state, &wish("bob", OnConflict::Queue), at(NOW + 3600));
    let (code, message) = refusal(&found);
    assert_eq!(code, "Mist.Locked");
    assert!(message.ends_with("waited 3600 s in vain"), "{message}");
    assert_eq!(waiting(&after(&found)), Vec::<&str>::new(), "the place of eve is over as well");
}

#[test]
fn a_newer_version_takes_the_place_of_one_that_prepares() {
    let found = look(&held_by("ada"), &wish("bob", OnConflict::Supersede), at(NOW + 1));
    assert_eq!(fence(&found), 2);
    let ada = Holder { run: "ada".to_owned(), fence: 1 };
    let error = after(&found).check_holder(&ada, NOW + 1).unwrap_err();
    assert_eq!(error.to_string(), "a newer release took the place of this one: deploy by bob");
}

#[test]
fn nobody_takes_the_place_of_one_that_moves_the_name() {
    let ada = Holder { run: "ada".to_owned(), fence: 1 };
    let state = held_by("ada").swapping(&ada, NOW, 900).unwrap();
    let found = look(&state, &wish("bob", OnConflict::Supersede), at(NOW + 1));
    assert_eq!(status(&found), "waiting for deploy by ada since 2026-01-02T03:04:05Z");
}

#[test]
fn only_a_deployment_takes_the_place_of_a_deployment() {
    for (holder, newcomer) in [("rollback", "deploy"), ("deploy", "rollback"), ("swap", "swap")] {
        let mut state = held_by("ada");
        state.lease.as_mut().unwrap().operation = holder.to_owned();
        let bob = Wish { operation: newcomer.to_owned(), ..wish("bob", OnConflict::Supersede) };
        status(&look(&state, &bob, at(NOW + 1)));
    }
}

#[test]
fn a_run_whose_place_was_taken_does_not_come_back() {
    let superseded = after(&look(&held_by("ada"), &wish("bob", OnConflict::Supersede), at(NOW)));
    for state in [superseded.without("bob").unwrap(), superseded] {
        let ada = look(&state, &wish("ada", OnConflict::Supersede), at(NOW + 1));
        assert_eq!((refusal(&ada).0, ada.write.is_none()), ("Mist.Superseded", true));
    }
}

#[test]
fn an_older_upload_comes_too_late() {
    let first = uploaded(NOW, wish("ada", OnConflict::Queue));
    let state = after(&look(&StackState::default(), &first, at(NOW)));
    assert_eq!(state.newest_upload, Some(at(NOW)));
    for state in [state.without("ada").unwrap(), state] {
        let older = uploaded(NOW - 1, wish("bob", OnConflict::Queue));
        assert_eq!(refusal(&look(&state, &older, at(NOW + 1))).0, "Mist.OlderUpload");
    }
}

#[test]
fn an_upload_that_waits_gives_way_to_a_newer_one_that_was_let_in() {
    let older = uploaded(NOW - 1, wish("bob", OnConflict::Queue));
    let state = after(&look(&held_by("ada"), &older, at(NOW)));
    let newer = uploaded(NOW, wish("eve", OnConflict::Supersede));
    let state = after(&look(&state, &newer, at(NOW + 1)));
    assert_eq!(waiting(&state), ["bob"]);
    let found = look(&state, &older, at(NOW + 2));
    assert_eq!(refusal(&found).0, "Mist.OlderUpload");
    assert_eq!(waiting(&after(&found)), Vec::<&str>::new(), "it leaves no trace");
}

#[test]
fn who_asks_for_a_version_by_hand_may_release_an_older_one() {
    let state = StackState { newest_upload: Some(at(NOW)), ..StackState::default() };
    let found = look(&state, &wish("ada", OnConflict::Reject), at(NOW + 1));
    assert_eq!(after(&found).newest_upload, Some(at(NOW)), "and uploads are compared as before");
}
