//! A stack without faults: if even its clients lose requests, the machine is too busy to judge.

use std::time::Duration;

use mist_local::{Traffic, TrafficReport};
use mist_tests::{Result, World};

/// The number of its clients, each with a DNS cache of its own.
const CLIENTS: usize = 4;

/// The requests per second of each client.
const RATE: u32 = 10;

/// The clients of such a stack.
pub(crate) struct Bystander {
    clients: Vec<Traffic>,
}

impl Bystander {
    /// Builds the stack and sends clients to it.
    pub(crate) async fn new(world: &'static World) -> Result<Self> {
        let story = world.given("mxbystander").alone().built().await?;
        let clients = (0..CLIENTS).map(|_| world.cloud.traffic(&story.stack.url, RATE));
        Ok(Self { clients: clients.collect::<Result<_, _>>()? })
    }

    /// The number of requests that its clients lost so far.
    pub(crate) fn lost(&self) -> u64 {
        self.clients.iter().map(|client| client.report().failed()).sum()
    }

    /// The same, after all requests that are under way now.
    pub(crate) async fn lost_in_the_end(&self) -> u64 {
        let mut looks = tokio::time::interval(Duration::from_millis(100));
        for client in &self.clients {
            let begun = client.report().requests;
            while over(&client.report()) < begun {
                looks.tick().await;
            }
        }
        self.lost()
    }
}

fn over(report: &TrafficReport) -> u64 {
    let answers: u64 = report.versions.values().map(|version| version.answers).sum();
    answers + report.failed()
}
