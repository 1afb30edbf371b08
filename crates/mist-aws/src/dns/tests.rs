//! What Route 53's answers mean, and what it is asked to change.

mod reading;

use std::sync::{Arc, Mutex};

use aws_sdk_route53::{
    Client,
    types::{Change as SdkChange, ResourceRecord},
};
use aws_smithy_mocks::{MockResponse, Rule, RuleMode, mock, mock_client};
use aws_smithy_types::retry::RetryConfig;

use mist_core::dns::record::{AliasTarget, RecordKind};

use super::*;
use crate::wire::{answer, xml_error};

const A: &str = "Demo-QA-A.us-east-1.elasticbeanstalk.com.";
const B: &str = "demo-qa-b.us-east-1.elasticbeanstalk.com";

fn route53(rules: &[&Rule]) -> Route53 {
    let client = mock_client!(aws_sdk_route53, RuleMode::Sequential, rules, |config| config
        .retry_config(RetryConfig::disabled()));
    Route53::new(client)
}

fn which(kind: RecordKind) -> RecordRef {
    RecordRef { zone: "Z1".to_owned(), name: "qa.mist.test".parse().unwrap(), kind }
}

fn cname(target: &str, ttl_seconds: u32) -> Record {
    Record {
        which: which(RecordKind::Cname),
        target: target.to_owned(),
        ttl_seconds: Some(ttl_seconds),
        alias: None,
    }
}

fn alias(target: &str) -> Record {
    Record {
        which: which(RecordKind::A),
        target: target.to_owned(),
        ttl_seconds: None,
        alias: Some(AliasTarget { zone: "Z117KPS5GTRQ2G".to_owned(), evaluate_health: true }),
    }
}

fn cname_set(name: &str, ttl: u32, values: &[&str]) -> String {
    let value = |value| format!("<ResourceRecord><Value>{value}</Value></ResourceRecord>");
    let values = values.iter().map(value).collect::<Vec<_>>().concat();
    format!(
        "<ResourceRecordSet><Name>{name}</Name><Type>CNAME</Type><TTL>{ttl}</TTL>\
         <ResourceRecords>{values}</ResourceRecords></ResourceRecordSet>"
    )
}

fn weighted_set(id: &str) -> String {
    format!(
        "<ResourceRecordSet><Name>qa.mist.test.</Name><Type>CNAME</Type>\
         <SetIdentifier>{id}</SetIdentifier><Weight>1</Weight><TTL>60</TTL>\
         <ResourceRecords><ResourceRecord><Value>{A}</Value></ResourceRecord></ResourceRecords>\
         </ResourceRecordSet>"
    )
}

/// A zone that has `sets`.
fn listing(sets: &str) -> Rule {
    page(sets, "<IsTruncated>false</IsTruncated>")
}

/// A page of `sets`, with `end` after them.
fn page(sets: &str, end: &str) -> Rule {
    let body = format!(
        "<ListResourceRecordSetsResponse xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\">\
         <ResourceRecordSets>{sets}</ResourceRecordSets>{end}<MaxItems>300</MaxItems>\
         </ListResourceRecordSetsResponse>"
    );
    mock!(Client::list_resource_record_sets)
        .match_requests(|input| input.hosted_zone_id() == Some("Z1") && input.max_items().is_none())
        .then_http_response(move || answer(200, &[], body.clone()))
}

const ACCEPTED: &str = "<ChangeResourceRecordSetsResponse><ChangeInfo>\
    <Id>/change/C2682N5HXP0BZ4</Id><Status>PENDING</Status>\
    <SubmittedAt>2026-01-02T03:04:05Z</SubmittedAt></ChangeInfo></ChangeResourceRecordSetsResponse>";

fn told(error: &Error) -> String {
    format!("{}: {error}", error.code())
}

/// The batch for `moves`, one change per line.
async fn batch(moves: &[(Record, Record)]) -> String {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&asked);
    let rule = mock!(Client::change_resource_record_sets).then_compute_response(move |input| {
        *seen.lock().unwrap() = input.change_batch().unwrap().changes().to_vec();
        MockResponse::Http(answer(200, &[], ACCEPTED))
    });
    let change = route53(&[&rule]).replace(moves).await.unwrap();
    assert_eq!(change, Change { id: "C2682N5HXP0BZ4".to_owned() });
    let lines = asked.lock().unwrap();
    lines.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn line(change: &SdkChange) -> String {
    let set = change.resource_record_set().unwrap();
    let start = format!("{} {} {}", change.action(), set.r#type(), set.name());
    let Some(alias) = set.alias_target() else {
        let values: Vec<_> = set.resource_records().iter().map(ResourceRecord::value).collect();
        return format!("{start} -> {values:?} (TTL {:?})", set.ttl());
    };
    format!(
        "{start} -> {} (zone {}, health {}, TTL {:?}, values {})",
        alias.dns_name(),
        alias.hosted_zone_id(),
        alias.evaluate_target_health(),
        set.ttl(),
        set.resource_records().len()
    )
}

/// What comes of replacing `from` by `to` when Route 53 refuses the batch with `body`, and then has
/// `sets`.
async fn refused(from: &Record, to: &Record, body: &'static str, sets: &str) -> String {
    let refusal = mock!(Client::change_resource_record_sets)
        .then_http_response(move || answer(400, &[("content-type", "text/xml")], body));
    let moves = [(from.clone(), to.clone())];
    told(&route53(&[&refusal, &listing(sets)]).replace(&moves).await.unwrap_err())
}

const DELETE_REFUSED: &str = "<InvalidChangeBatch xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><Messages><Message>[Tried to delete resource record set [name='qa.mist.test.', type='CNAME'] but the values provided do not match the current values]</Message></Messages><RequestId>b25f48e8</RequestId></InvalidChangeBatch>";
const DELETE_REFUSED_OTHERWISE: &str = "<ErrorResponse xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><Error><Type>Sender</Type><Code>InvalidChangeBatch</Code><Message>[Tried to delete resource record set [name='qa.mist.test.', type='CNAME'] but it was not found]</Message></Error><RequestId>b25f48e8</RequestId></ErrorResponse>";

#[tokio::test]
async fn a_swap_deletes_exactly_what_was_read_and_creates_the_other_in_one_batch() {
    let from = cname(A, 300);
    insta::assert_snapshot!(batch(&[(from.clone(), from.pointing_to(B, 30))]).await, @r#"
    DELETE CNAME qa.mist.test -> ["Demo-QA-A.us-east-1.elasticbeanstalk.com."] (TTL Some(300))
    CREATE CNAME qa.mist.test -> ["demo-qa-b.us-east-1.elasticbeanstalk.com"] (TTL Some(30))
    "#);
}

#[tokio::test]
async fn a_swap_of_an_alias_keeps_all_but_its_target() {
    let from = alias(A);
    insta::assert_snapshot!(batch(&[(from.clone(), from.pointing_to(B, 30))]).await, @"
    DELETE A qa.mist.test -> Demo-QA-A.us-east-1.elasticbeanstalk.com. (zone Z117KPS5GTRQ2G, health true, TTL None, values 0)
    CREATE A qa.mist.test -> demo-qa-b.us-east-1.elasticbeanstalk.com (zone Z117KPS5GTRQ2G, health true, TTL None, values 0)
    ");
}

#[tokio::test]
async fn all_records_move_in_one_batch() {
    let twin = Record { which: which(RecordKind::Aaaa), ..alias(A) };
    let moves = [alias(A), twin].map(|from| (from.clone(), from.pointing_to(B, 30)));
    insta::assert_snapshot!(batch(&moves).await, @"
    DELETE A qa.mist.test -> Demo-QA-A.us-east-1.elasticbeanstalk.com. (zone Z117KPS5GTRQ2G, health true, TTL None, values 0)
    CREATE A qa.mist.test -> demo-qa-b.us-east-1.elasticbeanstalk.com (zone Z117KPS5GTRQ2G, health true, TTL None, values 0)
    DELETE AAAA qa.mist.test -> Demo-QA-A.us-east-1.elasticbeanstalk.com. (zone Z117KPS5GTRQ2G, health true, TTL None, values 0)
    CREATE AAAA qa.mist.test -> demo-qa-b.us-east-1.elasticbeanstalk.com (zone Z117KPS5GTRQ2G, health true, TTL None, values 0)
    ");
}

#[tokio::test]
async fn a_refused_batch_shows_the_current_target_of_the_record() {
    let from = cname(A, 60);
    let to = from.pointing_to(B, 60);
    let elsewhere = cname_set("qa.mist.test.", 60, &["elsewhere.example.com"]);
    for body in [DELETE_REFUSED, DELETE_REFUSED_OTHERWISE] {
        assert_eq!(
            refused(&from, &to, body, &elsewhere).await,
            format!(
                "Mist.RecordChanged: record `qa.mist.test` was changed outside of this release: \
                 it pointed to `{A}` with a TTL of 60 s and now points to \
                 `elsewhere.example.com` with a TTL of 60 s; release again"
            )
        );
    }
}

#[tokio::test]
async fn a_refused_batch_names_a_deleted_record() {
    let from = cname(A, 60);
    let to = from.pointing_to(B, 60);
    insta::assert_snapshot!(refused(&from, &to, DELETE_REFUSED_OTHERWISE, "").await, @"Mist.RecordChanged: record `qa.mist.test` was changed outside of this release: it pointed to `Demo-QA-A.us-east-1.elasticbeanstalk.com.` with a TTL of 60 s and now points to nothing; release again");
}

#[tokio::test]
async fn a_refused_batch_without_a_change_shows_the_message_of_route_53() {
    let from = cname(A, 60);
    let to = from.pointing_to(B, 60);
    let body = "<ErrorResponse><Error><Type>Sender</Type><Code>InvalidChangeBatch</Code>\
        <Message>[RRSet of type CNAME with DNS name qa.mist.test. is not permitted]</Message>\
        </Error></ErrorResponse>";
    let same = cname_set("qa.mist.test.", 60, &[A]);
    insta::assert_snapshot!(refused(&from, &to, DELETE_REFUSED, &same).await, @"Mist.ServiceFailed: route53 failed: InvalidChangeBatch: [Tried to delete resource record set [name='qa.mist.test.', type='CNAME'] but the values provided do not match the current values]");
    insta::assert_snapshot!(refused(&from, &to, body, &same).await, @"Mist.ServiceFailed: route53 failed: InvalidChangeBatch: [RRSet of type CNAME with DNS name qa.mist.test. is not permitted]");
}

#[tokio::test]
async fn a_busy_zone_throttles_the_request() {
    let rule = mock!(Client::change_resource_record_sets).then_http_response(|| {
        xml_error(
            400,
            "PriorRequestNotComplete",
            "The request was rejected because Route 53 was still processing a prior request.",
        )
    });
    let from = cname(A, 60);
    let error =
        route53(&[&rule]).replace(&[(from.clone(), from.pointing_to(B, 60))]).await.unwrap_err();
    assert_eq!(error.code(), "Mist.Throttled");
}
