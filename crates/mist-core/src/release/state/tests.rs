//! Tests of the state.

mod capacities;
mod holds;
mod items;
mod swaps;
mod waits;

use serde_json::json;

use super::*;

const NOW: i64 = 1_767_323_045;

/// A stack whose lock `execution` holds until [`NOW`] + [`LEASE_SECONDS`].
fn held_by(execution: &str) -> StackState {
    let lease = Lease {
        execution: execution.to_owned(),
        operation: "deploy".to_owned(),
        reason: format!("deploy v2 by {execution}"),
        since: Timestamp::UNIX_EPOCH,
        expires: NOW + LEASE_SECONDS,
        phase: Phase::Preparing,
        admitted: None,
        wait: None,
    };
    StackState { revision: 4, fence: 2, lease: Some(lease), ..StackState::default() }
}

fn holder(execution: &str, fence: u64) -> Holder {
    Holder { execution: execution.to_owned(), fence }
}

/// The execution that holds the lock of `held_by("ada")`.
fn ada() -> Holder {
    holder("ada", 2)
}

/// The end of `execution`, with the release that superseded it.
fn past(execution: &str, superseded_by: Option<&str>) -> Past {
    let superseded_by = superseded_by.map(str::to_owned);
    Past { execution: execution.to_owned(), at: NOW, superseded_by, timed_out: None }
}

fn lease(state: &StackState) -> &Lease {
    state.lease.as_ref().unwrap()
}

fn wait(token: &str) -> Wait {
    Wait::new(WaitKind::Health, &token.into(), Timestamp::UNIX_EPOCH, &json!({"seconds": 60}))
}

fn live(version: &str, since: i64) -> LiveSide {
    LiveSide {
        side: Side::B,
        environment: "shop-b".parse().unwrap(),
        version: Some(version.to_owned()),
        since,
        drained: since + 300,
        previous: Some("v1".to_owned()),
    }
}

#[test]
fn the_last_call_of_a_stopped_swap_notes_nothing_once_the_lock_is_free_or_that_of_another() {
    let past = vec![past("ada", None)];
    for lease in [None, held_by("bob").lease] {
        let state = StackState { past: past.clone(), fence: 3, lease, ..held_by("ada") };
        let error = state.went_live(&ada(), live("v2", NOW), NOW).unwrap_err();
        assert!(error.to_string().ends_with("the execution has ended"), "{error}");
    }
}

#[test]
fn the_newest_fields_of_an_item_are_read_as_they_were_written() {
    let queued = Queued {
        execution: "kim".to_owned(),
        operation: "deploy".to_owned(),
        reason: "deploy v4 by kim".to_owned(),
        since: Timestamp::UNIX_EPOCH,
        until: NOW,
        uploaded_at: Some(Timestamp::UNIX_EPOCH),
        needs_drained: false,
        token: "token of kim".into(),
    };
    let state = held_by("ada").admitted(&ada(), NOW * 1000, Some(wait("turn"))).unwrap();
    let state = StackState { queue: vec![queued], ..state };
    let item = serde_json::to_value(&state).unwrap();
    assert_eq!(item["queue"][0]["token"], "token of kim", "to end the wait with");
    assert_eq!(item["lease"]["wait"]["request"], r#"{"seconds":60}"#);
    assert_eq!(serde_json::from_value::<StackState>(item).unwrap(), state);
}
