//! Tests of the item in the table.

use super::*;

#[test]
fn an_item_of_an_older_mist_is_read() {
    let state: StackState = serde_json::from_value(json!({
        "revision": 7,
        "fence": 3,
        "lease": {
            "run": "arn:ada", "operation": "deploy", "reason": "deploy v2 by ada",
            "since": "2026-01-02T03:04:05Z", "expires": NOW + 60, "phase": "swapping",
        },
        "waiting": [{
            "run": "arn:bob", "reason": "deploy v3 by bob",
            "since": "2026-01-02T03:04:05Z", "expires": NOW + 120,
        }],
        "superseded": { "run": "arn:eve", "by": "deploy v2 by ada" },
        "newestUpload": "2026-01-02T03:00:00Z",
        "live": {
            "side": "A", "environment": "shop-a", "version": "v1",
            "since": NOW - 9000, "drained": NOW - 8000, "previous": null,
        },
    }))
    .unwrap();
    assert_eq!((state.revision, state.fence), (7, 3));
    assert_eq!((state.queue.len(), state.past.len()), (0, 0), "it waits in no queue of ours");
    let lease = state.lease_of(&holder("arn:ada", 3)).unwrap();
    assert_eq!((lease.phase, lease.admitted, &lease.wait), (Phase::Swapping, None, &None));
    assert!(state.newest_upload.is_some() && state.live.is_some());
}

#[test]
fn a_state_is_read_as_it_was_written() {
    let state = held_by("ada").parked(&ada(), wait("parked"), NOW).unwrap();
    let state = state.went_live(&ada(), live("v2", NOW), NOW).unwrap().unwrap();
    let state = StackState {
        past: vec![past("bob", Some("deploy v2 by ada")), past("eve", None)],
        newest_upload: Some(Timestamp::UNIX_EPOCH),
        ..state
    };
    let written = serde_json::to_value(&state).unwrap();
    assert_eq!(serde_json::from_value::<StackState>(written).unwrap(), state);
}

#[test]
fn the_state_of_a_stack_without_releases_is_small() {
    let written = serde_json::to_value(StackState::default()).unwrap();
    assert_eq!(written, json!({ "revision": 0, "fence": 0 }));
}
