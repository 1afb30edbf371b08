//! Stories of this operation.

use std::time::Duration;

use mist_core::{RecordRef, RecordType, StackState, lock, record::AliasTarget};
use mist_testkit::{FakeBeanstalk, FakeClock, FakeDns, FakeLedger, START, environment, stack};
use serde_json::{Value, json};

use super::*;

const A: &str = "demo-qa-a.us-east-1.elasticbeanstalk.com";
const B: &str = "demo-qa-b.us-east-1.elasticbeanstalk.com";

type Fakes = World<FakeDns, FakeBeanstalk, FakeLedger, FakeClock>;

/// Side A is live, side B runs `v2`, and `ada` has the lock.
fn given() -> Fakes {
    World {
        dns: FakeDns::leading(stack().unwrap().record(), A),
        beanstalk: FakeBeanstalk::with([environment("Demo-QA-B", "v2")]),
        ledger: FakeLedger::with("QA", held_by("ada", &StackState::default())),
        clock: FakeClock::default(),
    }
}

/// The state in which `run` has taken the lock, from whoever had it.
fn held_by(run: &str, state: &StackState) -> StackState {
    let now = Timestamp::from_second(START).unwrap();
    let settings = mist_core::LockSettings {
        on_conflict: mist_core::OnConflict::Supersede,
        ..mist_core::LockSettings::default()
    };
    let wish = lock::Wish {
        stack: "QA".to_owned(),
        run: run.to_owned(),
        operation: "deploy".to_owned(),
        reason: format!("deploy v2 by {run}"),
        uploaded_at: None,
        since: now,
        lease_seconds: 600,
        settings,
    };
    lock::look(state, &wish, now).write.unwrap()
}

fn alias_to(target: &str) -> Record {
    Record {
        which: RecordRef { kind: RecordType::Alias, ..stack().unwrap().record() },
        target: target.to_owned(),
        ttl_seconds: None,
        alias: Some(AliasTarget { zone: "Z117KPS5GTRQ2G".to_owned(), evaluate_health: true }),
    }
}

/// Does `step` of a swap from `from` to side B, with a TTL of 30 s.
async fn ask(world: &Fakes, from: &Record, step: Value) -> Result<Response, Error> {
    let request = json!({
        "stack": "QA",
        "holder": {"run": "ada", "fence": 1},
        "from": from,
        "to": B,
        "ttlSeconds": 30,
        "step": step,
    });
    run(world, serde_json::from_value(request).unwrap()).await
}

/// Swaps from `from` to side B, or looks how `change` does.
async fn swap(world: &Fakes, from: &Record, change: Option<&Change>) -> Result<Response, Error> {
    let step = match change {
        Some(change) => json!({"confirm": {"change": change}}),
        None => json!({"move": {
            "environment": "Demo-QA-B",
            "version": "v2",
            "updated": Timestamp::from_second(START).unwrap(),
            "allowedHealth": ["Ok", "Info"],
        }}),
    };
    ask(world, from, step).await
}

fn told(answer: Result<Response, Error>) -> String {
    match answer {
        Ok(response) => serde_json::to_string(&response).unwrap(),
        Err(error) => format!("{}: {error}", error.code()),
    }
}

#[tokio::test]
async fn makes_the_name_lead_to_the_other_side() {
    let world = given();
    let from = world.dns.current().unwrap();
    insta::assert_snapshot!(told(swap(&world, &from, None).await), @r#"{"from":"demo-qa-a.us-east-1.elasticbeanstalk.com","to":"demo-qa-b.us-east-1.elasticbeanstalk.com","record":{"which":{"zone":"Z1","name":"qa.mist.test","type":"CNAME"},"target":"demo-qa-b.us-east-1.elasticbeanstalk.com","ttlSeconds":30,"alias":null},"change":{"id":"C1","status":"PENDING"}}"#);
    assert_eq!(world.dns.target().as_deref(), Some(B));
}

#[tokio::test]
async fn running_it_again_changes_nothing() {
    let world = given();
    let from = world.dns.current().unwrap();
    swap(&world, &from, None).await.unwrap();
    let after = world.dns.current();
    insta::assert_snapshot!(told(swap(&world, &from, None).await), @r#"{"from":"demo-qa-b.us-east-1.elasticbeanstalk.com","to":"demo-qa-b.us-east-1.elasticbeanstalk.com","record":{"which":{"zone":"Z1","name":"qa.mist.test","type":"CNAME"},"target":"demo-qa-b.us-east-1.elasticbeanstalk.com","ttlSeconds":30,"alias":null},"change":null}"#);
    assert_eq!(world.dns.current(), after);
}

#[tokio::test]
async fn a_name_that_leads_there_in_other_letters_is_left_alone() {
    let world = given();
    let from = world.dns.current().unwrap();
    world.dns.point("Demo-QA-B.us-east-1.elasticbeanstalk.com.");
    let response = swap(&world, &from, None).await.unwrap();
    assert_eq!(response.change, None);
    assert_eq!(world.dns.target().as_deref(), Some("Demo-QA-B.us-east-1.elasticbeanstalk.com."));
}

#[tokio::test]
async fn the_record_gets_the_ttl_of_the_configuration() {
    let world = given();
    let from = Record { ttl_seconds: Some(3600), ..world.dns.current().unwrap() };
    let world = World { dns: FakeDns::with(from.clone()), ..given() };
    swap(&world, &from, None).await.unwrap();
    assert_eq!(world.dns.current().unwrap().ttl_seconds, Some(30));
}

#[tokio::test]
async fn an_alias_keeps_its_zone_and_has_no_ttl() {
    let from = alias_to("Demo-QA-A.us-east-1.elasticbeanstalk.com.");
    let world = World { dns: FakeDns::with(from.clone()), ..given() };
    swap(&world, &from, None).await.unwrap();
    assert_eq!(world.dns.current(), Some(alias_to(B)));
}

#[tokio::test]
async fn refuses_a_record_that_somebody_else_changed() {
    let world = given();
    let from = world.dns.current().unwrap();
    world.dns.point("elsewhere.example.com");
    insta::assert_snapshot!(told(swap(&world, &from, None).await), @"Mist.RecordChanged: `qa.mist.test` was changed by somebody else: it led to `demo-qa-a.us-east-1.elasticbeanstalk.com` with a TTL of 60 s and now leads to `elsewhere.example.com` with a TTL of 60 s");
    assert_eq!(world.dns.target().as_deref(), Some("elsewhere.example.com"));
}

#[tokio::test]
async fn refuses_a_record_that_somebody_else_changes_at_the_same_moment() {
    let world = given();
    let from = world.dns.current().unwrap();
    world.dns.move_first("elsewhere.example.com");
    insta::assert_snapshot!(told(swap(&world, &from, None).await), @"Mist.RecordChanged: `qa.mist.test` was changed by somebody else: it led to `demo-qa-a.us-east-1.elasticbeanstalk.com` with a TTL of 60 s and now leads to `elsewhere.example.com` with a TTL of 60 s");
    assert_eq!(world.dns.target().as_deref(), Some("elsewhere.example.com"));
}

#[tokio::test]
async fn refuses_a_record_that_somebody_else_gave_another_ttl() {
    let world = given();
    let from = Record { ttl_seconds: Some(300), ..world.dns.current().unwrap() };
    let error = swap(&world, &from, None).await.unwrap_err();
    assert_eq!(error.code(), "Mist.RecordChanged");
    assert_eq!(world.dns.target().as_deref(), Some(A));
}

#[tokio::test]
async fn refuses_a_record_that_is_gone() {
    let world = given();
    let from = world.dns.current().unwrap();
    world.dns.delete();
    insta::assert_snapshot!(told(swap(&world, &from, None).await), @"Mist.RecordMissing: there is no CNAME record `qa.mist.test` in hosted zone `Z1`");
    assert_eq!(world.dns.target(), None);
}

#[tokio::test]
async fn a_lost_answer_is_no_error_in_the_end() {
    let world = given();
    let from = world.dns.current().unwrap();
    world.dns.lose_next_answer();
    insta::assert_snapshot!(told(swap(&world, &from, None).await), @"Mist.ServiceUnavailable: route53 could not be reached or is at fault: no answer");
    let again = swap(&world, &from, None).await.unwrap();
    assert_eq!((again.to.as_str(), again.change), (B, None));
    assert_eq!(world.dns.target().as_deref(), Some(B));
}

#[tokio::test]
async fn a_change_that_the_client_sent_twice_is_ours() {
    let world = given();
    let from = world.dns.current().unwrap();
    world.dns.move_first(B);
    insta::assert_snapshot!(told(swap(&world, &from, None).await), @r#"{"from":"demo-qa-a.us-east-1.elasticbeanstalk.com","to":"demo-qa-b.us-east-1.elasticbeanstalk.com","record":{"which":{"zone":"Z1","name":"qa.mist.test","type":"CNAME"},"target":"demo-qa-b.us-east-1.elasticbeanstalk.com","ttlSeconds":30,"alias":null},"change":null}"#);
}

#[tokio::test]
async fn waits_until_all_name_servers_have_the_change() {
    let world = given();
    let from = world.dns.current().unwrap();
    let change = swap(&world, &from, None).await.unwrap().change;
    world.dns.stay_pending(1);
    insta::assert_snapshot!(told(swap(&world, &from, change.as_ref()).await), @"Mist.NotReady: the change of `qa.mist.test` is not ready yet: pending");
    insta::assert_snapshot!(told(swap(&world, &from, change.as_ref()).await), @r#"{"from":"demo-qa-a.us-east-1.elasticbeanstalk.com","to":"demo-qa-b.us-east-1.elasticbeanstalk.com","record":{"which":{"zone":"Z1","name":"qa.mist.test","type":"CNAME"},"target":"demo-qa-b.us-east-1.elasticbeanstalk.com","ttlSeconds":30,"alias":null},"change":{"id":"C1","status":"INSYNC"}}"#);
}

async fn confirm(world: &Fakes, from: &Record) -> String {
    told(ask(world, from, json!({"confirm": {"change": null}})).await)
}

#[tokio::test]
async fn confirms_what_was_so_already() {
    let world = given();
    let from = world.dns.current().unwrap();
    world.dns.point(B);
    insta::assert_snapshot!(confirm(&world, &from).await, @r#"{"from":"demo-qa-a.us-east-1.elasticbeanstalk.com","to":"demo-qa-b.us-east-1.elasticbeanstalk.com","record":{"which":{"zone":"Z1","name":"qa.mist.test","type":"CNAME"},"target":"demo-qa-b.us-east-1.elasticbeanstalk.com","ttlSeconds":60,"alias":null},"change":null}"#);
}

#[tokio::test]
async fn a_name_that_somebody_moved_on_is_not_confirmed_and_not_moved_again() {
    let world = given();
    let from = world.dns.current().unwrap();
    insta::assert_snapshot!(confirm(&world, &from).await, @"Mist.NotReady: `qa.mist.test` is not ready yet: still leads to `demo-qa-a.us-east-1.elasticbeanstalk.com`");
    world.dns.point("elsewhere.example.com");
    insta::assert_snapshot!(confirm(&world, &from).await, @"Mist.RecordChanged: `qa.mist.test` was changed by somebody else: it led to `demo-qa-b.us-east-1.elasticbeanstalk.com` and now leads to `elsewhere.example.com` with a TTL of 60 s");
    assert_eq!(world.dns.target().as_deref(), Some("elsewhere.example.com"));
}

/// Why a swap is refused, after which the name leads where it did.
async fn refused(world: &Fakes) -> String {
    let from = world.dns.current().unwrap();
    let told = told(swap(world, &from, None).await);
    assert_eq!(world.dns.target().as_deref(), Some(A));
    told
}

#[tokio::test]
async fn a_target_that_changed_after_it_was_made_ready_does_not_go_live() {
    let world = given();
    world.beanstalk.change("Demo-QA-B", |it| it.version = Some("v3".to_owned()));
    insta::assert_snapshot!(refused(&world).await, @"Mist.TargetChanged: `Demo-QA-B` is no longer as it was made ready: it ran `v2`, and runs `v3` now");
    let world = given();
    let later = Timestamp::from_second(START + 90).ok();
    world.beanstalk.change("Demo-QA-B", |it| it.updated = later);
    insta::assert_snapshot!(refused(&world).await, @"Mist.TargetChanged: `Demo-QA-B` is no longer as it was made ready: it was updated at 2026-01-02T03:05:35Z");
    world.beanstalk.change("Demo-QA-B", |it| it.status = EnvironmentStatus::Updating);
    insta::assert_snapshot!(refused(&world).await, @"Mist.TargetChanged: `Demo-QA-B` is no longer as it was made ready: it is Updating");
    world.beanstalk.remove("Demo-QA-B");
    insta::assert_snapshot!(refused(&world).await, @"Mist.EnvironmentMissing: Beanstalk has no environment `Demo-QA-B`");
}

#[tokio::test]
async fn a_target_that_turned_unhealthy_does_not_go_live() {
    let world = given();
    world.beanstalk.change("Demo-QA-B", |it| it.health.status = Some("Severe".to_owned()));
    insta::assert_snapshot!(refused(&world).await, @"Mist.TargetNotHealthy: environment `Demo-QA-B` cannot go live: it is Ready and its health is Green (Severe)");
}

#[tokio::test]
async fn a_run_without_the_lock_moves_nothing() {
    let world = given();
    world.ledger.put("QA", held_by("bob", &world.ledger.current("QA")));
    insta::assert_snapshot!(refused(&world).await, @"Mist.Superseded: a newer release took the place of this one: deploy v2 by bob");
    world.ledger.put("QA", StackState::default());
    insta::assert_snapshot!(refused(&world).await, @"Mist.LockLost: this run no longer has the lock of the stack: nobody holds it");
    let world = given();
    world.clock.advance(Duration::from_mins(10));
    insta::assert_snapshot!(refused(&world).await, @"Mist.LockLost: this run no longer has the lock of the stack: nobody holds it");
}

#[tokio::test]
async fn nobody_takes_the_lock_of_a_run_that_moves_the_name() {
    let world = given();
    let from = world.dns.current().unwrap();
    swap(&world, &from, None).await.unwrap();
    let lease = world.ledger.current("QA").lease.unwrap();
    assert_eq!(lease.phase, mist_core::ledger::Phase::Swapping);
    assert_eq!(lease.expires, START + LEASE_SECONDS);
}

#[tokio::test]
async fn a_lock_that_somebody_queues_for_at_the_same_moment_is_looked_at_again() {
    let world = given();
    let state = world.ledger.current("QA");
    world.ledger.write_first(StackState { revision: state.revision + 1, ..state });
    let from = world.dns.current().unwrap();
    assert!(swap(&world, &from, None).await.is_ok());
}
