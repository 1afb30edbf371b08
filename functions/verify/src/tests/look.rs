//! Whether users reach the environment.

use mist_core::stack::warm_up::VersionIn;

use super::*;

#[tokio::test]
async fn an_environment_that_answers_by_the_name_of_the_stack_is_reached() {
    let ports = given();
    let response = run(&ports, request()).await.unwrap();
    assert_eq!((response.servers, response.seconds), (2, 0));
    assert_eq!(ports.probe.requests(), ["qa.mist.test/"]);
    let noted = format!("{:?}", ports.locks);
    run(&ports, request()).await.unwrap();
    assert_eq!(format!("{:?}", ports.locks), noted, "verifying again changes nothing");
}

#[tokio::test]
async fn one_call_looks_several_times() {
    let ports = Ports { probe: FakeProbe::answering(200, "hello").after_refusing(3), ..given() };
    let response = run(&ports, request()).await.unwrap();
    assert_eq!((response.seconds, ports.probe.requests().len()), (3, 4));
}

#[tokio::test]
async fn a_call_that_has_looked_for_long_enough_asks_to_be_called_again() {
    let ports = Ports { probe: FakeProbe::answering(200, "hello").after_refusing(30), ..given() };
    insta::assert_snapshot!(refused(&ports, request()).await, @"Mist.NotReady: `qa.mist.test` on `Demo-QA-B` is not ready yet: `/`: connection refused");
    assert_eq!(seconds(&ports), 20);
    assert_eq!(run(&ports, request()).await.unwrap().seconds, 29);
}

#[tokio::test]
async fn every_name_server_must_have_the_record_in_time() {
    let ports = given();
    ports.name_servers.put("ns-2", Ok(DnsTarget::Name(A.to_owned())));
    insta::assert_snapshot!(refused(&ports, request()).await, @"Mist.NotReady: `qa.mist.test` on `Demo-QA-B` is not ready yet: name server ns-2 still points to `demo-qa-a.us-east-1.elasticbeanstalk.com`");
    assert!(refused(&ports, request()).await.starts_with("Mist.NotReady: "));
    insta::assert_snapshot!(refused(&ports, request()).await, @"Mist.VerifyFailed: record `qa.mist.test` does not reach environment `Demo-QA-B`: name server ns-2 still points to `demo-qa-a.us-east-1.elasticbeanstalk.com` (60 s after the swap)");
    ports.name_servers.put("ns-2", Err("no answer".to_owned()));
    insta::assert_snapshot!(refused(&ports, request()).await, @"Mist.VerifyFailed: record `qa.mist.test` does not reach environment `Demo-QA-B`: name server ns-2 gave no answer: no answer (60 s after the swap)");
    ports.name_servers.put("ns-2", Ok(DnsTarget::Addresses(Vec::new())));
    insta::assert_snapshot!(refused(&ports, request()).await, @"Mist.VerifyFailed: record `qa.mist.test` does not reach environment `Demo-QA-B`: name server ns-2 knows no such name (60 s after the swap)");
    assert_eq!(seconds(&ports), 60, "at the end there is nothing to wait for");
}

#[tokio::test]
async fn an_environment_that_is_not_reached_stays_live_where_mist_cannot_swap_back() {
    let ports = Ports { probe: FakeProbe::answering(503, ""), ..given() };
    ports.clock.advance(Duration::from_mins(1));
    let request = Request { can_swap_back: false, ..request() };
    insta::assert_snapshot!(refused(&ports, request).await, @"Mist.Held: record `qa.mist.test` does not reach environment `Demo-QA-B`: `/` answered 503, not 200 (60 s after the swap); there is no environment to swap back to");
}

#[tokio::test]
async fn an_alias_is_recognised_by_its_addresses() {
    let ports = given();
    for server in ["ns-1", "ns-2"] {
        let addresses = ["192.0.2.9".parse().unwrap(), "192.0.2.2".parse().unwrap()];
        ports.name_servers.put(server, Ok(DnsTarget::Addresses(addresses.to_vec())));
    }
    assert_eq!(run(&ports, request()).await.unwrap().servers, 2);
    ports.name_servers.put("ns-1", Ok(DnsTarget::Addresses(vec!["192.0.2.1".parse().unwrap()])));
    insta::assert_snapshot!(refused(&ports, request()).await, @"Mist.NotReady: `qa.mist.test` on `Demo-QA-B` is not ready yet: name server ns-1 points to [192.0.2.1], not to [192.0.2.2]");
}

/// The verification of an alias, its twin, and a CNAME `www.mist.test`.
fn request_of_names() -> Request {
    let mut request = request();
    request.record.kind = mist_core::dns::record::RecordType::Alias;
    let twin = RecordRef { kind: RecordKind::Aaaa, ..which() };
    let www = RecordRef { name: "www.mist.test".parse().unwrap(), ..which() };
    request.records = vec![RecordRef { kind: RecordKind::A, ..which() }, twin, www];
    request
}

#[tokio::test]
async fn all_records_must_point_to_the_environment() {
    let ports = given();
    let addresses = |text: &[&str]| {
        Ok(DnsTarget::Addresses(text.iter().map(|it| it.parse().unwrap()).collect()))
    };
    ports.name_servers.put_record("A `qa.mist.test`", addresses(&["192.0.2.2"]));
    ports.name_servers.put_record("AAAA `qa.mist.test`", addresses(&[]));
    assert_eq!(run(&ports, request_of_names()).await.unwrap().servers, 2, "no IPv6 anywhere");
    let both = ["192.0.2.2", "2001:db8::2"].map(|it| it.parse().unwrap());
    ports.name_servers.put_host(B, both);
    insta::assert_snapshot!(refused(&ports, request_of_names()).await, @"Mist.NotReady: `qa.mist.test` on `Demo-QA-B` is not ready yet: name server ns-1, asked for AAAA `qa.mist.test`, knows no such name");
    ports.name_servers.put_record("AAAA `qa.mist.test`", addresses(&["2001:db8::1"]));
    insta::assert_snapshot!(refused(&ports, request_of_names()).await, @"Mist.NotReady: `qa.mist.test` on `Demo-QA-B` is not ready yet: name server ns-1, asked for AAAA `qa.mist.test`, points to [2001:db8::1], not to [2001:db8::2]");
    ports.name_servers.put_record("AAAA `qa.mist.test`", addresses(&["2001:db8::2"]));
    ports.name_servers.put_record("CNAME `www.mist.test`", Ok(DnsTarget::Name(A.to_owned())));
    insta::assert_snapshot!(refused(&ports, request_of_names()).await, @"Mist.VerifyFailed: record `qa.mist.test` does not reach environment `Demo-QA-B`: name server ns-1, asked for CNAME `www.mist.test`, still points to `demo-qa-a.us-east-1.elasticbeanstalk.com` (60 s after the swap)");
    ports.name_servers.put_record("CNAME `www.mist.test`", Ok(DnsTarget::Name(B.to_owned())));
    assert_eq!(run(&ports, request_of_names()).await.unwrap().servers, 2);
    assert!(ports.probe.requests().iter().all(|it| it == "qa.mist.test/"), "by the domain only");
}

#[tokio::test]
async fn an_environment_that_answers_with_another_status_is_not_reached() {
    let ports = Ports { probe: FakeProbe::answering(503, ""), ..given() };
    insta::assert_snapshot!(refused(&ports, request()).await, @"Mist.NotReady: `qa.mist.test` on `Demo-QA-B` is not ready yet: `/` answered 503, not 200");
    let ports = Ports { probe: FakeProbe::unreachable("connection refused"), ..given() };
    insta::assert_snapshot!(refused(&ports, request()).await, @"Mist.NotReady: `qa.mist.test` on `Demo-QA-B` is not ready yet: `/`: connection refused");
}

#[tokio::test]
async fn another_version_is_not_the_one() {
    let telling = |version: &str| Ports {
        probe: FakeProbe::answering(200, "hello").reporting(version),
        ..given()
    };
    let request = || Request {
        warm_up: WarmUp {
            version_in: Some(VersionIn::Header("X-Version".to_owned())),
            ..WarmUp::default()
        },
        ..request()
    };
    assert!(run(&telling("v2"), request()).await.is_ok());
    insta::assert_snapshot!(refused(&telling("v1"), request()).await, @"Mist.NotReady: `qa.mist.test` on `Demo-QA-B` is not ready yet: `/` was answered by version `v1`, not `v2`");
    insta::assert_snapshot!(refused(&given(), request()).await, @"Mist.NotReady: `qa.mist.test` on `Demo-QA-B` is not ready yet: `/` was answered without a version, not by `v2`");
}

fn behind_a_password() -> Request {
    let basic_auth_secret = Some("mist/qa".to_owned());
    Request { warm_up: WarmUp { basic_auth_secret, ..WarmUp::default() }, ..request() }
}

#[tokio::test]
async fn a_site_behind_a_password_gets_it() {
    let ports = Ports { secrets: FakeSecrets::with("mist/qa", "user:password"), ..given() };
    run(&ports, behind_a_password()).await.unwrap();
    assert_eq!(ports.probe.requests(), ["user:password@qa.mist.test/"]);
}

#[tokio::test]
async fn a_password_that_is_refused_ends_with_the_name_of_its_secret_and_is_not_shown() {
    let secrets = FakeSecrets::with("mist/qa", "user:password");
    let ports = Ports { secrets, probe: FakeProbe::answering(401, "user:password"), ..given() };
    insta::assert_snapshot!(refused(&ports, behind_a_password()).await, @"Mist.NotReady: `qa.mist.test` on `Demo-QA-B` is not ready yet: `/` answered 401, not 200");
    ports.clock.advance(Duration::from_secs(40));
    insta::assert_snapshot!(refused(&ports, behind_a_password()).await, @"Mist.VerifyFailed: record `qa.mist.test` does not reach environment `Demo-QA-B`: `/` answered 401, not 200 (60 s after the swap); secret `mist/qa` must hold USER:PASSWORD");
    let request = Request { can_swap_back: false, ..behind_a_password() };
    insta::assert_snapshot!(refused(&ports, request).await, @"Mist.Held: record `qa.mist.test` does not reach environment `Demo-QA-B`: `/` answered 401, not 200 (60 s after the swap); secret `mist/qa` must hold USER:PASSWORD; there is no environment to swap back to");
}

#[tokio::test]
async fn the_body_of_a_wrong_answer_explains_it() {
    let ports = Ports { probe: FakeProbe::answering(503, "down for repair"), ..given() };
    insta::assert_snapshot!(refused(&ports, request()).await, @"Mist.NotReady: `qa.mist.test` on `Demo-QA-B` is not ready yet: `/` answered 503, not 200: down for repair");
}

#[tokio::test]
async fn a_password_that_does_not_exist_ends_at_once_and_one_that_cannot_be_read_later_does_not() {
    let ports = given();
    insta::assert_snapshot!(refused(&ports, behind_a_password()).await, @"Mist.VerifyFailed: record `qa.mist.test` does not reach environment `Demo-QA-B`: secret `mist/qa` cannot be read: it does not exist (0 s after the swap)");
    assert_eq!(seconds(&ports), 0);
    let ports = Ports { secrets: FakeSecrets::down(), ..given() };
    insta::assert_snapshot!(refused(&ports, behind_a_password()).await, @"Mist.NotReady: `qa.mist.test` on `Demo-QA-B` is not ready yet: secretsmanager is unavailable: no answer");
}

#[tokio::test]
async fn a_name_without_name_servers_is_not_reached() {
    let ports = Ports { name_servers: FakeNameServers::default(), ..given() };
    insta::assert_snapshot!(refused(&ports, request()).await, @"Mist.NotReady: `qa.mist.test` on `Demo-QA-B` is not ready yet: dns is unavailable: no name server could be found");
}

#[tokio::test]
async fn what_is_live_is_noted_with_the_times_of_the_first_call() {
    let ports = given();
    run(&ports, request()).await.unwrap();
    let noted = live(&ports).unwrap();
    assert_eq!((noted.side, noted.since, noted.drained), (Side::B, START, START + 120));
    ports.clock.advance(Duration::from_secs(30));
    run(&ports, request()).await.unwrap();
    assert_eq!(live(&ports), Some(noted));
}

#[tokio::test]
async fn an_execution_without_the_lock_cannot_verify_and_swaps_back() {
    let ports = given();
    ports.locks.put("QA", held("bob", 2));
    insta::assert_snapshot!(refused(&ports, request()).await, @"Mist.VerifyFailed: record `qa.mist.test` does not reach environment `Demo-QA-B`: this execution no longer holds the lock of the stack: deploy v2 by bob holds it (bob) (0 s after the swap)");
    ports.locks.put("QA", StackState::default());
    insta::assert_snapshot!(refused(&ports, request()).await, @"Mist.VerifyFailed: record `qa.mist.test` does not reach environment `Demo-QA-B`: this execution no longer holds the lock of the stack: it is free (0 s after the swap)");
    assert!(ports.probe.requests().is_empty());
}
