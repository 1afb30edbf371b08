//! What is live, as the state of the stack has it.

use std::time::Duration;

use mist_core::{
    release::{
        lock::{self, EndedBy},
        state::{LEASE_SECONDS, LiveSide, Phase},
    },
    stack::side::Side,
};

use super::*;

fn live_since(since: i64) -> LiveSide {
    let live = mist_testkit::live(Side::B, "v2", Some("v1")).unwrap();
    LiveSide { since, drained: since + 120, ..live }
}

/// The execution of `ada` is stopped.
fn stop(ports: &Fakes) {
    let stopped = lock::end(&state(ports), "ada", EndedBy::StepFunctions, ports.clock.now());
    ports.locks.put("QA", stopped.next.unwrap());
}

#[tokio::test]
async fn a_swap_notes_what_is_live_and_until_when_dns_caches_keep_the_old_target() {
    let ports = given();
    swap(&ports, &planned(&ports)).await.unwrap();
    assert_eq!(state(&ports).live, Some(live_since(START)));
}

#[tokio::test]
async fn the_times_are_those_of_the_first_call() {
    let ports = given();
    let from = planned(&ports);
    swap(&ports, &from).await.unwrap();
    ports.clock.advance(Duration::from_secs(30));
    swap(&ports, &from).await.unwrap();
    assert_eq!(state(&ports).live, Some(live_since(START)));
}

#[tokio::test]
async fn a_retry_that_finds_the_record_moved_notes_what_is_live() {
    let ports = given();
    let from = planned(&ports);
    ports.dns.lose_next_answer();
    swap(&ports, &from).await.unwrap_err();
    assert_eq!(state(&ports).live, None);
    ports.clock.advance(Duration::from_secs(2));
    swap(&ports, &from).await.unwrap();
    assert_eq!(state(&ports).live, Some(live_since(START + 2)));
}

#[tokio::test]
async fn the_lock_cannot_be_superseded_before_the_record_moves() {
    let ports = given();
    ports.dns.move_first("elsewhere.example.com");
    swap(&ports, &planned(&ports)).await.unwrap_err();
    assert_eq!(state(&ports).lease.unwrap().phase, Phase::Swapping);
    assert_eq!(state(&ports).live, None);
}

#[tokio::test]
async fn a_swap_renews_its_lease() {
    let ports = given();
    ports.clock.advance(Duration::from_mins(5));
    swap(&ports, &planned(&ports)).await.unwrap();
    let lease = state(&ports).lease.unwrap();
    assert_eq!((lease.phase, lease.expires), (Phase::Swapping, START + 300 + LEASE_SECONDS));
}

#[tokio::test]
async fn the_last_call_of_a_stopped_execution_notes_what_is_live() {
    let ports = given();
    let from = planned(&ports);
    ports.dns.lose_next_answer();
    swap(&ports, &from).await.unwrap_err();
    stop(&ports);
    let expires = state(&ports).lease.unwrap().expires;
    swap(&ports, &from).await.unwrap();
    assert_eq!(state(&ports).live, Some(live_since(START)));
    assert_eq!(state(&ports).lease.unwrap().expires, expires, "the lock is free soon");
}

#[tokio::test]
async fn a_stopped_execution_moves_nothing() {
    let ports = given();
    stop(&ports);
    insta::assert_snapshot!(outcome(swap(&ports, &planned(&ports)).await), @"Mist.LockLost: this execution no longer holds the lock of the stack: the execution has ended");
    assert_eq!(ports.dns.target().as_deref(), Some(A));
}
