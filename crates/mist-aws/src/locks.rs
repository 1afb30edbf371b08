//! The locks of stacks, in a table of `DynamoDB`.

use aws_sdk_dynamodb::{Client, error::ProvideErrorMetadata as _};
use mist_core::{error::Error, names::StackName, ports::Locks, release::state::StackState};

use crate::{
    error::classify,
    tables::{CONDITION_FAILED, Item, SERVICE, item, number, read, text},
};

/// The table: one item per stack, with its lock, its queue and the live version.
pub const STACKS: &str = "mist-stacks";

/// The condition of a write: the item has not changed since it was read.
const UNCHANGED: &str = "attribute_not_exists(revision) OR revision = :seen";

/// The locks of stacks, through the SDK.
#[derive(Clone, Debug)]
pub struct DynamoLocks {
    client: Client,
}

impl DynamoLocks {
    /// Uses `client` for every call.
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// The names of all stacks that have an item, sorted.
    pub async fn stacks(&self) -> Result<Vec<String>, Error> {
        let scan = self.client.scan().table_name(STACKS).projection_expression("stack");
        let mut items = scan.into_paginator().items().send();
        let mut found = Vec::new();
        while let Some(item) = items.next().await {
            let item = item.map_err(|error| classify(SERVICE, &error))?;
            found.extend(name(&item).map(|name| name.to_string()));
        }
        found.sort();
        Ok(found)
    }

    /// Deletes the lock, the queue and the live version of `stack`, if the revision is still that of `seen`. Returns
    /// whether it was. The history stays, and so does the capacity of stopped environments.
    pub async fn forget(&self, stack: &StackName, seen: &StackState) -> Result<bool, Error> {
        let StackState { stopped_a, stopped_b, .. } = seen.clone();
        if stopped_a.is_some() || stopped_b.is_some() {
            let next = StackState { stopped_a, stopped_b, ..StackState::default() };
            return self.write(stack, seen, &next).await;
        }
        let delete =
            self.client.delete_item().table_name(STACKS).key("stack", text(stack.as_str()));
        let delete = delete.condition_expression(UNCHANGED);
        let deleted = delete.expression_attribute_values(":seen", number(seen.revision));
        match deleted.send().await {
            Ok(_) => Ok(true),
            Err(error) if error.code() == Some(CONDITION_FAILED) => Ok(false),
            Err(error) => Err(classify(SERVICE, &error)),
        }
    }
}

impl Locks for DynamoLocks {
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
            Some(item) => state(stack, item),
            None => Ok(StackState::default()),
        }
    }

    async fn write(
        &self,
        stack: &StackName,
        seen: &StackState,
        next: &StackState,
    ) -> Result<bool, Error> {
        let mut item = item(next)?;
        item.insert("stack".to_owned(), text(stack.as_str()));
        let put = self.client.put_item().table_name(STACKS).set_item(Some(item));
        let put = put.condition_expression(UNCHANGED);
        match put.expression_attribute_values(":seen", number(seen.revision)).send().await {
            Ok(_) => Ok(true),
            Err(error) if error.code() == Some(CONDITION_FAILED) => Ok(false),
            Err(error) => Err(classify(SERVICE, &error)),
        }
    }

    async fn all(&self) -> Result<Vec<Result<(StackName, StackState), Error>>, Error> {
        let scan = self.client.scan().table_name(STACKS).consistent_read(true);
        let mut items = scan.into_paginator().items().send();
        let mut found = Vec::new();
        while let Some(item) = items.next().await {
            let item = item.map_err(|error| classify(SERVICE, &error))?;
            let Some(stack) = name(&item) else { continue };
            found.push(state(&stack, item).map(|state| (stack, state)));
        }
        Ok(found)
    }
}

/// The stack of an item; `None` for items of the quota, whose keys are not names (see `DynamoQuota`).
fn name(item: &Item) -> Option<StackName> {
    item.get("stack")?.as_s().ok()?.parse().ok()
}

fn state(stack: &StackName, item: Item) -> Result<StackState, Error> {
    read(&format!("{STACKS}/{stack}"), item)
}

#[cfg(test)]
mod tests;
