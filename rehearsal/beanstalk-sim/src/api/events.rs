//! The events of environments, applications and versions.

use jiff::{SignedDuration, Timestamp};

use super::paging::{invalid_token, page_size};
use crate::engine::Engine;
use crate::faults::Target;
use crate::request::{Reply, Request};
use crate::wire::{ApiError, Params, Structure};
use crate::world::{Event, Severity, World};

/// The time for which events are described.
const KEPT: SignedDuration = SignedDuration::from_hours(6 * 7 * 24);

/// Describes events, newest first. A token stays valid when newer events arrive.
pub(super) fn describe(request: &Request) -> Reply {
    let params = &request.params;
    let filter = Filter::read(params)?;
    let size = page_size(params)?;
    let world = request.engine.world();
    let earliest = (world.now() - KEPT).as_millisecond();
    let mut matching: Vec<_> = world
        .events
        .newest_first()
        .into_iter()
        .take_while(|event| event.date.as_millisecond() >= earliest)
        .filter(|event| filter.matches(event) && filter.matches_platform(&world, event))
        .filter(|event| can_be_seen(&request.engine, &world, event))
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

fn can_be_seen(engine: &Engine, world: &World, event: &Event) -> bool {
    let target = Target {
        environment: event.subject.environment.as_deref(),
        version: event.subject.version.as_deref(),
        operation: Some("DescribeEvents"),
    };
    let lag = world.faults.events_lag(&target);
    lag.is_none_or(|seconds| !engine.clock.is_younger(event.date, seconds))
}

struct Filter<'a> {
    application: Option<&'a str>,
    environment: Option<&'a str>,
    environment_id: Option<&'a str>,
    version: Option<&'a str>,
    template: Option<&'a str>,
    platform: Option<&'a str>,
    request_id: Option<&'a str>,
    /// The minimum severity.
    severity: Option<Severity>,
    /// The start, inclusive, in milliseconds.
    start: Option<i64>,
    /// The end, exclusive, in milliseconds.
    end: Option<i64>,
    /// The position of the event that ended the previous page; only older events follow.
    before: Option<(i64, u64)>,
}

impl<'a> Filter<'a> {
    fn read(params: &'a Params) -> Result<Self, ApiError> {
        let severity = params.text("Severity").map(|name| {
            let unknown =
                || ApiError::invalid_value(format!("'{name}' is not a severity, at 'Severity'."));
            Severity::from_name(name).ok_or_else(unknown)
        });
        Ok(Self {
            application: params.text("ApplicationName"),
            environment: params.text("EnvironmentName"),
            environment_id: params.text("EnvironmentId"),
            version: params.text("VersionLabel"),
            template: params.text("TemplateName"),
            platform: params.text("PlatformArn"),
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
            && same(self.template, subject.template.as_ref())
            && same(self.request_id, event.request_id.as_ref())
            && self.severity.is_none_or(|least| event.severity >= least)
            && self.start.is_none_or(|start| date >= start)
            && self.end.is_none_or(|end| date < end)
            && self.before.is_none_or(|before| event.position() < before)
    }

    /// Whether an event's environment has the platform.
    fn matches_platform(&self, world: &World, event: &Event) -> bool {
        self.platform.is_none() || self.platform == platform(world, event).as_deref()
    }
}

fn token((date, number): (i64, u64)) -> String {
    format!("{date}-{number}")
}

fn position(token: &str) -> Option<(i64, u64)> {
    let (date, number) = token.split_once('-')?;
    Some((date.parse().ok()?, number.parse().ok()?))
}

fn platform(world: &World, event: &Event) -> Option<String> {
    let environment = world.environment(event.subject.environment_id.as_ref()?)?;
    Some(environment.platform.arn(&world.region))
}

fn view(world: &World, event: &Event) -> Structure {
    let subject = &event.subject;
    Structure::new()
        .with("EventDate", event.date)
        .with("Message", &event.message)
        .with("ApplicationName", &subject.application)
        .with_some("VersionLabel", subject.version.as_ref())
        .with_some("TemplateName", subject.template.as_ref())
        .with_some("EnvironmentName", subject.environment.as_ref())
        .with_some("PlatformArn", platform(world, event))
        .with_some("RequestId", event.request_id.as_ref())
        .with("Severity", event.severity.name())
}
