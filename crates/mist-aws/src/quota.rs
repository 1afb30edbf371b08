//! The share of Beanstalk's API quotas that mist consumes, in the table of the locks.

use aws_sdk_dynamodb::{Client, error::ProvideErrorMetadata as _};
use jiff::Timestamp;
use mist_core::{
    error::Error,
    ports::Quota,
    release::{
        look::BETWEEN_LOOKS,
        pace::{Pace, Slot},
        state::WaitKind,
    },
};

use crate::{
    error::classify,
    locks::STACKS,
    tables::{CONDITION_FAILED, SERVICE, number, text},
};

/// The most attempts of a reservation while other calls reserve slots.
const TRIES: usize = 20;

/// The key of the item with the reservation. It is not a valid name of a stack.
const ADMISSIONS: &str = "#admissions";

/// The shared quota, through the SDK.
#[derive(Clone, Debug)]
pub struct DynamoQuota {
    client: Client,
    pace: Pace,
}

impl DynamoQuota {
    /// Uses `client` for every call, and admits releases at `pace`.
    pub fn new(client: Client, pace: Pace) -> Self {
        Self { client, pace }
    }

    /// The last reservation.
    async fn reserved(&self) -> Result<i64, Error> {
        let answer = self
            .client
            .get_item()
            .table_name(STACKS)
            .key("stack", text(ADMISSIONS))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| classify(SERVICE, &error))?;
        let found = answer.item.and_then(|item| item.get("at")?.as_n().ok()?.parse().ok());
        Ok(found.unwrap_or_default())
    }

    /// Stores `at` in the item `key` if the item has none, or if `condition` holds. The condition compares the stored
    /// `#at` with `:at` and `:limit`. Returns whether it was stored.
    async fn store(&self, key: &str, at: i64, condition: &str, limit: i64) -> Result<bool, Error> {
        let update = self
            .client
            .update_item()
            .table_name(STACKS)
            .key("stack", text(key))
            .update_expression("SET #at = :at")
            .condition_expression(format!("attribute_not_exists(#at) OR {condition}"))
            .expression_attribute_names("#at", "at")
            .expression_attribute_values(":at", number(at))
            .expression_attribute_values(":limit", number(limit));
        match update.send().await {
            Ok(_) => Ok(true),
            Err(error) if error.code() == Some(CONDITION_FAILED) => Ok(false),
            Err(error) => Err(classify(SERVICE, &error)),
        }
    }
}

impl Quota for DynamoQuota {
    async fn admit(&self, now: Timestamp) -> Result<i64, Error> {
        for _ in 0..TRIES {
            let found = self.reserved().await?;
            let Slot { at, reserved } = self.pace.slot(found, now);
            if self.store(ADMISSIONS, reserved, "#at = :limit", found).await? {
                return Ok(at);
            }
        }
        let message = "too many releases begin at the same time".to_owned();
        Err(Error::Throttled { service: "mist", message })
    }

    async fn claim_look(&self, kind: WaitKind, now: Timestamp) -> Result<bool, Error> {
        let key = match kind {
            WaitKind::Admission => "#look-admission",
            WaitKind::Health => "#look-health",
            WaitKind::Bake => "#look-bake",
        };
        let now = now.as_millisecond();
        self.store(key, now, "#at <= :limit", now - between_looks()).await
    }

    async fn claim_timer(
        &self,
        kind: WaitKind,
        now: Timestamp,
        due: Timestamp,
    ) -> Result<bool, Error> {
        let key = match kind {
            WaitKind::Admission => "#timer-admission",
            WaitKind::Health => "#timer-health",
            WaitKind::Bake => "#timer-bake",
        };
        // The clock of another function can be slow. A timer that fired must not count as pending.
        let past = now.as_millisecond() + between_looks();
        self.store(key, due.as_millisecond(), "#at <= :limit OR #at > :at", past).await
    }
}

fn between_looks() -> i64 {
    i64::try_from(BETWEEN_LOOKS.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
