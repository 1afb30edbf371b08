//! Stories of this operation.

use mist_core::{RecordType, VersionIn};
use mist_testkit::{FakeClock, FakeNameServers, FakeProbe, FakeSecrets, START};

use super::*;

const A: &str = "demo-qa-a.us-east-1.elasticbeanstalk.com";
const B: &str = "demo-qa-b.us-east-1.elasticbeanstalk.com";

type Fakes = World<FakeNameServers, FakeProbe, FakeSecrets, FakeClock>;

/// Two name servers lead to side B, which answers.
fn given() -> Fakes {
    let name_servers = FakeNameServers::default();
    for server in ["ns-1", "ns-2"] {
        name_servers.put(server, Ok(Leads::Name(B.to_owned())));
    }
    name_servers.put_host(B, ["192.0.2.2".parse().unwrap()]);
    World {
        name_servers,
        probe: FakeProbe::answering(200, "hello"),
        secrets: FakeSecrets::default(),
        clock: FakeClock::default(),
    }
}

fn request() -> Request {
    Request {
        environment: "Demo-QA-B".parse().unwrap(),
        to: B.to_owned(),
        record: RecordRef {
            zone: "Z1".to_owned(),
            name: "qa.mist.test".parse().unwrap(),
            kind: RecordType::Cname,
        },
        version: Some("v2".to_owned()),
        warm_up: WarmUp::default(),
        since: Timestamp::from_second(START).unwrap(),
        verify_seconds: 60,
    }
}

async fn refused(world: &Fakes, request: Request) -> String {
    let error = run(world, request).await.unwrap_err();
    format!("{}: {error}", error.code())
}

#[tokio::test]
async fn a_side_that_answers_by_the_stack_s_name_is_reached() {
    let world = given();
    let response = run(&world, request()).await.unwrap();
    assert_eq!(response.servers, 2);
    assert_eq!(world.probe.asked(), ["qa.mist.test/"]);
    run(&world, request()).await.unwrap();
}

#[tokio::test]
async fn every_name_server_must_say_so_in_time() {
    let world = given();
    world.name_servers.put("ns-2", Ok(Leads::Name(A.to_owned())));
    insta::assert_snapshot!(refused(&world, request()).await, @"Mist.NotReady: `qa.mist.test` on `Demo-QA-B` is not ready yet: name server ns-2 still leads to `demo-qa-a.us-east-1.elasticbeanstalk.com`");
    world.clock.advance(Duration::from_mins(1));
    insta::assert_snapshot!(refused(&world, request()).await, @"Mist.VerifyFailed: `qa.mist.test` is not answered by `Demo-QA-B`: name server ns-2 still leads to `demo-qa-a.us-east-1.elasticbeanstalk.com` (60 s after the swap)");
    world.name_servers.put("ns-2", Err("no answer".to_owned()));
    insta::assert_snapshot!(refused(&world, request()).await, @"Mist.VerifyFailed: `qa.mist.test` is not answered by `Demo-QA-B`: name server ns-2 gave no answer: no answer (60 s after the swap)");
}

#[tokio::test]
async fn an_alias_is_told_by_its_addresses() {
    let world = given();
    for server in ["ns-1", "ns-2"] {
        let addresses = ["192.0.2.9".parse().unwrap(), "192.0.2.2".parse().unwrap()];
        world.name_servers.put(server, Ok(Leads::Addresses(addresses.to_vec())));
    }
    assert_eq!(run(&world, request()).await.unwrap().servers, 2);
    world.name_servers.put("ns-1", Ok(Leads::Addresses(vec!["192.0.2.1".parse().unwrap()])));
    insta::assert_snapshot!(refused(&world, request()).await, @"Mist.NotReady: `qa.mist.test` on `Demo-QA-B` is not ready yet: name server ns-1 leads to [192.0.2.1], not to [192.0.2.2]");
}

#[tokio::test]
async fn a_side_that_answers_badly_is_not_reached() {
    let world = World { probe: FakeProbe::answering(503, ""), ..given() };
    insta::assert_snapshot!(refused(&world, request()).await, @"Mist.NotReady: `qa.mist.test` on `Demo-QA-B` is not ready yet: `/` answered 503, not 200");
    let world = World { probe: FakeProbe::unreachable("connection refused"), ..given() };
    insta::assert_snapshot!(refused(&world, request()).await, @"Mist.NotReady: `qa.mist.test` on `Demo-QA-B` is not ready yet: `/`: connection refused");
}

#[tokio::test]
async fn another_version_is_not_the_one() {
    let told = |version: &str| World {
        probe: FakeProbe::answering(200, "hello").telling(version),
        ..given()
    };
    let request = || Request {
        warm_up: WarmUp {
            version_in: Some(VersionIn::Header("X-Version".to_owned())),
            ..WarmUp::default()
        },
        ..request()
    };
    assert!(run(&told("v2"), request()).await.is_ok());
    insta::assert_snapshot!(refused(&told("v1"), request()).await, @"Mist.NotReady: `qa.mist.test` on `Demo-QA-B` is not ready yet: `/` was answered by version `v1`, not `v2`");
    insta::assert_snapshot!(refused(&given(), request()).await, @"Mist.NotReady: `qa.mist.test` on `Demo-QA-B` is not ready yet: `/` was answered by version `none`, not `v2`");
}

fn behind_a_password() -> Request {
    let basic_auth_secret = Some("mist/qa".to_owned());
    Request { warm_up: WarmUp { basic_auth_secret, ..WarmUp::default() }, ..request() }
}

#[tokio::test]
async fn a_site_behind_a_password_is_asked_with_it() {
    let world = World { secrets: FakeSecrets::with("mist/qa", "user:password"), ..given() };
    run(&world, behind_a_password()).await.unwrap();
    assert_eq!(world.probe.asked(), ["user:password@qa.mist.test/"]);
}

#[tokio::test]
async fn a_password_that_is_refused_ends_under_its_name_and_is_not_told() {
    let secrets = FakeSecrets::with("mist/qa", "user:password");
    let world = World { secrets, probe: FakeProbe::answering(401, "user:password"), ..given() };
    insta::assert_snapshot!(refused(&world, behind_a_password()).await, @"Mist.NotReady: `qa.mist.test` on `Demo-QA-B` is not ready yet: `/` answered 401, not 200");
    world.clock.advance(Duration::from_mins(1));
    insta::assert_snapshot!(refused(&world, behind_a_password()).await, @"Mist.PasswordRefused: `Demo-QA-B` does not take the user and password of secret `mist/qa`: `/` answered 401, not 200 (60 s after the swap); it must hold USER:PASSWORD");
    insta::assert_snapshot!(refused(&world, request()).await, @"Mist.VerifyFailed: `qa.mist.test` is not answered by `Demo-QA-B`: `/` answered 401, not 200 (60 s after the swap)");
}

#[tokio::test]
async fn a_password_that_cannot_be_read_is_no_reason_to_wait_unless_it_is_for_a_moment() {
    insta::assert_snapshot!(refused(&given(), behind_a_password()).await, @"Mist.SecretMissing: secret `mist/qa` cannot be read: there is none");
    let world = World { secrets: FakeSecrets::down(), ..given() };
    insta::assert_snapshot!(refused(&world, behind_a_password()).await, @"Mist.NotReady: `qa.mist.test` on `Demo-QA-B` is not ready yet: secretsmanager could not be reached or is at fault: no answer");
}
