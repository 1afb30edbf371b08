//! The record: it moves once, and only from where it was.

use mist_core::dns::{
    record::{AliasTarget, RecordKind, RecordRef, RecordType},
    set::RecordSet,
};

use super::*;

fn alias_to(target: &str) -> Record {
    Record {
        which: RecordRef {
            zone: "Z1".to_owned(),
            name: "qa.mist.test".parse().unwrap(),
            kind: RecordKind::A,
        },
        target: target.to_owned(),
        ttl_seconds: None,
        alias: Some(AliasTarget { zone: "Z117KPS5GTRQ2G".to_owned(), evaluate_health: true }),
    }
}

#[tokio::test]
async fn the_record_points_to_the_other_environment() {
    let ports = given();
    let from = planned(&ports);
    insta::assert_snapshot!(outcome(swap(&ports, &from).await), @r#"{"from":"demo-qa-a.us-east-1.elasticbeanstalk.com","to":"demo-qa-b.us-east-1.elasticbeanstalk.com","records":[{"which":{"zone":"Z1","name":"qa.mist.test","type":"CNAME"},"target":"demo-qa-b.us-east-1.elasticbeanstalk.com","ttlSeconds":30,"alias":null}],"change":{"id":"C1"}}"#);
    assert_eq!(ports.dns.target().as_deref(), Some(B));
}

#[tokio::test]
async fn swapping_again_changes_nothing() {
    let ports = given();
    let from = planned(&ports);
    swap(&ports, &from).await.unwrap();
    let after = (ports.dns.current(), state(&ports));
    insta::assert_snapshot!(outcome(swap(&ports, &from).await), @r#"{"from":"demo-qa-b.us-east-1.elasticbeanstalk.com","to":"demo-qa-b.us-east-1.elasticbeanstalk.com","records":[{"which":{"zone":"Z1","name":"qa.mist.test","type":"CNAME"},"target":"demo-qa-b.us-east-1.elasticbeanstalk.com","ttlSeconds":30,"alias":null}],"change":null}"#);
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
    let from = planned(&given()).map(|record| Record { ttl_seconds: Some(3600), ..record });
    let ports = Ports { dns: FakeDns::with(from[0].clone()), ..given() };
    swap(&ports, &from).await.unwrap();
    assert_eq!(ports.dns.current().unwrap().ttl_seconds, Some(30));
}

/// The request for a stack whose record is an alias, and that is also known as `names`.
fn request_of_aliases(from: &[Record], names: &[&str]) -> Request {
    let mut request = request(from);
    request.record.kind = RecordType::Alias;
    request.record.also_known_as = names.iter().map(|name| name.parse().unwrap()).collect();
    request
}

#[tokio::test]
async fn an_alias_keeps_its_zone_and_has_no_ttl() {
    let from = alias_to("Demo-QA-A.us-east-1.elasticbeanstalk.com.");
    let ports = Ports { dns: FakeDns::with(from.clone()), ..given() };
    run(&ports, request_of_aliases(&[from], &[])).await.unwrap();
    assert_eq!(ports.dns.current(), Some(alias_to(B)));
}

/// The domain has an A and an AAAA, and the stack is also known as `www.mist.test`. Returns the records as planned.
fn given_names() -> (Fakes, Vec<Record>) {
    let ports = Ports { dns: FakeDns::with(alias_to(A)), ..given() };
    ports.dns.add_alias("AAAA", "qa.mist.test", A);
    ports.dns.add_cname("www.mist.test", A);
    let twin = RecordRef { kind: RecordKind::Aaaa, ..alias_to(A).which };
    let alias = Some(AliasTarget { zone: "Z117KPS5GTRQ2G".to_owned(), evaluate_health: false });
    let www = RecordRef {
        name: "www.mist.test".parse().unwrap(),
        kind: RecordKind::Cname,
        ..twin.clone()
    };
    let from = vec![
        alias_to(A),
        Record { which: twin, alias, ..alias_to(A) },
        Record { which: www, target: A.to_owned(), ttl_seconds: Some(60), alias: None },
    ];
    (ports, from)
}

#[tokio::test]
async fn twins_and_all_names_move_in_one_change() {
    let (ports, from) = given_names();
    let swap = async || run(&ports, request_of_aliases(&from, &["www.mist.test"])).await;
    let response = swap().await.unwrap();
    assert_eq!(response.records.len(), 3);
    let everywhere_b = [
        format!("A `qa.mist.test` to `{B}`"),
        format!("AAAA `qa.mist.test` to `{B}`"),
        format!("CNAME `www.mist.test` to `{B}`"),
    ];
    assert_eq!(ports.dns.all(), everywhere_b);
    assert_eq!(swap().await.unwrap().change, None, "again");
    assert_eq!(ports.dns.all(), everywhere_b);
}

#[tokio::test]
async fn no_record_moves_if_one_of_them_was_changed() {
    for change in [
        |dns: &FakeDns| dns.point("elsewhere.example.com"),
        |dns: &FakeDns| dns.move_first("elsewhere.example.com"),
        // Another client moved only the record for IPv4.
        |dns: &FakeDns| dns.point(B),
        |dns: &FakeDns| dns.add_alias("AAAA", "www.mist.test", A),
        |dns: &FakeDns| dns.delete(),
    ] {
        let (ports, from) = given_names();
        change(&ports.dns);
        let error = run(&ports, request_of_aliases(&from, &["www.mist.test"])).await.unwrap_err();
        assert!(["Mist.RecordChanged", "Mist.RecordMissing"].contains(&error.code()), "{error}");
        let www = format!("CNAME `www.mist.test` to `{A}`");
        assert!(ports.dns.all().contains(&www), "{:?}", ports.dns.all());
    }
}

/// A swap of the stack of [`given_names`] to environment B that other records do not refuse.
async fn swap_back(ports: &Fakes, from: &[Record]) -> Result<Response, Error> {
    let request = request_of_aliases(from, &["www.mist.test"]);
    run(ports, Request { alone: false, ..request }).await
}

#[tokio::test]
async fn a_swap_back_does_not_wait_for_records_that_it_does_not_need() {
    type Change = fn(&FakeDns);
    let https = |dns: &FakeDns| {
        let alias = Some(AliasTarget { zone: "Z1".to_owned(), evaluate_health: false });
        let (name, kind) = ("qa.mist.test".to_owned(), "HTTPS".to_owned());
        let targets = vec![A.to_owned()];
        dns.add(RecordSet { name, kind, targets, ttl_seconds: None, alias, feature: None });
    };
    let aaaa = |dns: &FakeDns| dns.add_alias("AAAA", "www.mist.test", A);
    let changes: [(Change, usize, &[&str]); 4] = [
        (aaaa, 4, &[]),
        (https, 3, &["HTTPS `qa.mist.test`"]),
        (|dns| dns.delete_set("CNAME", "www.mist.test"), 2, &[]),
        // Another client has moved a record already.
        (|dns| dns.point(B), 3, &[]),
    ];
    for (change, moved, left) in changes {
        let (ports, from) = given_names();
        change(&ports.dns);
        let response = swap_back(&ports, &from).await.unwrap();
        assert_eq!((response.records.len(), response.change.is_some()), (moved, true));
        assert!(response.records.iter().all(|record| record.points_to(B)));
        let behind: Vec<_> =
            ports.dns.all().into_iter().filter(|set| !set.ends_with(&format!("`{B}`"))).collect();
        assert_eq!(behind.len(), left.len(), "{behind:?}");
        assert!(behind.iter().zip(left).all(|(set, left)| set.starts_with(left)), "{behind:?}");
        assert_eq!(swap_back(&ports, &from).await.unwrap().change, None, "again");
    }
}

#[tokio::test]
async fn a_swap_back_does_not_take_a_domain_from_another_target() {
    let (ports, from) = given_names();
    ports.dns.point("elsewhere.example.com");
    let before = ports.dns.all();
    let error = swap_back(&ports, &from).await.unwrap_err();
    assert_eq!(error.code(), "Mist.RecordElsewhere");
    assert_eq!((ports.dns.all(), state(&ports).live), (before, None));
}

#[tokio::test]
async fn a_swap_back_still_replaces_only_what_it_has_read() {
    let (ports, from) = given_names();
    ports.dns.move_first("elsewhere.example.com");
    let error = swap_back(&ports, &from).await.unwrap_err();
    assert!(["Mist.RecordChanged", "Mist.RecordElsewhere"].contains(&error.code()), "{error}");
    assert_eq!(ports.dns.target().as_deref(), Some("elsewhere.example.com"));
}

#[tokio::test]
async fn a_name_that_was_created_during_the_release_is_not_left_behind() {
    let ports = given();
    let from = planned(&ports);
    ports.dns.add_cname("new.mist.test", A);
    insta::assert_snapshot!(outcome(swap(&ports, &from).await), @"Mist.UnlistedRecord: records that stack `QA` does not list point to its environments: CNAME `new.mist.test` to `demo-qa-a.us-east-1.elasticbeanstalk.com`; add each name to `alsoKnownAs`, to move it, or to `fixedNames`, to keep it; or delete the record");
    assert_eq!(ports.dns.target().as_deref(), Some(A));
    let back = Request { alone: false, ..request(&from) };
    run(&ports, back).await.unwrap();
    assert_eq!(ports.dns.target().as_deref(), Some(B), "a swap back is an emergency");
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
    let from = planned(&ports).map(|record| Record { ttl_seconds: Some(300), ..record });
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
    insta::assert_snapshot!(outcome(swap(&ports, &from).await), @r#"{"from":"demo-qa-a.us-east-1.elasticbeanstalk.com","to":"demo-qa-b.us-east-1.elasticbeanstalk.com","records":[{"which":{"zone":"Z1","name":"qa.mist.test","type":"CNAME"},"target":"demo-qa-b.us-east-1.elasticbeanstalk.com","ttlSeconds":30,"alias":null}],"change":null}"#);
    assert!(state(&ports).live.is_some());
}
