//! Stories of this operation.

use mist_core::{RecordRef, RecordType, record::AliasTarget};
use mist_testkit::{FakeDns, stack};
use serde_json::json;

use super::*;

const A: &str = "demo-qa-a.us-east-1.elasticbeanstalk.com";
const B: &str = "demo-qa-b.us-east-1.elasticbeanstalk.com";

fn given() -> FakeDns {
    FakeDns::leading(stack().unwrap().record(), A)
}

fn alias_to(target: &str) -> Record {
    Record {
        which: RecordRef { kind: RecordType::Alias, ..stack().unwrap().record() },
        target: target.to_owned(),
        ttl_seconds: None,
        alias: Some(AliasTarget { zone: "Z117KPS5GTRQ2G".to_owned(), evaluate_health: true }),
    }
}

/// Swaps from `from` to side B, with a TTL of 30 s.
async fn swap(dns: &FakeDns, from: &Record, change: Option<&Change>) -> Result<Response, Error> {
    let step = if change.is_some() { "confirm" } else { "move" };
    let request = json!({"from": from, "to": B, "ttlSeconds": 30, "step": step, "change": change});
    run(dns, serde_json::from_value(request).unwrap()).await
}

fn told(answer: Result<Response, Error>) -> String {
    match answer {
        Ok(response) => serde_json::to_string(&response).unwrap(),
        Err(error) => format!("{}: {error}", error.code()),
    }
}

#[tokio::test]
async fn makes_the_name_lead_to_the_other_side() {
    let dns = given();
    let from = dns.current().unwrap();
    insta::assert_snapshot!(told(swap(&dns, &from, None).await), @r#"{"from":"demo-qa-a.us-east-1.elasticbeanstalk.com","to":"demo-qa-b.us-east-1.elasticbeanstalk.com","change":{"id":"C1","status":"PENDING"}}"#);
    assert_eq!(dns.target().as_deref(), Some(B));
}

#[tokio::test]
async fn running_it_again_changes_nothing() {
    let dns = given();
    let from = dns.current().unwrap();
    swap(&dns, &from, None).await.unwrap();
    let after = dns.current();
    insta::assert_snapshot!(told(swap(&dns, &from, None).await), @r#"{"from":"demo-qa-b.us-east-1.elasticbeanstalk.com","to":"demo-qa-b.us-east-1.elasticbeanstalk.com","change":null}"#);
    assert_eq!(dns.current(), after);
}

#[tokio::test]
async fn a_name_that_leads_there_in_other_letters_is_left_alone() {
    let dns = given();
    let from = dns.current().unwrap();
    dns.point("Demo-QA-B.us-east-1.elasticbeanstalk.com.");
    let response = swap(&dns, &from, None).await.unwrap();
    assert_eq!(response.change, None);
    assert_eq!(dns.target().as_deref(), Some("Demo-QA-B.us-east-1.elasticbeanstalk.com."));
}

#[tokio::test]
async fn the_record_gets_the_ttl_of_the_configuration() {
    let dns = given();
    let from = Record { ttl_seconds: Some(3600), ..dns.current().unwrap() };
    let dns = FakeDns::with(from.clone());
    swap(&dns, &from, None).await.unwrap();
    assert_eq!(dns.current().unwrap().ttl_seconds, Some(30));
}

#[tokio::test]
async fn an_alias_keeps_its_zone_and_has_no_ttl() {
    let from = alias_to("Demo-QA-A.us-east-1.elasticbeanstalk.com.");
    let dns = FakeDns::with(from.clone());
    swap(&dns, &from, None).await.unwrap();
    assert_eq!(dns.current(), Some(alias_to(B)));
}

#[tokio::test]
async fn refuses_a_record_that_somebody_else_changed() {
    let dns = given();
    let from = dns.current().unwrap();
    dns.point("elsewhere.example.com");
    insta::assert_snapshot!(told(swap(&dns, &from, None).await), @"Mist.RecordChanged: `qa.mist.test` was changed by somebody else: it led to `demo-qa-a.us-east-1.elasticbeanstalk.com` with a TTL of 60 s and now leads to `elsewhere.example.com` with a TTL of 60 s");
    assert_eq!(dns.target().as_deref(), Some("elsewhere.example.com"));
}

#[tokio::test]
async fn refuses_a_record_that_somebody_else_changes_at_the_same_moment() {
    let dns = given();
    let from = dns.current().unwrap();
    dns.move_first("elsewhere.example.com");
    insta::assert_snapshot!(told(swap(&dns, &from, None).await), @"Mist.RecordChanged: `qa.mist.test` was changed by somebody else: it led to `demo-qa-a.us-east-1.elasticbeanstalk.com` with a TTL of 60 s and now leads to `elsewhere.example.com` with a TTL of 60 s");
    assert_eq!(dns.target().as_deref(), Some("elsewhere.example.com"));
}

#[tokio::test]
async fn refuses_a_record_that_somebody_else_gave_another_ttl() {
    let dns = given();
    let from = Record { ttl_seconds: Some(300), ..dns.current().unwrap() };
    let error = swap(&dns, &from, None).await.unwrap_err();
    assert_eq!(error.code(), "Mist.RecordChanged");
    assert_eq!(dns.target().as_deref(), Some(A));
}

#[tokio::test]
async fn refuses_a_record_that_is_gone() {
    let dns = given();
    let from = dns.current().unwrap();
    dns.delete();
    insta::assert_snapshot!(told(swap(&dns, &from, None).await), @"Mist.RecordMissing: there is no CNAME record `qa.mist.test` in hosted zone `Z1`");
    assert_eq!(dns.target(), None);
}

#[tokio::test]
async fn a_lost_answer_is_no_error_in_the_end() {
    let dns = given();
    let from = dns.current().unwrap();
    dns.lose_next_answer();
    insta::assert_snapshot!(told(swap(&dns, &from, None).await), @"Mist.ServiceUnavailable: route53 could not be reached or is at fault: no answer");
    let again = swap(&dns, &from, None).await.unwrap();
    assert_eq!((again.to.as_str(), again.change), (B, None));
    assert_eq!(dns.target().as_deref(), Some(B));
}

#[tokio::test]
async fn a_change_that_the_client_sent_twice_is_ours() {
    let dns = given();
    let from = dns.current().unwrap();
    dns.move_first(B);
    insta::assert_snapshot!(told(swap(&dns, &from, None).await), @r#"{"from":"demo-qa-a.us-east-1.elasticbeanstalk.com","to":"demo-qa-b.us-east-1.elasticbeanstalk.com","change":null}"#);
}

#[tokio::test]
async fn waits_until_all_name_servers_have_the_change() {
    let dns = given();
    let from = dns.current().unwrap();
    let change = swap(&dns, &from, None).await.unwrap().change;
    dns.stay_pending(1);
    insta::assert_snapshot!(told(swap(&dns, &from, change.as_ref()).await), @"Mist.NotReady: the change of `qa.mist.test` is not ready yet: pending");
    insta::assert_snapshot!(told(swap(&dns, &from, change.as_ref()).await), @r#"{"from":"demo-qa-a.us-east-1.elasticbeanstalk.com","to":"demo-qa-b.us-east-1.elasticbeanstalk.com","change":{"id":"C1","status":"INSYNC"}}"#);
}

async fn confirm(dns: &FakeDns, from: &Record) -> String {
    let request =
        json!({"from": from, "to": B, "ttlSeconds": 30, "step": "confirm", "change": null});
    told(run(dns, serde_json::from_value(request).unwrap()).await)
}

#[tokio::test]
async fn confirms_what_was_so_already() {
    let dns = given();
    let from = dns.current().unwrap();
    dns.point(B);
    insta::assert_snapshot!(confirm(&dns, &from).await, @r#"{"from":"demo-qa-a.us-east-1.elasticbeanstalk.com","to":"demo-qa-b.us-east-1.elasticbeanstalk.com","change":null}"#);
}

#[tokio::test]
async fn a_name_that_somebody_moved_back_is_not_confirmed_and_not_moved_again() {
    let dns = given();
    let from = dns.current().unwrap();
    insta::assert_snapshot!(confirm(&dns, &from).await, @"Mist.RecordChanged: `qa.mist.test` was changed by somebody else: it led to `demo-qa-b.us-east-1.elasticbeanstalk.com` and now leads to `demo-qa-a.us-east-1.elasticbeanstalk.com` with a TTL of 60 s");
    assert_eq!(dns.target().as_deref(), Some(A));
}
