//! Tests of this function; each action has its own file.

mod match_capacity;
mod start;
mod stop;

use std::time::Duration;

use mist_core::{
    beanstalk::{
        capacity::Capacity,
        environment::Environment,
        health::{Health, InstanceHealth},
    },
    dns::{names::StackNames, record::RecordType},
    release::state::{LEASE_SECONDS, StackState, Stopped},
    stack::side::Side,
};
use mist_testkit::{
    FakeBeanstalk, FakeClock, FakeDns, FakeGroups, FakeLocks, START, environment, held,
};
use serde_json::{Value, json};

use super::*;

const CAPACITY: Capacity = Capacity { min: 1, max: 4, desired: 2 };
const NONE: Capacity = Capacity { min: 0, max: 4, desired: 0 };

/// A stack whose environment A is live, and a request to scale environment B, which runs `v2`.
struct Story {
    ports: Ports<FakeGroups, FakeBeanstalk, FakeDns, FakeLocks, FakeClock>,
    action: Value,
    serving: Option<u32>,
}

impl Story {
    /// Environment A has three instances, and environment B has `instances`, of one to four.
    fn new(instances: u32, action: Value) -> Self {
        let ports = Ports {
            groups: FakeGroups::with([("Demo-QA-A", 3), ("Demo-QA-B", instances)]),
            beanstalk: FakeBeanstalk::with([environment("Demo-QA-B", "v2")]),
            dns: FakeDns::pointing(names(), "demo-qa-a.us-east-1.elasticbeanstalk.com"),
            locks: FakeLocks::with("QA", held("ada", 3)),
            clock: FakeClock::default(),
        };
        let story = Self { ports, action, serving: None };
        story.run_on(&vec!["v2"; usize::try_from(instances).unwrap()]);
        story
    }

    /// The instances of environment B run `versions`.
    fn run_on(&self, versions: &[&str]) {
        let instances = versions.iter().map(|version| InstanceHealth {
            id: "i-1".to_owned(),
            version: Some((*version).to_owned()),
            deployment: Some("Deployed".to_owned()),
        });
        self.ports.beanstalk.put_instances("Demo-QA-B", instances);
    }

    /// Changes the description of environment B.
    fn change(&self, change: impl FnOnce(&mut Environment)) {
        self.ports.beanstalk.change("Demo-QA-B", change);
    }

    fn health(&self, status: &str) {
        let health = Health { color: "Green".to_owned(), status: Some(status.to_owned()) };
        self.change(|found| found.health = health);
    }

    fn capacity(&self) -> Capacity {
        self.ports.groups.capacity("Demo-QA-B").unwrap()
    }

    fn advance(&self, seconds: u64) {
        self.ports.clock.advance(Duration::from_secs(seconds));
    }

    async fn run(&self) -> Result<Response, Error> {
        let input = json!({
            "stack": "QA",
            "holder": {"execution": "ada", "fence": 3},
            "environment": "Demo-QA-B",
            "since": "2026-01-02T03:04:05Z",
            "serving": self.serving,
            "action": self.action,
        });
        run(&self.ports, serde_json::from_value(input).unwrap()).await
    }

    /// The answer as JSON, or `CODE: message`.
    async fn outcome(&self) -> String {
        match self.run().await {
            Ok(response) => serde_json::to_string(&response).unwrap(),
            Err(error) => format!("{}: {error}", error.code()),
        }
    }

    /// The execution lost the lock to another one.
    fn lose_lock(&self) {
        let StackState { stopped_b, .. } = self.ports.locks.current("QA");
        self.ports.locks.put("QA", StackState { stopped_b, ..held("bob", 4) });
    }

    /// A call long after the lease was renewed renews it again.
    async fn renews_its_lease(&self) {
        self.advance(1000);
        assert!(self.outcome().await.starts_with("Mist.NotReady: "));
        let lease = self.ports.locks.current("QA").lease.unwrap();
        assert_eq!(lease.expires, START + 1000 + LEASE_SECONDS);
    }
}

fn names() -> StackNames {
    let name = "qa.mist.test".parse().unwrap();
    let (zone, kind) = ("Z1".to_owned(), RecordType::Cname);
    StackNames { zone, name, kind, also_known_as: Vec::new(), fixed_names: Vec::new() }
}

#[tokio::test]
async fn nothing_is_done_where_nothing_is_to_do() {
    let input = json!({
        "stack": "QA", "holder": null, "environment": "Demo-QA-B", "since": "2026-01-02T03:04:05Z",
        "action": "none",
    });
    let story = Story::new(1, Value::Null);
    let response = run(&story.ports, serde_json::from_value(input).unwrap()).await.unwrap();
    assert_eq!(serde_json::to_string(&response).unwrap(), r#"{"action":"none"}"#);
    assert!(story.ports.beanstalk.calls().is_empty());
}

#[tokio::test]
async fn nothing_is_changed_without_a_holder_of_the_lock() {
    let input = json!({
        "stack": "QA", "holder": null, "environment": "Demo-QA-B", "since": "2026-01-02T03:04:05Z",
        "action": {"stop": {"side": "B", "record": names(), "live": false}},
    });
    let story = Story::new(2, Value::Null);
    let error = run(&story.ports, serde_json::from_value(input).unwrap()).await.unwrap_err();
    assert_eq!(error.to_string(), "invalid input: holder: missing");
    assert_eq!(story.capacity(), CAPACITY);
}

#[test]
fn refuses_an_action_that_it_does_not_know() {
    for action in [json!("halt"), json!({"stop": {"side": "B", "record": names(), "force": true}})]
    {
        let input = json!({
            "stack": "QA", "holder": null, "environment": "Demo-QA-B",
            "since": "2026-01-02T03:04:05Z", "action": action,
        });
        let error = serde_json::from_value::<Request>(input).unwrap_err().to_string();
        assert!(error.starts_with("unknown "), "{error}");
    }
}
