//! What Route 53's answers mean, and what it is asked to change.

use std::sync::{Arc, Mutex};

use aws_sdk_route53::Client;
use aws_smithy_mocks::{MockResponse, Rule, RuleMode, mock, mock_client};
use aws_smithy_types::retry::RetryConfig;

use super::*;
use crate::wire::{answer, xml_error};

const A: &str = "Demo-QA-A.us-east-1.elasticbeanstalk.com.";
const B: &str = "demo-qa-b.us-east-1.elasticbeanstalk.com";

fn route53(rules: &[&Rule]) -> Route53 {
    let client = mock_client!(aws_sdk_route53, RuleMode::Sequential, rules, |config| config
        .retry_config(RetryConfig::disabled()));
    Route53::new(client)
}

fn which(kind: RecordType) -> RecordRef {
    RecordRef { zone: "Z1".to_owned(), name: "qa.mist.test".parse().unwrap(), kind }
}

fn cname(target: &str, ttl_seconds: u32) -> Record {
    Record {
        which: which(RecordType::Cname),
        target: target.to_owned(),
        ttl_seconds: Some(ttl_seconds),
        alias: None,
    }
}

fn alias(target: &str) -> Record {
    Record {
        which: which(RecordType::Alias),
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

/// A zone that has `sets` from the stack's name on.
fn listing(sets: &str) -> Rule {
    let body = format!(
        "<ListResourceRecordSetsResponse xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\">\
         <ResourceRecordSets>{sets}</ResourceRecordSets><IsTruncated>false</IsTruncated>\
         <MaxItems>2</MaxItems></ListResourceRecordSetsResponse>"
    );
    mock!(Client::list_resource_record_sets)
        .match_requests(|input| {
            input.hosted_zone_id() == Some("Z1")
                && input.start_record_name() == Some("qa.mist.test")
        })
        .then_http_response(move || answer(200, &[], body.clone()))
}

const ACCEPTED: &str = "<ChangeResourceRecordSetsResponse><ChangeInfo>\
    <Id>/change/C2682N5HXP0BZ4</Id><Status>PENDING</Status>\
    <SubmittedAt>2026-01-02T03:04:05Z</SubmittedAt></ChangeInfo></ChangeResourceRecordSetsResponse>";

async fn read(kind: RecordType, sets: &str) -> Result<Record, Error> {
    route53(&[&listing(sets)]).record(&which(kind)).await
}

fn told(error: &Error) -> String {
    format!("{}: {error}", error.code())
}

/// The batch that replaces `from` by `to`, one change per line.
async fn batch(from: &Record, to: &Record) -> String {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&asked);
    let rule = mock!(Client::change_resource_record_sets).then_compute_response(move |input| {
        *seen.lock().unwrap() = input.change_batch().unwrap().changes().to_vec();
        MockResponse::Http(answer(200, &[], ACCEPTED))
    });
    let change = route53(&[&rule]).replace(from, to).await.unwrap();
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
    told(&route53(&[&refusal, &listing(sets)]).replace(from, to).await.unwrap_err())
}

const DELETE_REFUSED: &str = "<InvalidChangeBatch xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><Messages><Message>[Tried to delete resource record set [name='qa.mist.test.', type='CNAME'] but the values provided do not match the current values]</Message></Messages><RequestId>b25f48e8</RequestId></InvalidChangeBatch>";
const DELETE_REFUSED_OTHERWISE: &str = "<ErrorResponse xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><Error><Type>Sender</Type><Code>InvalidChangeBatch</Code><Message>[Tried to delete resource record set [name='qa.mist.test.', type='CNAME'] but it was not found]</Message></Error><RequestId>b25f48e8</RequestId></ErrorResponse>";

#[tokio::test]
async fn reads_a_cname_exactly_as_it_is_written() {
    let record = read(RecordType::Cname, &cname_set("qa.mist.test.", 300, &[A])).await.unwrap();
    assert_eq!(record, cname(A, 300));
}

#[tokio::test]
async fn reads_an_alias_with_its_zone() {
    let sets = format!(
        "<ResourceRecordSet><Name>qa.mist.test.</Name><Type>A</Type><AliasTarget>\
         <HostedZoneId>Z117KPS5GTRQ2G</HostedZoneId><DNSName>{A}</DNSName>\
         <EvaluateTargetHealth>true</EvaluateTargetHealth></AliasTarget></ResourceRecordSet>"
    );
    assert_eq!(read(RecordType::Alias, &sets).await.unwrap(), alias(A));
}

#[tokio::test]
async fn another_name_or_type_is_not_the_record() {
    let next = cname_set("uat.mist.test.", 60, &[A]);
    let error = read(RecordType::Cname, &next).await.unwrap_err();
    insta::assert_snapshot!(told(&error), @"Mist.RecordMissing: hosted zone `Z1` has no CNAME record `qa.mist.test`; create it, pointing to the environment that is to be live");
    let error = read(RecordType::Alias, &cname_set("qa.mist.test.", 60, &[A])).await.unwrap_err();
    insta::assert_snapshot!(told(&error), @"Mist.RecordMissing: hosted zone `Z1` has no ALIAS record `qa.mist.test`; create it, pointing to the environment that is to be live");
}

#[tokio::test]
async fn ignores_the_next_name_in_the_zone() {
    let sets = [cname_set("qa.mist.test.", 60, &[A]), cname_set("uat.mist.test.", 60, &[A])];
    assert_eq!(read(RecordType::Cname, &sets.concat()).await.unwrap(), cname(A, 60));
}

#[tokio::test]
async fn refuses_unsupported_records() {
    let told = async |kind, sets: &str| told(&read(kind, sets).await.unwrap_err());
    insta::assert_snapshot!(told(RecordType::Cname, &weighted_set("blue")).await, @"Mist.UnsupportedRecord: mist cannot move record `qa.mist.test`: it is weighted, or chosen by a routing policy");
    let both = [weighted_set("blue"), weighted_set("green")].concat();
    insta::assert_snapshot!(told(RecordType::Cname, &both).await, @"Mist.UnsupportedRecord: mist cannot move record `qa.mist.test`: it has several sets of values");
    let two = cname_set("qa.mist.test.", 60, &[A, B]);
    insta::assert_snapshot!(told(RecordType::Cname, &two).await, @"Mist.UnsupportedRecord: mist cannot move record `qa.mist.test`: it does not have exactly one value");
    let addresses = "<ResourceRecordSet><Name>qa.mist.test.</Name><Type>A</Type><TTL>60</TTL>\
        <ResourceRecords><ResourceRecord><Value>192.0.2.1</Value></ResourceRecord>\
        </ResourceRecords></ResourceRecordSet>";
    insta::assert_snapshot!(told(RecordType::Alias, addresses).await, @"Mist.UnsupportedRecord: mist cannot move record `qa.mist.test`: it is no alias");
}

#[tokio::test]
async fn names_a_missing_hosted_zone() {
    let rule = mock!(Client::list_resource_record_sets).then_http_response(|| {
        xml_error(404, "NoSuchHostedZone", "No hosted zone found with ID: Z1")
    });
    let error = route53(&[&rule]).record(&which(RecordType::Cname)).await.unwrap_err();
    insta::assert_snapshot!(told(&error), @"Mist.HostedZoneMissing: hosted zone `Z1` does not exist; correct `hostedZoneId` in mist.yaml");
}

#[tokio::test]
async fn a_swap_deletes_exactly_what_was_read_and_creates_the_other_in_one_batch() {
    let from = cname(A, 300);
    insta::assert_snapshot!(batch(&from, &from.pointing_to(B, 30)).await, @r#"
    DELETE CNAME qa.mist.test -> ["Demo-QA-A.us-east-1.elasticbeanstalk.com."] (TTL Some(300))
    CREATE CNAME qa.mist.test -> ["demo-qa-b.us-east-1.elasticbeanstalk.com"] (TTL Some(30))
    "#);
}

#[tokio::test]
async fn a_swap_of_an_alias_keeps_all_but_its_target() {
    let from = alias(A);
    insta::assert_snapshot!(batch(&from, &from.pointing_to(B, 30)).await, @"
    DELETE A qa.mist.test -> Demo-QA-A.us-east-1.elasticbeanstalk.com. (zone Z117KPS5GTRQ2G, health true, TTL None, values 0)
    CREATE A qa.mist.test -> demo-qa-b.us-east-1.elasticbeanstalk.com (zone Z117KPS5GTRQ2G, health true, TTL None, values 0)
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
    insta::assert_snapshot!(refused(&from, &to, DELETE_REFUSED_OTHERWISE, "").await, @"Mist.RecordMissing: hosted zone `Z1` has no CNAME record `qa.mist.test`; create it, pointing to the environment that is to be live");
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
    let error = route53(&[&rule]).replace(&from, &from.pointing_to(B, 60)).await.unwrap_err();
    assert_eq!(error.code(), "Mist.Throttled");
}
