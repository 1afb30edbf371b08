//! Tests of this function.

mod look;
mod settle;

use std::sync::Mutex;

use jiff::Timestamp;
use mist_core::{
    dns::{
        answer::DnsTarget,
        names::StackNames,
        record::{Change, Record, RecordKind, RecordRef},
        set::{Page, Place, RecordSet},
    },
    release::{
        failure::Failure,
        live::GoingLive,
        state::{Holder, LiveSide, StackState},
    },
    stack::{side::Side, warm_up::WarmUp},
};
use mist_testkit::{
    FakeClock, FakeDns, FakeLocks, FakeNameServers, FakeProbe, FakeSecrets, START, held, stack,
};

use super::*;

const A: &str = "demo-qa-a.us-east-1.elasticbeanstalk.com";
const B: &str = "demo-qa-b.us-east-1.elasticbeanstalk.com";

type Fakes<D = FakeDns> = Ports<D, FakeNameServers, FakeProbe, FakeSecrets, FakeLocks, FakeClock>;

/// The record and two name servers point to environment B, which answers; `ada` holds the lock.
fn given() -> Fakes {
    given_dns(FakeDns::pointing(names(), B))
}

/// The same, with `dns` in place of the record.
fn given_dns<D>(dns: D) -> Fakes<D> {
    let name_servers = FakeNameServers::default();
    for server in ["ns-1", "ns-2"] {
        name_servers.put(server, Ok(DnsTarget::Name(B.to_owned())));
    }
    name_servers.put_host(B, ["192.0.2.2".parse().unwrap()]);
    Ports {
        dns,
        name_servers,
        probe: FakeProbe::answering(200, "hello"),
        secrets: FakeSecrets::default(),
        locks: FakeLocks::with("QA", held("ada", 1)),
        clock: FakeClock::default(),
    }
}

fn names() -> StackNames {
    stack().unwrap().names()
}

fn which() -> RecordRef {
    let StackNames { zone, name, .. } = names();
    RecordRef { zone, name, kind: RecordKind::Cname }
}

fn record(target: &str) -> Record {
    Record { which: which(), target: target.to_owned(), ttl_seconds: Some(60), alias: None }
}

fn request() -> Request {
    Request {
        stack: "QA".parse().unwrap(),
        holder: Holder { execution: "ada".to_owned(), fence: 1 },
        environment: "Demo-QA-B".parse().unwrap(),
        to: B.to_owned(),
        record: names(),
        records: vec![which()],
        from: Some(vec![record(A)]),
        version: Some("v2".to_owned()),
        warm_up: WarmUp::default(),
        verify_seconds: 60,
        since: Timestamp::from_second(START).unwrap(),
        swap_failure: None,
        can_swap_back: true,
        live: GoingLive {
            side: Side::B,
            environment: "Demo-QA-B".parse().unwrap(),
            version: Some("v2".to_owned()),
            previous: Some("v1".to_owned()),
            drain_seconds: 120,
        },
    }
}

/// Why the environment is not reached: `CODE: message`.
async fn refused<D: Dns>(ports: &Fakes<D>, request: Request) -> String {
    let error = run(ports, request).await.unwrap_err();
    format!("{}: {error}", error.code())
}

/// The time since the start, in seconds.
fn seconds<D>(ports: &Fakes<D>) -> i64 {
    ports.clock.now().as_second() - START
}

/// What is live, as the state of the stack has it.
fn live<D>(ports: &Fakes<D>) -> Option<LiveSide> {
    ports.locks.current("QA").live
}

/// A record whose readings are listed; the last entry repeats. `None`: Route 53 does not answer.
struct Readings(Mutex<Vec<Option<&'static str>>>);

impl Readings {
    fn of(targets: impl IntoIterator<Item = Option<&'static str>>) -> Self {
        Self(Mutex::new(targets.into_iter().collect()))
    }
}

impl Dns for Readings {
    async fn page(&self, _: &str, _: Option<&Place>) -> Result<Page, Error> {
        let mut targets = self.0.lock().unwrap();
        let target = if targets.len() > 1 { targets.remove(0) } else { targets[0] };
        let message = "no answer".to_owned();
        let target = target.ok_or(Error::ServiceUnavailable { service: "route53", message })?;
        let set = RecordSet {
            name: "qa.mist.test".to_owned(),
            kind: "CNAME".to_owned(),
            targets: vec![target.to_owned()],
            ttl_seconds: Some(60),
            alias: None,
            feature: None,
        };
        Ok(Page { sets: vec![set], next: None })
    }

    async fn replace(&self, _: &[(Record, Record)]) -> Result<Change, Error> {
        panic!("a verification changes no record")
    }
}
