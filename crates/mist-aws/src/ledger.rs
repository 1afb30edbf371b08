//! What mist remembers, in two tables of `DynamoDB`.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client, error::ProvideErrorMetadata as _, operation::update_item::UpdateItemError,
    types::AttributeValue,
};
use mist_core::{
    Error, Side, StackName,
    ledger::{PastRelease, ReleaseEnd, StackState, Stopped},
    ports::Ledger,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::error::classify;

const SERVICE: &str = "dynamodb";

/// One item per stack: its lock, its queue, and what is live.
pub const STACKS: &str = "mist-stacks";

/// One item per release.
pub const RELEASES: &str = "mist-releases";

/// What mist remembers, through the SDK.
#[derive(Clone, Debug)]
pub struct DynamoLedger {
    client: Client,
}

impl DynamoLedger {
    /// Uses `client` for every call.
    pub fn new(client: Client) -> Self {
        Self { client }
    }
}

impl DynamoLedger {
    /// The names of all stacks that something is remembered of, in their order.
    pub async fn stacks(&self) -> Result<Vec<String>, Error> {
        let scan = self.client.scan().table_name(STACKS).projection_expression("stack");
        let mut items = scan.into_paginator().items().send();
        let mut found = Vec::new();
        while let Some(item) = items.next().await {
            let item = item.map_err(|error| classify(SERVICE, &error))?;
            found.extend(item.get("stack").and_then(|name| name.as_s().ok()).cloned());
        }
        found.sort();
        Ok(found)
    }

    /// Forgets lock, queue and live side of `stack`, if the revision is still that of `seen`. Tells whether
    /// it was. The history stays, and so does how large sides were that were stopped.
    pub async fn forget(&self, stack: &StackName, seen: &StackState) -> Result<bool, Error> {
        const UNCHANGED: &str = "attribute_not_exists(revision) OR revision = :seen";
        let (key, revision) = (text(stack.as_str()), number(seen.revision));
        let failed = if seen.stopped_a.is_none() && seen.stopped_b.is_none() {
            let delete = self.client.delete_item().table_name(STACKS).key("stack", key);
            let delete = delete.condition_expression(UNCHANGED);
            let answer = delete.expression_attribute_values(":seen", revision).send().await;
            answer.err().map(|error| (error.code().map(str::to_owned), classify(SERVICE, &error)))
        } else {
            let update = self.client.update_item().table_name(STACKS).key("stack", key);
            let update = update.condition_expression(UNCHANGED).update_expression(
                "REMOVE revision, fence, lease, waiting, superseded, newestUpload, live",
            );
            let answer = update.expression_attribute_values(":seen", revision).send().await;
            answer.err().map(|error| (error.code().map(str::to_owned), classify(SERVICE, &error)))
        };
        match failed {
            None => Ok(true),
            Some((Some(code), _)) if code == "ConditionalCheckFailedException" => Ok(false),
            Some((_, error)) => Err(error),
        }
    }
}

impl Ledger for DynamoLedger {
    async fn state(&self, stack: &StackName) -> Result<StackState, Error> {
        let answer = self
            .client
            .get_item()
            .table_name(STACKS)
            .key("stack", text(stack.as_str()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| classify(SERVICE, &error))?;
        match answer.item {
            Some(item) => read(&format!("{STACKS}/{stack}"), item),
            None => Ok(StackState::default()),
        }
    }

    async fn write(
        &self,
        stack: &StackName,
        seen: &StackState,
        next: &StackState,
    ) -> Result<bool, Error> {
        let mut update = self
            .client
            .update_item()
            .table_name(STACKS)
            .key("stack", text(stack.as_str()))
            .condition_expression("attribute_not_exists(revision) OR revision = :seen")
            .expression_attribute_values(":seen", number(seen.revision));
        let (mut set, mut remove) = (Vec::new(), Vec::new());
        let fields = json(next);
        // What is live is written by the state machine alone, so a slow run cannot bring back old news.
        for field in ["revision", "fence", "lease", "waiting", "superseded", "newestUpload"] {
            match fields.get(field) {
                Some(value) => {
                    set.push(format!("{field} = :{field}"));
                    update =
                        update.expression_attribute_values(format!(":{field}"), attribute(value)?);
                }
                None => remove.push(field),
            }
        }
        let mut expression = format!("SET {}", set.join(", "));
        if !remove.is_empty() {
            expression = format!("{expression} REMOVE {}", remove.join(", "));
        }
        match update.update_expression(expression).send().await {
            Ok(_) => Ok(true),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(UpdateItemError::is_conditional_check_failed_exception) =>
            {
                Ok(false)
            }
            Err(error) => Err(classify(SERVICE, &error)),
        }
    }

    async fn remember_stopped(
        &self,
        stack: &StackName,
        side: Side,
        stopped: &Stopped,
    ) -> Result<(), Error> {
        let field = match side {
            Side::A => "stoppedA",
            Side::B => "stoppedB",
        };
        self.client
            .update_item()
            .table_name(STACKS)
            .key("stack", text(stack.as_str()))
            .update_expression(format!("SET {field} = :stopped"))
            .expression_attribute_values(":stopped", attribute(&json(stopped))?)
            .send()
            .await
            .map_err(|error| classify(SERVICE, &error))?;
        Ok(())
    }

    async fn releases(
        &self,
        stack: &StackName,
        most: u32,
    ) -> Result<Vec<Result<PastRelease, Error>>, Error> {
        let answer = self
            .client
            .query()
            .table_name(RELEASES)
            .key_condition_expression("stack = :stack")
            .expression_attribute_values(":stack", text(stack.as_str()))
            .scan_index_forward(false)
            .consistent_read(true)
            .limit(i32::try_from(most).unwrap_or(i32::MAX))
            .send()
            .await
            .map_err(|error| classify(SERVICE, &error))?;
        Ok(answer.items.unwrap_or_default().into_iter().map(release).collect())
    }

    async fn end(&self, release: &PastRelease, end: &ReleaseEnd) -> Result<(), Error> {
        let update = || {
            self.client
                .update_item()
                .table_name(RELEASES)
                .key("stack", text(&release.stack))
                .key("id", text(&release.id))
        };
        update()
            .update_expression("SET steps = :steps")
            .condition_expression("attribute_exists(id)")
            .expression_attribute_values(":steps", attribute(&json(&end.steps))?)
            .send()
            .await
            .map_err(|error| classify(SERVICE, &error))?;
        let ended = update()
            .update_expression("SET verdict = :verdict, endedAt = :endedAt, reason = :reason")
            .condition_expression("verdict = :running")
            .expression_attribute_values(":running", text(PastRelease::RUNNING))
            .expression_attribute_values(":verdict", text(&end.verdict))
            .expression_attribute_values(":endedAt", text(&end.ended_at.to_string()))
            .expression_attribute_values(
                ":reason",
                end.reason.as_deref().map_or(AttributeValue::Null(true), text),
            )
            .send()
            .await;
        match ended {
            Ok(_) => Ok(()),
            // It has ended already, and that end is the one that was seen.
            Err(error) if error.code() == Some("ConditionalCheckFailedException") => Ok(()),
            Err(error) => Err(classify(SERVICE, &error)),
        }
    }
}

// The format is asked for before the rest is read, which would only fail on some field of it.
fn release(item: HashMap<String, AttributeValue>) -> Result<PastRelease, Error> {
    let key = |field: &str| {
        let value = item.get(field).and_then(|value| value.as_s().ok());
        value.map_or("?", String::as_str).to_owned()
    };
    let name = format!("{RELEASES}/{}/{}", key("stack"), key("id"));
    let format = item.get("formatVersion").and_then(|format| format.as_n().ok());
    let expected = PastRelease::FORMAT.to_string();
    if format.is_none_or(|format| *format != expected) {
        let found = format.map_or("none", String::as_str);
        let problem = format!("it has format {found}, not {expected}");
        return Err(Error::InvalidLedger { item: name, problem });
    }
    read(&name, item)
}

fn read<T: DeserializeOwned>(
    name: &str,
    item: HashMap<String, AttributeValue>,
) -> Result<T, Error> {
    serde_dynamo::from_item(item)
        .map_err(|error| Error::InvalidLedger { item: name.to_owned(), problem: error.to_string() })
}

fn attribute(value: &Value) -> Result<AttributeValue, Error> {
    serde_dynamo::to_attribute_value(value).map_err(|error| Error::ServiceFailed {
        service: SERVICE,
        message: format!("a value cannot be written: {error}"),
    })
}

fn json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn number(number: u64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

#[cfg(test)]
mod tests;
