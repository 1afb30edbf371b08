//! Wake-ups, as messages of SQS.

use std::time::Duration;

use aws_sdk_sqs::Client;
use mist_core::{error::Error, ports::Wakes, release::state::WaitKind};

use crate::error::classify;

const SERVICE: &str = "sqs";

/// The longest delay of SQS.
const LONGEST: Duration = Duration::from_mins(15);

/// The queues of the functions that look. A URL is absent if the function does not send to that queue.
#[derive(Clone, Debug, Default)]
pub struct Queues {
    /// The URL of the queue for *Wait until healthy*.
    pub health: Option<String>,
    /// The URL of the queue for *Bake*.
    pub bake: Option<String>,
}

impl Queues {
    /// The queues in `MIST_HEALTH_QUEUE` and `MIST_BAKE_QUEUE`.
    pub fn from_env(variable: impl Fn(&str) -> Option<String>) -> Self {
        Self { health: variable("MIST_HEALTH_QUEUE"), bake: variable("MIST_BAKE_QUEUE") }
    }
}

/// Wake-ups, through the SDK.
#[derive(Clone, Debug)]
pub struct SqsWakes {
    client: Client,
    queues: Queues,
}

impl SqsWakes {
    /// Uses `client` for every call.
    pub fn new(client: Client, queues: Queues) -> Self {
        Self { client, queues }
    }
}

impl Wakes for SqsWakes {
    async fn wake(&self, kind: WaitKind, delay: Duration) -> Result<(), Error> {
        let queue = match kind {
            // The look for health also admits releases.
            WaitKind::Admission | WaitKind::Health => &self.queues.health,
            WaitKind::Bake => &self.queues.bake,
        };
        let Some(queue) = queue else {
            let message =
                format!("no queue for {kind:?}; set `MIST_HEALTH_QUEUE` and `MIST_BAKE_QUEUE`");
            return Err(Error::ServiceFailed { service: SERVICE, message });
        };
        let whole = delay.min(LONGEST).as_secs() + u64::from(delay.subsec_nanos() > 0);
        let seconds = i32::try_from(whole.min(LONGEST.as_secs())).unwrap_or_default();
        let send = self.client.send_message().queue_url(queue).delay_seconds(seconds);
        let sent = send.message_body(r#"{"wake":"timer"}"#).send().await;
        sent.map(drop).map_err(|error| classify(SERVICE, &error))
    }
}

#[cfg(test)]
mod tests;
