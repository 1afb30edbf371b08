//! Route 53.

mod sets;

use aws_sdk_route53::{
    Client,
    error::{BuildError, ProvideErrorMetadata as _},
    operation::{
        change_resource_record_sets::ChangeResourceRecordSetsError,
        list_resource_record_sets::ListResourceRecordSetsError,
    },
    types::{ChangeInfo, RrType},
};
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use mist_core::{
    dns::{
        record::{Change, Record, RecordRef},
        set::{Page, Place},
    },
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
    async fn page(&self, zone: &str, from: Option<&Place>) -> Result<Page, Error> {
        // Without a number of items, a page has as many as Route 53 allows: 300.
        let answer = self
            .client
            .list_resource_record_sets()
            .hosted_zone_id(zone)
            .set_start_record_name(from.map(|place| place.name.clone()))
            .set_start_record_type(from.and_then(|place| place.kind.as_deref()).map(RrType::from))
            .set_start_record_identifier(from.and_then(|place| place.identifier.clone()))
            .send()
            .await;
        let answer = answer.map_err(|error| {
            let missing = error
                .as_service_error()
                .is_some_and(ListResourceRecordSetsError::is_no_such_hosted_zone);
            if missing {
                return Error::HostedZoneMissing { zone: zone.to_owned() };
            }
            classify(SERVICE, &error)
        })?;
        let next = answer.next_record_name().filter(|_| answer.is_truncated());
        let next = next.map(|name| Place {
            name: name.to_owned(),
            kind: answer.next_record_type().map(|kind| kind.as_str().to_owned()),
            identifier: answer.next_record_identifier().map(str::to_owned),
        });
        if answer.is_truncated() && (next.is_none() || next.as_ref() == from) {
            let message = "a list of record sets does not go on".to_owned();
            return Err(Error::ServiceFailed { service: SERVICE, message });
        }
        Ok(Page {
            sets: answer.resource_record_sets().iter().filter_map(sets::read).collect(),
            next,
        })
    }

    async fn replace(&self, moves: &[(Record, Record)]) -> Result<Change, Error> {
        let Some(zone) = moves.first().map(|(from, _)| from.which.zone.as_str()) else {
            let message = "a change has no records".to_owned();
            return Err(Error::ServiceFailed { service: SERVICE, message });
        };
        // The batch is atomic, and it deletes exactly the records that were read: a compare-and-swap. An UPSERT would
        // overwrite a change by another client.
        let answer = self
            .client
            .change_resource_record_sets()
            .hosted_zone_id(zone)
            .change_batch(sets::batch(moves).map_err(|error| malformed(&error))?)
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
            for (from, _) in moves {
                self.is_still(from).await?;
            }
        }
        match unread {
            Some(message) => Err(Error::ServiceFailed { service: SERVICE, message }),
            None => Err(classify(SERVICE, &error)),
        }
    }
}

impl Route53 {
    /// Refuses a record that is no longer `from`.
    async fn is_still(&self, from: &Record) -> Result<(), Error> {
        let RecordRef { zone, name, kind } = &from.which;
        let place =
            Place { name: name.to_string(), kind: Some(kind.to_string()), identifier: None };
        let page = self.page(zone, Some(&place)).await?;
        let found = page.sets.iter().find(|set| set.is(&from.which)).map(|set| set.record(zone));
        if found.as_ref().is_some_and(|found| found.as_ref() == Ok(from)) {
            return Ok(());
        }
        let found = match found {
            Some(Ok(found)) => found.to_string(),
            Some(Err(problem)) => format!("what mist cannot move: it {problem}"),
            None => "nothing".to_owned(),
        };
        Err(Error::RecordChanged { name: name.to_string(), expected: from.to_string(), found })
    }
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
