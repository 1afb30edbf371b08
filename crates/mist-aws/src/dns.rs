//! Route 53.

use aws_sdk_route53::{
    Client,
    error::{BuildError, ProvideErrorMetadata as _},
    operation::{
        change_resource_record_sets::ChangeResourceRecordSetsError,
        list_resource_record_sets::ListResourceRecordSetsError,
    },
    types::{
        AliasTarget as SdkAliasTarget, Change as SdkChange, ChangeAction, ChangeBatch, ChangeInfo,
        ResourceRecord, ResourceRecordSet, RrType,
    },
};
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use mist_core::{
    dns::record::{AliasTarget, Change, Record, RecordRef, RecordType},
    error::Error,
    ports::Dns,
};

use crate::error::classify;

const SERVICE: &str = "route53";

/// Route 53, through the SDK.
#[derive(Clone, Debug)]
pub struct Route53 {
    client: Client,
}

impl Route53 {
    /// Uses `client` for every call.
    pub fn new(client: Client) -> Self {
        Self { client }
    }
}

impl Dns for Route53 {
    async fn record(&self, which: &RecordRef) -> Result<Record, Error> {
        // The list starts at the name. A second record set of the same name means a routing policy.
        let answer = self
            .client
            .list_resource_record_sets()
            .hosted_zone_id(&which.zone)
            .start_record_name(which.name.as_str())
            .start_record_type(sdk_type(which.kind))
            .max_items(2)
            .send()
            .await;
        let answer = match answer {
            Ok(answer) => answer,
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(ListResourceRecordSetsError::is_no_such_hosted_zone) =>
            {
                return Err(Error::HostedZoneMissing { zone: which.zone.clone() });
            }
            Err(error) => return Err(classify(SERVICE, &error)),
        };
        let same = |set: &&ResourceRecordSet| {
            set.name().trim_end_matches('.') == which.name.as_str()
                && *set.r#type() == sdk_type(which.kind)
        };
        let mut sets = answer.resource_record_sets().iter().filter(same);
        match (sets.next(), sets.next()) {
            (Some(set), None) => read(which, set),
            (Some(_), Some(_)) => Err(unsupported(which, "has several sets of values")),
            (None, _) => Err(Error::RecordMissing {
                kind: which.kind.to_string(),
                name: which.name.to_string(),
                zone: which.zone.clone(),
            }),
        }
    }

    async fn replace(&self, from: &Record, to: &Record) -> Result<Change, Error> {
        // The batch is atomic, and it deletes exactly the record that was read: a compare-and-swap. An UPSERT would
        // overwrite a change by another client.
        let answer = self
            .client
            .change_resource_record_sets()
            .hosted_zone_id(&from.which.zone)
            .change_batch(swap(from, to).map_err(|error| malformed(&error))?)
            .send()
            .await;
        let error = match answer {
            Ok(answer) => return change(answer.change_info()),
            Err(error) => error,
        };
        let unread = unread_refusal(&error);
        let refused = error
            .as_service_error()
            .is_some_and(ChangeResourceRecordSetsError::is_invalid_change_batch);
        if refused || unread.is_some() {
            let found = self.record(&from.which).await?;
            if found != *from {
                return Err(Error::RecordChanged {
                    name: from.which.name.to_string(),
                    expected: from.to_string(),
                    found: found.to_string(),
                });
            }
        }
        match unread {
            Some(message) => Err(Error::ServiceFailed { service: SERVICE, message }),
            None => Err(classify(SERVICE, &error)),
        }
    }
}

fn sdk_type(kind: RecordType) -> RrType {
    match kind {
        RecordType::Cname => RrType::Cname,
        RecordType::Alias => RrType::A,
    }
}

fn read(which: &RecordRef, set: &ResourceRecordSet) -> Result<Record, Error> {
    if set.set_identifier().is_some() {
        return Err(unsupported(which, "is weighted, or chosen by a routing policy"));
    }
    let which = which.clone();
    if which.kind == RecordType::Alias {
        let Some(alias) = set.alias_target() else {
            return Err(unsupported(&which, "is no alias"));
        };
        return Ok(Record {
            target: alias.dns_name().to_owned(),
            ttl_seconds: None,
            alias: Some(AliasTarget {
                zone: alias.hosted_zone_id().to_owned(),
                evaluate_health: alias.evaluate_target_health(),
            }),
            which,
        });
    }
    let [value] = set.resource_records() else {
        return Err(unsupported(&which, "does not have exactly one value"));
    };
    let ttl_seconds = set.ttl().and_then(|ttl| u32::try_from(ttl).ok());
    Ok(Record { target: value.value().to_owned(), ttl_seconds, alias: None, which })
}

fn unsupported(which: &RecordRef, problem: &str) -> Error {
    Error::UnsupportedRecord { name: which.name.to_string(), problem: problem.to_owned() }
}

fn swap(from: &Record, to: &Record) -> Result<ChangeBatch, BuildError> {
    let step = |action, record| {
        SdkChange::builder().action(action).resource_record_set(write(record)?).build()
    };
    ChangeBatch::builder()
        .comment("mist")
        .changes(step(ChangeAction::Delete, from)?)
        .changes(step(ChangeAction::Create, to)?)
        .build()
}

fn write(record: &Record) -> Result<ResourceRecordSet, BuildError> {
    let set = ResourceRecordSet::builder()
        .name(record.which.name.as_str())
        .r#type(sdk_type(record.which.kind));
    let set = match &record.alias {
        Some(alias) => set.alias_target(
            SdkAliasTarget::builder()
                .hosted_zone_id(&alias.zone)
                .dns_name(&record.target)
                .evaluate_target_health(alias.evaluate_health)
                .build()?,
        ),
        None => set
            .set_ttl(record.ttl_seconds.map(i64::from))
            .resource_records(ResourceRecord::builder().value(&record.target).build()?),
    };
    set.build()
}

fn change(info: Option<&ChangeInfo>) -> Result<Change, Error> {
    let Some(info) = info else {
        let message = "the answer has no change".to_owned();
        return Err(Error::ServiceFailed { service: SERVICE, message });
    };
    Ok(Change { id: info.id().trim_start_matches("/change/").to_owned() })
}

/// The message of a refused batch in a form that the SDK cannot read: `InvalidChangeBatch` as the root element, instead
/// of an `ErrorResponse` with that code.
fn unread_refusal(error: &SdkError<ChangeResourceRecordSetsError, HttpResponse>) -> Option<String> {
    let body = String::from_utf8_lossy(error.raw_response()?.body().bytes()?);
    if error.code().is_some() || !body.contains("<InvalidChangeBatch") {
        return None;
    }
    let (_, rest) = body.split_once("<Message>")?;
    let (message, _) = rest.split_once("</Message>")?;
    Some(format!("InvalidChangeBatch: {message}"))
}

fn malformed(error: &BuildError) -> Error {
    Error::ServiceFailed { service: SERVICE, message: error.to_string() }
}

#[cfg(test)]
mod tests;
