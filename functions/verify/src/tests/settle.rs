//! A swap that failed: whether the record moved all the same.

use super::*;

/// The verification after a swap that failed without an answer of Route 53.
fn after_failure() -> Request {
    let cause = r#"{"errorType":"Mist.ServiceUnavailable","errorMessage":"route53: no answer"}"#;
    let failure = Failure {
        step: "Swap".to_owned(),
        error: "Mist.ServiceUnavailable".to_owned(),
        cause: Some(cause.to_owned()),
    };
    Request { swap_failure: Some(failure), ..request() }
}

#[tokio::test]
async fn a_record_that_moved_is_verified_as_after_any_swap() {
    let ports = given();
    assert_eq!(run(&ports, after_failure()).await.unwrap().servers, 2);
    assert_eq!(live(&ports).unwrap().since, START, "the swap could not note that it is live");
}

#[tokio::test]
async fn a_swap_that_moved_nothing_leaves_nothing_to_verify() {
    let ports = given_dns(FakeDns::pointing(names(), A));
    insta::assert_snapshot!(refused(&ports, after_failure()).await, @"Mist.NotSwapped: the DNS record did not change: route53: no answer");
    assert_eq!((live(&ports), ports.probe.requests().len()), (None, 0));
}

#[tokio::test]
async fn a_swap_that_was_killed_and_moved_nothing_is_told_apart_by_its_failure() {
    let ports = given_dns(FakeDns::pointing(names(), A));
    let killed =
        Failure { step: "Swap".to_owned(), error: "States.Timeout".to_owned(), cause: None };
    let request = Request { swap_failure: Some(killed), ..request() };
    insta::assert_snapshot!(refused(&ports, request).await, @"Mist.NotSwapped: the DNS record did not change: States.Timeout: no details");
}

#[tokio::test]
async fn a_record_that_was_changed_without_mist_was_not_swapped() {
    let ports = given_dns(FakeDns::pointing(names(), "elsewhere.example.com"));
    insta::assert_snapshot!(refused(&ports, after_failure()).await, @"Mist.NotSwapped: the DNS record did not change: route53: no answer");
    assert_eq!((live(&ports), seconds(&ports)), (None, 0));
}

#[tokio::test]
async fn an_old_answer_is_not_believed_at_once() {
    let ports = given_dns(Readings::of([Some(A), Some(A), Some(B)]));
    assert_eq!(run(&ports, after_failure()).await.unwrap().seconds, 2);
    assert!(live(&ports).is_some());
    let ports = given_dns(Readings::of([Some(A)]));
    assert!(refused(&ports, after_failure()).await.starts_with("Mist.NotSwapped: "));
    assert_eq!(seconds(&ports), 5);
}

#[tokio::test]
async fn an_answer_that_is_missing_may_come_later() {
    let ports = given_dns(Readings::of([None, Some(A)]));
    ports.name_servers.put("ns-2", Ok(DnsTarget::Name(A.to_owned())));
    insta::assert_snapshot!(refused(&ports, after_failure()).await, @"Mist.NotSwapped: the DNS record did not change: route53: no answer");
}

#[tokio::test]
async fn the_name_servers_know_that_the_record_moved_if_route_53_does_not_answer() {
    let ports = given_dns(Readings::of([None]));
    assert_eq!(run(&ports, after_failure()).await.unwrap().servers, 2);
    assert_eq!((live(&ports).is_some(), seconds(&ports)), (true, 0));
}

#[tokio::test]
async fn a_record_that_cannot_be_read_at_all_may_have_moved() {
    let ports = given_dns(Readings::of([None]));
    ports.name_servers.put("ns-2", Ok(DnsTarget::Name(A.to_owned())));
    insta::assert_snapshot!(refused(&ports, after_failure()).await, @"Mist.VerifyFailed: record `qa.mist.test` does not reach environment `Demo-QA-B`: route53: no answer; the record cannot be read: route53 is unavailable: no answer; name server ns-2 still points to `demo-qa-a.us-east-1.elasticbeanstalk.com` (5 s after the swap)");
    assert_eq!(live(&ports), None);
    let request = Request { can_swap_back: false, ..after_failure() };
    insta::assert_snapshot!(refused(&ports, request).await, @"Mist.Held: record `qa.mist.test` does not reach environment `Demo-QA-B`: route53: no answer; the record cannot be read: route53 is unavailable: no answer; name server ns-2 still points to `demo-qa-a.us-east-1.elasticbeanstalk.com` (10 s after the swap); there is no environment to swap back to");
}

#[tokio::test]
async fn a_swap_that_moved_only_some_of_its_records_is_not_the_swap_of_mist() {
    let ports = given();
    ports.dns.add_cname("www.mist.test", A);
    let www = RecordRef { name: "www.mist.test".parse().unwrap(), ..which() };
    let mut request = after_failure();
    request.record.also_known_as = vec![www.name.clone()];
    request.records.push(www.clone());
    request.from = Some(vec![record(A), Record { which: www, ..record(A) }]);
    insta::assert_snapshot!(refused(&ports, request).await, @"Mist.NotSwapped: the DNS record did not change: route53: no answer");
    assert_eq!(live(&ports), None);
}

/// The verification after a swap that Route 53 answered, and that changed nothing.
fn after_refusal() -> Request {
    let cause = r#"{"errorType":"Mist.RecordMissing","errorMessage":"no record `www.mist.test`"}"#;
    let failure = Failure {
        step: "Swap".to_owned(),
        error: "Mist.RecordMissing".to_owned(),
        cause: Some(cause.to_owned()),
    };
    let www = RecordRef { name: "www.mist.test".parse().unwrap(), ..which() };
    let mut request = Request { swap_failure: Some(failure), can_swap_back: false, ..request() };
    request.record.also_known_as = vec![www.name.clone()];
    request.records.push(www.clone());
    request.from = Some(vec![record(A), Record { which: www, ..record(A) }]);
    request
}

#[tokio::test]
async fn a_swap_that_was_refused_by_a_missing_record_is_no_unknown_end() {
    let ports = given_dns(FakeDns::pointing(names(), A));
    insta::assert_snapshot!(refused(&ports, after_refusal()).await, @"Mist.NotSwapped: the DNS record did not change: no record `www.mist.test`");
}

#[tokio::test]
async fn a_swap_that_was_refused_by_a_record_that_cannot_move_is_no_unknown_end() {
    let weighted = RecordSet {
        name: "www.mist.test".to_owned(),
        kind: "CNAME".to_owned(),
        targets: vec![A.to_owned()],
        ttl_seconds: Some(60),
        alias: None,
        feature: Some("is weighted"),
    };
    let ports = given_dns(FakeDns::pointing(names(), A));
    ports.dns.add(weighted);
    assert!(refused(&ports, after_refusal()).await.starts_with("Mist.NotSwapped: "));
    let ports = given_dns(FakeDns::pointing(names(), A));
    ports.dns.delete();
    assert!(refused(&ports, after_refusal()).await.starts_with("Mist.NotSwapped: "), "no domain");
    let mut elsewhere = after_refusal();
    elsewhere.record.zone = "Z2".to_owned();
    assert!(refused(&ports, elsewhere).await.starts_with("Mist.NotSwapped: "), "no zone");
}

#[tokio::test]
async fn no_record_at_all_has_not_moved() {
    let ports = given();
    ports.dns.delete();
    assert!(refused(&ports, after_failure()).await.starts_with("Mist.NotSwapped: "));
    let ports = given();
    let request = Request { from: Some(Vec::new()), ..after_failure() };
    assert!(refused(&ports, request).await.starts_with("Mist.VerifyFailed: "));
    assert_eq!(live(&ports), None);
}

#[tokio::test]
async fn a_record_that_was_added_later_does_not_hide_that_the_swap_was_made() {
    let ports = given();
    ports.dns.add_alias("AAAA", "qa.mist.test", A);
    assert_eq!(run(&ports, after_failure()).await.unwrap().servers, 2);
}

#[tokio::test]
async fn settling_again_gives_the_same_answer() {
    let ports = given_dns(FakeDns::pointing(names(), A));
    let first = refused(&ports, after_failure()).await;
    assert_eq!(refused(&ports, after_failure()).await, first);
}
