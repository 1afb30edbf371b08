//! Tests of this function.

mod live;
mod record;
mod refusals;

use mist_core::release::state::StackState;
use mist_testkit::{FakeBeanstalk, FakeClock, FakeDns, FakeLocks, START, environment, held, stack};
use serde_json::json;

use super::*;

const A: &str = "demo-qa-a.us-east-1.elasticbeanstalk.com";
const B: &str = "demo-qa-b.us-east-1.elasticbeanstalk.com";

type Fakes = Ports<FakeDns, FakeBeanstalk, FakeLocks, FakeClock>;

/// Environment A is live, B runs `v2`, and `ada` holds the lock.
fn given() -> Fakes {
    Ports {
        dns: FakeDns::pointing(stack().unwrap().names(), A),
        beanstalk: FakeBeanstalk::with([environment("Demo-QA-B", "v2")]),
        locks: FakeLocks::with("QA", held("ada", 1)),
        clock: FakeClock::default(),
    }
}

/// Points the records from `from` to environment B, with a TTL of 30 s.
async fn swap(ports: &Fakes, from: &[Record]) -> Result<Response, Error> {
    run(ports, request(from)).await
}

/// The request for that. Environment B was found healthy at [`START`].
fn request(from: &[Record]) -> Request {
    let request = json!({
        "stack": "QA",
        "holder": {"execution": "ada", "fence": 1},
        "record": stack().unwrap().names(),
        "from": from,
        "to": B,
        "alone": true,
        "ttlSeconds": 30,
        "environment": "Demo-QA-B",
        "version": "v2",
        "updated": Timestamp::from_second(START).unwrap(),
        "allowedHealth": ["Ok", "Info"],
        "live": {
            "side": "B",
            "environment": "Demo-QA-B",
            "version": "v2",
            "previous": "v1",
            "drainSeconds": 120,
        },
    });
    serde_json::from_value(request).unwrap()
}

/// The record of the domain as it is before the swap.
fn planned(ports: &Fakes) -> [Record; 1] {
    [ports.dns.current().unwrap()]
}

fn state(ports: &Fakes) -> StackState {
    ports.locks.current("QA")
}

/// The answer as JSON, or `CODE: message`.
fn outcome(answer: Result<Response, Error>) -> String {
    match answer {
        Ok(response) => serde_json::to_string(&response).unwrap(),
        Err(error) => format!("{}: {error}", error.code()),
    }
}
