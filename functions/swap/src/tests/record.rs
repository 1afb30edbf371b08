//! The record: it moves once, and only from where it was.

use mist_core::dns::record::{AliasTarget, RecordRef, RecordType};

use super::*;

fn alias_to(target: &str) -> Record {
    Record {
        which: RecordRef { kind: RecordType::Alias, ..stack().unwrap().record() },
        target: target.to_owned(),
        ttl_seconds: None,
        alias: Some(AliasTarget { zone: "Z117KPS5GTRQ2G".to_owned(), evaluate_health: true }),
    }
}

#[tokio::test]
async fn the_record_points_to_the_other_environment() {
    let ports = given();
    let from = planned(&ports);
    insta::assert_snapshot!(outcome(swap(&ports, &from).await), @r#"{"from":"demo-qa-a.us-east-1.elasticbeanstalk.com","to":"demo-qa-b.us-east-1.elasticbeanstalk.com","record":{"which":{"zone":"Z1","name":"qa.mist.test","type":"CNAME"},"target":"demo-qa-b.us-east-1.elasticbeanstalk.com","ttlSeconds":30,"alias":null},"change":{"id":"C1"}}"#);
    assert_eq!(ports.dns.target().as_deref(), Some(B));
}

#[tokio::test]
async fn swapping_again_changes_nothing() {
    let ports = given();
    let from = planned(&ports);
    swap(&ports, &from).await.unwrap();
    let after = (ports.dns.current(), state(&ports));
    insta::assert_snapshot!(outcome(swap(&ports, &from).await), @r#"{"from":"demo-qa-b.us-east-1.elasticbeanstalk.com","to":"demo-qa-b.us-east-1.elasticbeanstalk.com","record":{"which":{"zone":"Z1","name":"qa.mist.test","type":"CNAME"},"target":"demo-qa-b.us-east-1.elasticbeanstalk.com","ttlSeconds":30,"alias":null},"change":null}"#);
    assert_eq!((ports.dns.current(), state(&ports)), after);
}

#[tokio::test]
async fn a_record_that_points_there_in_other_letters_is_left_alone() {
    let ports = given();
    let from = planned(&ports);
    ports.dns.point("Demo-QA-B.us-east-1.elasticbeanstalk.com.");
    let response = swap(&ports, &from).await.unwrap();
    assert_eq!(response.change, None);
    assert_eq!(ports.dns.target().as_deref(), Some("Demo-QA-B.us-east-1.elasticbeanstalk.com."));
}

#[tokio::test]
async fn the_record_gets_the_ttl_of_the_configuration() {
    let from = Record { ttl_seconds: Some(3600), ..planned(&given()) };
    let ports = Ports { dns: FakeDns::with(from.clone()), ..given() };
    swap(&ports, &from).await.unwrap();
    assert_eq!(ports.dns.current().unwrap().ttl_seconds, Some(30));
}

#[tokio::test]
async fn an_alias_keeps_its_zone_and_has_no_ttl() {
    let from = alias_to("Demo-QA-A.us-east-1.elasticbeanstalk.com.");
    let ports = Ports { dns: FakeDns::with(from.clone()), ..given() };
    swap(&ports, &from).await.unwrap();
    assert_eq!(ports.dns.current(), Some(alias_to(B)));
}

#[tokio::test]
async fn a_record_that_was_changed_without_mist_is_left_alone() {
    let ports = given();
    let from = planned(&ports);
    ports.dns.point("elsewhere.example.com");
    insta::assert_snapshot!(outcome(swap(&ports, &from).await), @"Mist.RecordChanged: record `qa.mist.test` was changed outside of this release: it pointed to `demo-qa-a.us-east-1.elasticbeanstalk.com` with a TTL of 60 s and now points to `elsewhere.example.com` with a TTL of 60 s; release again");
    assert_eq!(ports.dns.target().as_deref(), Some("elsewhere.example.com"));
}

#[tokio::test]
async fn a_record_that_changes_at_the_same_moment_is_left_alone() {
    let ports = given();
    let from = planned(&ports);
    ports.dns.move_first("elsewhere.example.com");
    insta::assert_snapshot!(outcome(swap(&ports, &from).await), @"Mist.RecordChanged: record `qa.mist.test` was changed outside of this release: it pointed to `demo-qa-a.us-east-1.elasticbeanstalk.com` with a TTL of 60 s and now points to `elsewhere.example.com` with a TTL of 60 s; release again");
    assert_eq!(ports.dns.target().as_deref(), Some("elsewhere.example.com"));
}

#[tokio::test]
async fn a_record_that_got_another_ttl_is_left_alone() {
    let ports = given();
    let from = Record { ttl_seconds: Some(300), ..planned(&ports) };
    let error = swap(&ports, &from).await.unwrap_err();
    assert_eq!(error.code(), "Mist.RecordChanged");
    assert_eq!(ports.dns.target().as_deref(), Some(A));
}

#[tokio::test]
async fn a_record_that_is_gone_is_not_made_again() {
    let ports = given();
    let from = planned(&ports);
    ports.dns.delete();
    insta::assert_snapshot!(outcome(swap(&ports, &from).await), @"Mist.RecordMissing: hosted zone `Z1` has no CNAME record `qa.mist.test`; create it, pointing to the environment that is to be live");
    assert_eq!(ports.dns.target(), None);
}

#[tokio::test]
async fn a_lost_answer_is_no_error_in_the_end() {
    let ports = given();
    let from = planned(&ports);
    ports.dns.lose_next_answer();
    insta::assert_snapshot!(outcome(swap(&ports, &from).await), @"Mist.ServiceUnavailable: route53 is unavailable: no answer");
    let again = swap(&ports, &from).await.unwrap();
    assert_eq!((again.to.as_str(), again.change), (B, None));
    assert_eq!(ports.dns.target().as_deref(), Some(B));
}

#[tokio::test]
async fn a_change_that_the_client_sent_twice_is_ours() {
    let ports = given();
    let from = planned(&ports);
    ports.dns.move_first(B);
    insta::assert_snapshot!(outcome(swap(&ports, &from).await), @r#"{"from":"demo-qa-a.us-east-1.elasticbeanstalk.com","to":"demo-qa-b.us-east-1.elasticbeanstalk.com","record":{"which":{"zone":"Z1","name":"qa.mist.test","type":"CNAME"},"target":"demo-qa-b.us-east-1.elasticbeanstalk.com","ttlSeconds":30,"alias":null},"change":null}"#);
    assert!(state(&ports).live.is_some());
}
