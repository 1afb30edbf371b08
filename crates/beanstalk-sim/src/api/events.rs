//! The events of environments, applications and versions.

use jiff::Timestamp;

use super::paging::{invalid_token, page_size};
use super::{Reply, Request};
use crate::wire::{ApiError, Params, Structure};
use crate::world::{Environment, Event, Severity, World};

/// Newest first; the token for the next page stays good when newer events come.
pub(super) fn describe(request: &Request) -> Reply {
    let params = &request.params;
    let filter = Filter::read(params)?;
    let size = page_size(params)?;
    let world = request.engine.world();
    let mut matching: Vec<_> = world
        .events
        .newest_first()
        .into_iter()
        .filter(|event| filter.matches(event))
        .take(size + 1)
        .collect();
    let more = matching.len() > size;
    matching.truncate(size);
    let next_token = matching.last().filter(|_| more).map(|event| token(event.position()));
    Ok(Some(
        Structure::new()
            .with_list("Events", matching.into_iter().map(|event| view(&world, event)))
            .with_some("NextToken", next_token),
    ))
}

struct Filter<'a> {
    application: Option<&'a str>,
    environment: Option<&'a str>,
    environment_id: Option<&'a str>,
    version: Option<&'a str>,
    request_id: Option<&'a str>,
    /// This severity or a higher one.
    severity: Option<Severity>,
    /// Inclusive, in milliseconds.
    start: Option<i64>,
    /// Exclusive, in milliseconds.
    end: Option<i64>,
    /// Only events that are older than the one at this position.
    before: Option<(i64, u64)>,
}

impl<'a> Filter<'a> {
    fn read(params: &'a Params) -> Result<Self, ApiError> {
        let severity = params.text("Severity").map(|name| {
            let unknown =
                || ApiError::invalid_value(format!("'{name}' is no severity, at 'Severity'."));
            Severity::from_name(name).ok_or_else(unknown)
        });
        Ok(Self {
            application: params.text("ApplicationName"),
            environment: params.text("EnvironmentName"),
            environment_id: params.text("EnvironmentId"),
            version: params.text("VersionLabel"),
            request_id: params.text("RequestId"),
            severity: severity.transpose()?,
            start: params.time("StartTime")?.map(Timestamp::as_millisecond),
            end: params.time("EndTime")?.map(Timestamp::as_millisecond),
            before: params
                .text("NextToken")
                .map(|token| position(token).ok_or_else(invalid_token))
                .transpose()?,
        })
    }

    fn matches(&self, event: &Event) -> bool {
        let same = |wanted: Option<&str>, found: Option<&String>| {
            wanted.is_none() || wanted == found.map(String::as_str)
        };
        let subject = &event.subject;
        let date = event.date.as_millisecond();
        same(self.application, Some(&subject.application))
            && same(self.environment, subject.environment.as_ref())
            && same(self.environment_id, subject.environment_id.as_ref())
            && same(self.version, subject.version.as_ref())
            && same(self.request_id, event.request_id.as_ref())
            && self.severity.is_none_or(|least| event.severity >= least)
            && self.start.is_none_or(|start| date >= start)
            && self.end.is_none_or(|end| date < end)
            && self.before.is_none_or(|before| event.position() < before)
    }
}

fn token((date, number): (i64, u64)) -> String {
    format!("{date}-{number}")
}

fn position(token: &str) -> Option<(i64, u64)> {
    let (date, number) = token.split_once('-')?;
    Some((date.parse().ok()?, number.parse().ok()?))
}

fn view(world: &World, event: &Event) -> Structure {
    let subject = &event.subject;
    let environment = subject.environment_id.as_ref().and_then(|id| world.environment(id));
    let platform = |environment: &Environment| environment.platform.arn(&world.region);
    Structure::new()
        .with("EventDate", event.date)
        .with("Message", &event.message)
        .with("ApplicationName", &subject.application)
        .with_some("VersionLabel", subject.version.as_ref())
        .with_some("EnvironmentName", subject.environment.as_ref())
        .with_some("PlatformArn", environment.map(platform))
        .with_some("RequestId", event.request_id.as_ref())
        .with("Severity", event.severity.name())
}
