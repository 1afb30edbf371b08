//! The EventBridge entry of an event.
//!
//! Detail types, statuses and messages are those of the developer guide's table ("Using Elastic Beanstalk with Amazon
//! EventBridge"), odd spellings included. Events that are not in the table, such as failed deployments, are not sent.

use std::time::Duration;

use serde::Serialize;

use crate::world::{Event, Severity};

const ENVIRONMENT: &str = "Elastic Beanstalk resource status change";
const RESOURCE: &str = "Other resource status change";
const HEALTH: &str = "Health status change";
const MANAGED: &str = "Managed update status change";

/// An entry of `PutEvents`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Envelope {
    source: &'static str,
    detail_type: &'static str,
    /// The detail, as JSON in a string.
    detail: String,
    resources: [String; 1],
    /// The date, in seconds since 1970.
    time: f64,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Detail<'a> {
    status: &'a str,
    /// The date, in milliseconds since 1970.
    event_date: i64,
    application_name: &'a str,
    message: &'a str,
    environment_name: &'a str,
    severity: &'a str,
}

/// A row of the table: the name, status and message of an event.
struct Row<'a> {
    detail_type: &'static str,
    status: &'static str,
    message: &'a str,
    severity: Severity,
}

impl Envelope {
    /// The entry of an event, if the table has one.
    pub(super) fn of(event: &Event, environment: &str, arn: String) -> Option<Self> {
        let row = Row::of(event)?;
        let milliseconds = event.date.as_millisecond();
        let detail = Detail {
            status: row.status,
            event_date: milliseconds,
            application_name: &event.subject.application,
            message: row.message,
            environment_name: environment,
            severity: row.severity.name(),
        };
        Some(Self {
            source: "aws.elasticbeanstalk",
            detail_type: row.detail_type,
            detail: serde_json::to_string(&detail).ok()?,
            resources: [arn],
            time: Duration::from_millis(milliseconds.unsigned_abs()).as_secs_f64(),
        })
    }
}

impl<'a> Row<'a> {
    fn of(event: &'a Event) -> Option<Self> {
        let row = |detail_type, status| Self {
            detail_type,
            status,
            message: &event.message,
            severity: event.severity,
        };
        let row = match event.message.as_str() {
            "createEnvironment is starting." => row(ENVIRONMENT, "Environment creation started"),
            "Failed to launch environment." => row(ENVIRONMENT, "Environment creation failed"),
            "Environment update is starting." => row(ENVIRONMENT, "Environment update started"),
            "Environment update completed successfully." => {
                row(ENVIRONMENT, "Environment update successful")
            }
            "Failed to deploy configuration." => row(ENVIRONMENT, "Environment update failed"),
            "terminateEnvironment is starting." => {
                row(ENVIRONMENT, "Environment termination started")
            }
            "terminateEnvironment completed successfully." => {
                row(ENVIRONMENT, "Environment termination successful")
            }
            "Managed platform update is in-progress." => row(MANAGED, "Managed updated started"),
            message => return Self::of_beginning(message, row),
        };
        Some(row)
    }

    /// Messages that end with names.
    fn of_beginning(
        message: &str,
        row: impl Fn(&'static str, &'static str) -> Self,
    ) -> Option<Self> {
        let begins = |beginning| message.starts_with(beginning);
        // The event stream and the table have different texts for the end of a creation.
        if begins("Successfully launched environment") {
            let message = "createEnvironment completed successfully.";
            return Some(Self { message, ..row(ENVIRONMENT, "Environment creation successful") });
        }
        if begins("Create environment operation is complete, but with")
            || begins("Launched environment")
        {
            let row = row(ENVIRONMENT, "Environment creation successful");
            return Some(Self { severity: Severity::Info, ..row });
        }
        [
            ("Created Auto Scaling group", RESOURCE, "Auto Scaling group created"),
            ("Deleted Auto Scaling group", RESOURCE, "Auto Scaling group deleted"),
            ("Added instance", RESOURCE, "Instance added"),
            ("Removed instance", RESOURCE, "Instance removed"),
            ("Created load balancer", RESOURCE, "Load balancer created"),
            ("Deleted load balancer", RESOURCE, "Load balancer deleted"),
            ("Environment health has", HEALTH, "Environment health changed"),
            ("Managed update failed", MANAGED, "Managed update failed"),
        ]
        .into_iter()
        .find(|(beginning, ..)| begins(*beginning))
        .map(|(_, detail_type, status)| row(detail_type, status))
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::world::Subject;

    fn event(severity: Severity, message: &str) -> Event {
        let subject = Subject {
            application: "shop".to_owned(),
            environment: Some("shop-a".to_owned()),
            version: Some("v1".to_owned()),
            environment_id: Some("e-1".to_owned()),
            ..Subject::default()
        };
        Event {
            number: 1,
            date: Timestamp::from_millisecond(1_790_000_000_123).unwrap(),
            severity,
            subject,
            request_id: Some("r-1".to_owned()),
            message: message.to_owned(),
        }
    }

    fn envelope(severity: Severity, message: &str) -> Option<Envelope> {
        Envelope::of(&event(severity, message), "shop-a", "arn:x".to_owned())
    }

    #[test]
    fn an_envelope_has_neither_request_nor_version() {
        let envelope = envelope(Severity::Info, "createEnvironment is starting.");
        insta::assert_snapshot!(serde_json::to_string(&envelope).unwrap(), @r#"{"Source":"aws.elasticbeanstalk","DetailType":"Elastic Beanstalk resource status change","Detail":"{\"Status\":\"Environment creation started\",\"EventDate\":1790000000123,\"ApplicationName\":\"shop\",\"Message\":\"createEnvironment is starting.\",\"EnvironmentName\":\"shop-a\",\"Severity\":\"INFO\"}","Resources":["arn:x"],"Time":1790000000.123}"#);
    }

    #[test]
    fn a_creation_ends_with_the_text_of_the_table() {
        let detail = |message| envelope(Severity::Info, message).unwrap().detail;
        let detail = detail("Successfully launched environment: shop-a");
        assert!(detail.contains("createEnvironment completed successfully."), "{detail}");
    }

    #[test]
    fn the_kind_follows_from_the_message() {
        for (message, kind) in [
            ("Added instances [i-1, i-2] to your environment.", RESOURCE),
            ("Deleted load balancer named: awseb-1", RESOURCE),
            ("Environment health has transitioned from Ok to Severe.", HEALTH),
            ("Managed update failed, retrying in 60 minutes.", MANAGED),
        ] {
            let envelope = envelope(Severity::Warn, message);
            assert_eq!(envelope.map(|envelope| envelope.detail_type), Some(kind), "{message}");
        }
    }

    #[test]
    fn a_failed_deployment_is_not_in_the_table() {
        assert_eq!(envelope(Severity::Error, "Failed to deploy application."), None);
        assert_eq!(envelope(Severity::Info, "Deploying new version to instance(s)."), None);
    }
}
