//! Stories of this operation; each action has its own file.

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
    dns::record::{RecordRef, RecordType},
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

/// A stack whose side A is live, and the request to scale side B, which runs `v2`.
struct Story {
    world: World<FakeGroups, FakeBeanstalk, FakeDns, FakeLocks, FakeClock>,
    action: Value,
    serving: Option<u32>,
}

impl Story {
    /// Side A has three instances, side B so many of one to four.
    fn new(instances: u32, action: Value) -> Self {
        let world = World {
            groups: FakeGroups::with([("Demo-QA-A", 3), ("Demo-QA-B", instances)]),
            beanstalk: FakeBeanstalk::with([environment("Demo-QA-B", "v2")]),
            dns: FakeDns::pointing(record(), "demo-qa-a.us-east-1.elasticbeanstalk.com"),
            locks: FakeLocks::with("QA", held("ada", 3)),
            clock: FakeClock::default(),
        };
        let story = Self { world, action, serving: None };
        story.run_on(&vec!["v2"; usize::try_from(instances).unwrap()]);
        story
    }

    /// The instances of side B run `versions`.
    fn run_on(&self, versions: &[&str]) {
        let instances = versions.iter().map(|version| InstanceHealth {
            id: "i-1".to_owned(),
            version: Some((*version).to_owned()),
            deployment: Some("Deployed".to_owned()),
        });
        self.world.beanstalk.put_instances("Demo-QA-B", instances);
    }

    /// Beanstalk says something else of side B.
    fn change(&self, change: impl FnOnce(&mut Environment)) {
        self.world.beanstalk.change("Demo-QA-B", change);
    }

    fn health(&self, status: &str) {
        let health = Health { color: "Green".to_owned(), status: Some(status.to_owned()) };
        self.change(|found| found.health = health);
    }

    fn capacity(&self) -> Capacity {
        self.world.groups.capacity("Demo-QA-B").unwrap()
    }

    fn advance(&self, seconds: u64) {
        self.world.clock.advance(Duration::from_secs(seconds));
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
        run(&self.world, serde_json::from_value(input).unwrap()).await
    }

    /// How it ends, as the state machine sees it.
    async fn told(&self) -> String {
        match self.run().await {
            Ok(response) => serde_json::to_string(&response).unwrap(),
            Err(error) => format!("{}: {error}", error.code()),
        }
    }

    /// The execution lost the lock to another one.
    fn lose_lock(&self) {
        let StackState { stopped_b, .. } = self.world.locks.current("QA");
        self.world.locks.put("QA", StackState { stopped_b, ..held("bob", 4) });
    }

    /// A look long after the lease was renewed renews it again.
    async fn renews_its_lease(&self) {
        self.advance(1000);
        assert!(self.told().await.starts_with("Mist.NotReady: "));
        let lease = self.world.locks.current("QA").lease.unwrap();
        assert_eq!(lease.expires, START + 1000 + LEASE_SECONDS);
    }
}

fn record() -> RecordRef {
    let name = "qa.mist.test".parse().unwrap();
    RecordRef { zone: "Z1".to_owned(), name, kind: RecordType::Cname }
}

#[tokio::test]
async fn nothing_is_done_where_nothing_is_to_do() {
    let input = json!({
        "stack": "QA", "holder": null, "environment": "Demo-QA-B", "since": "2026-01-02T03:04:05Z",
        "action": "none",
    });
    let story = Story::new(1, Value::Null);
    let response = run(&story.world, serde_json::from_value(input).unwrap()).await.unwrap();
    assert_eq!(serde_json::to_string(&response).unwrap(), r#"{"action":"none"}"#);
    assert!(story.world.beanstalk.calls().is_empty());
}

#[tokio::test]
async fn nothing_is_changed_without_a_holder_of_the_lock() {
    let input = json!({
        "stack": "QA", "holder": null, "environment": "Demo-QA-B", "since": "2026-01-02T03:04:05Z",
        "action": {"stop": {"side": "B", "record": record(), "live": false}},
    });
    let story = Story::new(2, Value::Null);
    let error = run(&story.world, serde_json::from_value(input).unwrap()).await.unwrap_err();
    assert_eq!(error.to_string(), "invalid input: holder: is needed to scale");
    assert_eq!(story.capacity(), CAPACITY);
}

#[test]
fn refuses_an_action_that_it_does_not_know() {
    for action in [json!("halt"), json!({"stop": {"side": "B", "record": record(), "force": true}})]
    {
        let input = json!({
            "stack": "QA", "holder": null, "environment": "Demo-QA-B",
            "since": "2026-01-02T03:04:05Z", "action": action,
        });
        let error = serde_json::from_value::<Request>(input).unwrap_err().to_string();
        assert!(error.starts_with("unknown "), "{error}");
    }
}
