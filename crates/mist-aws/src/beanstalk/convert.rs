//! Environments, versions and events: from the types of the SDK to our own.

use aws_sdk_elasticbeanstalk::types::{
    ApplicationVersionDescription, EnvironmentDescription, EventDescription, EventSeverity,
};
use jiff::Timestamp;
use mist_core::{
    beanstalk::{
        application_version::{ApplicationVersion, Bundle, VersionStatus},
        environment::{Environment, EnvironmentStatus, Tier},
        event::{Event, Severity},
        health::Health,
    },
    names::VersionLabel,
    release::content,
};

use crate::time::timestamp;

/// An environment in our own type.
pub(super) fn environment(found: &EnvironmentDescription) -> Environment {
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let cname = text(found.cname()).to_lowercase();
    let tier = found.tier().and_then(|tier| tier.name()).unwrap_or("WebServer");
    Environment {
        name: text(found.environment_name()),
        application: text(found.application_name()),
        version: found.version_label().map(str::to_owned),
        status: status(found.status().map_or("", |status| status.as_str())),
        health: Health {
            color: found.health().map_or("Grey", |color| color.as_str()).to_owned(),
            status: found.health_status().map(|status| status.as_str().to_owned()),
        },
        tier: if tier == "Worker" { Tier::Worker } else { Tier::WebServer },
        address: found.endpoint_url().map_or_else(|| cname.clone(), str::to_owned),
        cname,
        platform: text(found.platform_arn()),
        updated: found.date_updated().map(|time| timestamp(*time)),
    }
}

fn status(status: &str) -> EnvironmentStatus {
    match status {
        "Aborting" => EnvironmentStatus::Aborting,
        "Launching" => EnvironmentStatus::Launching,
        "LinkingFrom" => EnvironmentStatus::LinkingFrom,
        "LinkingTo" => EnvironmentStatus::LinkingTo,
        "Ready" => EnvironmentStatus::Ready,
        "Terminating" => EnvironmentStatus::Terminating,
        "Terminated" => EnvironmentStatus::Terminated,
        "Updating" => EnvironmentStatus::Updating,
        _ => EnvironmentStatus::Unknown,
    }
}

/// The creation time and the label of a version that can be deployed; `None` for one that failed.
pub(super) fn deployable(
    version: &ApplicationVersionDescription,
) -> Option<(Timestamp, VersionLabel)> {
    if application_version(version).status == VersionStatus::Failed {
        return None;
    }
    Some((timestamp(*version.date_created()?), version.version_label()?.parse().ok()?))
}

/// A version in our own type. The service model names its states `Processed`, but the wire has `PROCESSED`, which the
/// SDK does not know.
pub(super) fn application_version(found: &ApplicationVersionDescription) -> ApplicationVersion {
    let status = found.status().map_or("", |status| status.as_str()).to_ascii_uppercase();
    let location = found.source_bundle();
    ApplicationVersion {
        bundle: location
            .and_then(|at| Some((at.s3_bucket()?, at.s3_key()?)))
            .map(|(bucket, key)| Bundle { bucket: bucket.to_owned(), key: key.to_owned() }),
        status: match status.as_str() {
            "FAILED" => VersionStatus::Failed,
            "PROCESSING" | "BUILDING" => VersionStatus::Processing,
            _ => VersionStatus::Usable,
        },
        checksum: found.description().and_then(content::recorded),
    }
}

/// An event in our own type.
pub(super) fn event(found: &EventDescription) -> Event {
    Event {
        time: found.event_date().map_or(Timestamp::UNIX_EPOCH, |time| timestamp(*time)),
        severity: match found.severity() {
            Some(EventSeverity::Error | EventSeverity::Fatal) => Severity::Error,
            Some(EventSeverity::Warn) => Severity::Warn,
            Some(EventSeverity::Debug | EventSeverity::Trace) => Severity::Debug,
            _ => Severity::Info,
        },
        message: found.message().unwrap_or_default().to_owned(),
        request_id: found.request_id().map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_severity_of_an_event() {
        for (severity, read) in [
            (EventSeverity::Trace, Severity::Debug),
            (EventSeverity::Debug, Severity::Debug),
            (EventSeverity::Info, Severity::Info),
            (EventSeverity::Warn, Severity::Warn),
            (EventSeverity::Error, Severity::Error),
            (EventSeverity::Fatal, Severity::Error),
        ] {
            assert_eq!(
                event(&EventDescription::builder().severity(severity).build()).severity,
                read
            );
        }
    }

    #[test]
    fn reads_every_status_of_an_environment() {
        for status in [
            EnvironmentStatus::Aborting,
            EnvironmentStatus::Launching,
            EnvironmentStatus::LinkingFrom,
            EnvironmentStatus::LinkingTo,
            EnvironmentStatus::Ready,
            EnvironmentStatus::Terminating,
            EnvironmentStatus::Terminated,
            EnvironmentStatus::Updating,
        ] {
            assert_eq!(super::status(&status.to_string()), status);
        }
    }
}
