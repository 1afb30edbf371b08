//! The history of releases, in a table of `DynamoDB`.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::{
    Client, error::ProvideErrorMetadata as _,
    operation::update_item::builders::UpdateItemFluentBuilder,
};
use mist_core::{
    error::Error,
    names::StackName,
    ports::History,
    release::history::{PastRelease, Planned, ReleaseEnd},
};

use crate::{
    error::classify,
    tables::{CONDITION_FAILED, Item, SERVICE, attribute, item, read, text},
};

/// The table: one item per release.
pub const RELEASES: &str = "mist-releases";

/// The history of releases, through the SDK.
#[derive(Clone, Debug)]
pub struct DynamoHistory {
    client: Client,
}

impl DynamoHistory {
    /// Uses `client` for every call.
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// An update of an existing release, with `also` as a further condition.
    fn update(&self, stack: &StackName, id: &str, also: &str) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(RELEASES)
            .key("stack", text(stack.as_str()))
            .key("id", text(id))
            .condition_expression(format!("attribute_exists(id){also}"))
    }
}

impl History for DynamoHistory {
    async fn open(&self, release: &PastRelease) -> Result<bool, Error> {
        let put = self
            .client
            .put_item()
            .table_name(RELEASES)
            .set_item(Some(item(release)?))
            .condition_expression("attribute_not_exists(id)");
        match put.send().await {
            Ok(_) => return Ok(true),
            Err(error) if error.code() == Some(CONDITION_FAILED) => {}
            Err(error) => return Err(classify(SERVICE, &error)),
        }
        // The existing item can be our own, if an earlier answer was lost.
        let found = self
            .client
            .get_item()
            .table_name(RELEASES)
            .key("stack", text(&release.stack))
            .key("id", text(&release.id))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| classify(SERVICE, &error))?;
        let Some(found) = found.item else { return Ok(false) };
        Ok(past(found)?.execution == release.execution)
    }

    async fn plan(&self, stack: &StackName, id: &str, planned: &Planned) -> Result<(), Error> {
        let plan = "SET version = :version, #from = :from, #to = :to, artifact = :artifact";
        let mut update = self
            .update(stack, id, " AND verdict = :running")
            .update_expression(plan)
            .expression_attribute_names("#from", "from")
            .expression_attribute_names("#to", "to")
            .expression_attribute_values(":running", text(PastRelease::RUNNING))
            .expression_attribute_values(":version", attribute(&planned.version)?)
            .expression_attribute_values(":from", attribute(&planned.from)?)
            .expression_attribute_values(":to", attribute(&planned.to)?)
            .expression_attribute_values(":artifact", attribute(&planned.artifact)?);
        if let Some(drift) = &planned.accepted_drift {
            update = update
                .update_expression(format!("{plan}, acceptedDrift = :acceptedDrift"))
                .expression_attribute_values(":acceptedDrift", text(drift));
        }
        conditional(update).await
    }

    async fn releases(
        &self,
        stack: &StackName,
        most: u32,
    ) -> Result<Vec<Result<PastRelease, Error>>, Error> {
        let mut pages = self
            .client
            .query()
            .table_name(RELEASES)
            .key_condition_expression("stack = :stack")
            .expression_attribute_values(":stack", text(stack.as_str()))
            .scan_index_forward(false)
            .consistent_read(true)
            .limit(i32::try_from(most).unwrap_or(i32::MAX))
            .into_paginator()
            .send();
        // A page ends after 1 MB, however many items were asked for.
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let mut found = Vec::new();
        while found.len() < most
            && let Some(page) = pages.next().await
        {
            let page = page.map_err(|error| classify(SERVICE, &error))?;
            found.extend(page.items.unwrap_or_default().into_iter().map(past));
        }
        found.truncate(most);
        Ok(found)
    }

    async fn end(&self, stack: &StackName, id: &str, end: &ReleaseEnd) -> Result<(), Error> {
        let update = self
            .update(stack, id, " AND verdict = :running")
            .update_expression("SET verdict = :verdict, endedAt = :endedAt, reason = :reason")
            .expression_attribute_values(":running", text(PastRelease::RUNNING))
            .expression_attribute_values(":verdict", text(&end.verdict))
            .expression_attribute_values(":endedAt", text(&end.ended_at.to_string()))
            .expression_attribute_values(":reason", attribute(&end.reason)?);
        conditional(update).await
    }

    async fn note_steps(
        &self,
        stack: &StackName,
        id: &str,
        steps: &BTreeMap<String, f64>,
    ) -> Result<(), Error> {
        let update = self
            .update(stack, id, "")
            .update_expression("SET steps = :steps")
            .expression_attribute_values(":steps", attribute(steps)?);
        conditional(update).await
    }
}

/// Sends the update. If its condition does not hold, the release has ended, and its end stays.
async fn conditional(update: UpdateItemFluentBuilder) -> Result<(), Error> {
    match update.send().await {
        Ok(_) => Ok(()),
        Err(error) if error.code() == Some(CONDITION_FAILED) => Ok(()),
        Err(error) => Err(classify(SERVICE, &error)),
    }
}

// The format is checked first: the fields of another format would only cause a less clear error.
fn past(item: Item) -> Result<PastRelease, Error> {
    let key = |field: &str| {
        let value = item.get(field).and_then(|value| value.as_s().ok());
        value.map_or("?", String::as_str).to_owned()
    };
    let name = format!("{RELEASES}/{}/{}", key("stack"), key("id"));
    let format = item.get("formatVersion").and_then(|format| format.as_n().ok());
    let expected = PastRelease::FORMAT.to_string();
    if format.is_none_or(|format| *format != expected) {
        let found = format.map_or("none", String::as_str);
        let problem = format!("its format is {found}, not {expected}");
        return Err(Error::InvalidItem { item: name, problem });
    }
    read(&name, item)
}

#[cfg(test)]
mod tests;
