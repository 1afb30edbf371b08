//! Tests of the passing of time.

use super::*;
use serde_json::Value;

#[test]
fn the_queue_moves_on_when_the_lease_expires() {
    let state = queue(held_by("ada"), &["bob", "eve"]);
    assert_eq!(tick(&state, "QA", at(NOW + LEASE_SECONDS - 1)).next, None);
    let outcome = tick(&state, "QA", at(NOW + LEASE_SECONDS));
    assert_eq!(resumed(&outcome), [("token of bob", "Mist.NotReady")]);
    let next = after(&outcome);
    assert_eq!((holds(&next), queued(&next), next.fence), (Some("bob"), vec!["eve"], 2));
}

#[test]
fn a_release_that_waits_for_its_slot_is_called_again_when_the_slot_comes() {
    let wait = |kind| Wait::new(kind, &"parked".into(), at(NOW), &Value::Null);
    let turn = NOW * 1000 + 2500;
    let waits = |kind| held_by("ada").admitted(&holder("ada", 1), turn, Some(wait(kind))).unwrap();
    let state = waits(WaitKind::Admission);
    assert_eq!(resumed(&tick(&state, "QA", at(NOW + 2))), []);
    let due = Timestamp::from_millisecond(turn).unwrap();
    let outcome = tick(&state, "QA", due);
    assert_eq!(resumed(&outcome), [("parked", "Mist.NotReady")]);
    assert_eq!(outcome.next, None, "it is called until it notes that it is there");
    assert_eq!(resumed(&tick(&waits(WaitKind::Health), "QA", due)), []);
}
