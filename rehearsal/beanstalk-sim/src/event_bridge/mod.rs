//! The events of Elastic Beanstalk in EventBridge, sent to a configured endpoint.
//!
//! Delivery is best effort, as in the real service: in order, with a few attempts.

mod envelope;
mod sender;

use std::sync::Weak;
use std::time::Duration;

use tokio::sync::watch;

pub(crate) use sender::Sender;

use crate::clock::pause;
use crate::shared_world::SharedWorld;
use crate::world::{Event, World};
use envelope::Envelope;

/// The most entries in one request.
const BATCH: usize = 10;
/// The most events that wait. The oldest are dropped.
const WAITING: usize = 10_000;
/// The waits between attempts, in real time.
const PAUSES: [Duration; 3] =
    [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(5)];

/// Sends the events after number `last`, for as long as the world lives.
pub(crate) async fn follow(
    world: Weak<SharedWorld>,
    mut changes: watch::Receiver<()>,
    mut last: u64,
    sender: Sender,
) {
    while changes.changed().await.is_ok() {
        loop {
            let Some(batch) = next_batch(&world, &mut last) else { return };
            if batch.is_empty() {
                break;
            }
            if send(&sender, &batch).await == Endpoint::Refuses {
                tracing::warn!(
                    "the EventBridge endpoint refuses the source `aws.elasticbeanstalk`; no more events are sent"
                );
                return;
            }
        }
    }
}

/// The next batch of events; `None` if the world is dropped.
fn next_batch(world: &Weak<SharedWorld>, last: &mut u64) -> Option<Vec<Envelope>> {
    let world = world.upgrade()?;
    let world = world.hold();
    let waiting = world.events.after(*last);
    let left_out = waiting.len().saturating_sub(WAITING);
    if left_out > 0 {
        tracing::warn!("{left_out} events were not sent: EventBridge is too slow");
    }
    let mut batch = Vec::new();
    for event in &waiting[left_out..] {
        *last = event.number;
        batch.extend(envelope(&world, event));
        if batch.len() == BATCH {
            break;
        }
    }
    Some(batch)
}

fn envelope(world: &World, event: &Event) -> Option<Envelope> {
    let name = event.subject.environment.as_deref()?;
    let arn = world.arn(&format!("environment/{}/{name}", event.subject.application));
    Envelope::of(event, name, arn)
}

/// The state of an endpoint after a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Endpoint {
    MayTakeMore,
    /// The endpoint refuses the source, as the real EventBridge does with callers that are not AWS services.
    Refuses,
}

async fn send(sender: &Sender, batch: &[Envelope]) -> Endpoint {
    let mut pauses = PAUSES.into_iter();
    loop {
        let error = match sender.put(batch).await {
            Ok(()) => return Endpoint::MayTakeMore,
            Err(error) if error.is_final() => return Endpoint::Refuses,
            Err(error) => error,
        };
        let Some(wait) = pauses.next() else {
            tracing::warn!("{} events were not sent to EventBridge: {error}", batch.len());
            return Endpoint::MayTakeMore;
        };
        pause(wait).await;
    }
}
