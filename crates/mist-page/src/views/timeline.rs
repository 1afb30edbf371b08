//! The steps of a release as a timeline.

use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};

use super::parts::{commands, icon, name};
use crate::{
    model::{Outcome, STEPS, Step},
    text::{counted, duration, moment},
};

/// The least width of a bar, in percent of the timeline.
const LEAST: f64 = 0.7;

/// The seconds between two ticks, of which the first that gives few enough is used.
const TICKS: [f64; 15] =
    [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 14_400.0];

/// The place of `step` among the steps of a deployment, as segments; nothing for a step of another operation.
pub(crate) fn progress(step: Option<&str>) -> Markup {
    let place = step.and_then(|step| STEPS.iter().position(|known| *known == step));
    html! {
        @if let Some(place) = place {
            @let label = format!("Step {} of {}", place + 1, STEPS.len());
            svg.progress role="img" aria-label=(label) width="100%" height="6" {
                @for index in 0..STEPS.len() {
                    @let class = match index.cmp(&place) {
                        std::cmp::Ordering::Less => "past",
                        std::cmp::Ordering::Equal => "now",
                        std::cmp::Ordering::Greater => "next",
                    };
                    rect class=(class) x={ (percent(index, 0.0)) "%" } width={ (percent(1, 0.8)) "%" } height="6" rx="2" {}
                }
            }
        }
    }
}

fn percent(steps: usize, without: f64) -> String {
    let all = u32::try_from(STEPS.len()).map_or(1.0, f64::from);
    format!("{:.2}", u32::try_from(steps).map_or(0.0, f64::from) * 100.0 / all - without)
}

/// The time that a timeline shows.
struct Span {
    start: Timestamp,
    seconds: f64,
}

impl Span {
    /// The time from the first step to the end of the last one, or to `now`.
    fn of(steps: &[Step], now: Timestamp) -> Option<Self> {
        let start = steps.iter().filter_map(|step| step.started).min()?;
        let ends = steps.iter().filter_map(|step| end(step, now));
        let seconds = ends.max()?.duration_since(start).as_secs_f64();
        Some(Self { start, seconds: seconds.max(0.1) })
    }

    /// The place of `time`, in percent.
    fn place(&self, time: Timestamp) -> f64 {
        let seconds = time.duration_since(self.start).as_secs_f64();
        (seconds / self.seconds * 100.0).clamp(0.0, 100.0)
    }
}

fn end(step: &Step, now: Timestamp) -> Option<Timestamp> {
    let started = step.started?;
    let Some(seconds) = step.seconds else { return Some(now.max(started)) };
    started.checked_add(SignedDuration::try_from_secs_f64(seconds).ok()?).ok()
}

/// The steps with their bars at `now`.
pub(crate) fn view(steps: &[Step], now: Timestamp) -> Markup {
    let span = Span::of(steps, now);
    let total: f64 = steps.iter().filter_map(|step| step.seconds).sum();
    html! {
        ol.timeline {
            @for (place, step) in steps.iter().enumerate() {
                @let before = steps.get(..place).unwrap_or_default();
                (row(step, bar(step, before, span.as_ref(), total, now), now))
            }
        }
        @if let Some(span) = &span { (axis(span)) }
        (legend(steps))
    }
}

/// The start and the width of the bar of `step`, in percent. Without times, steps follow one another.
fn bar(
    step: &Step,
    before: &[Step],
    span: Option<&Span>,
    total: f64,
    now: Timestamp,
) -> (f64, f64) {
    let (from, to) = match (span, step.started, end(step, now)) {
        (Some(span), Some(started), Some(end)) => (span.place(started), span.place(end)),
        _ if total > 0.0 => {
            let seconds: f64 = before.iter().filter_map(|step| step.seconds).sum();
            let from = seconds / total * 100.0;
            (from, from + step.seconds.unwrap_or_default() / total * 100.0)
        }
        _ => (0.0, 0.0),
    };
    let width = (to - from).max(LEAST);
    (from.min(100.0 - width), width)
}

fn row(step: &Step, (from, width): (f64, f64), now: Timestamp) -> Markup {
    let Step { name: state, started, seconds, outcome, waits, retries, detail } = step;
    let (colour, sign, words) = match outcome {
        Outcome::Done => ("done", "done", "succeeded"),
        Outcome::Running => ("run", "running", "is running"),
        Outcome::Failed => ("fail", "fail", "failed"),
        Outcome::Stopped => ("idle", "stopped", "was stopped"),
    };
    let took = seconds.or_else(|| Some(now.duration_since((*started)?).as_secs_f64().max(0.0)));
    let class = if *waits { format!("{colour} waits") } else { colour.to_owned() };
    html! {
        li.step.(colour) {
            span class={ "sign ink-" (colour) } { (icon(sign, words)) }
            span.state { (name(state)) }
            svg.bar width="100%" height="14" aria-hidden="true" {
                rect.track width="100%" height="14" rx="3" {}
                rect class=(class) x={ (number(from)) "%" } width={ (number(width)) "%" } height="14" rx="3" {}
            }
            span.took { @if let Some(took) = took { (duration(took)) } }
            div.detail {
                @if !detail.is_empty() { p { (commands(detail)) } }
                (attempts(retries))
            }
        }
    }
}

fn number(percent: f64) -> String {
    format!("{percent:.2}")
}

/// The attempts after which the step was tried again.
fn attempts(retries: &[crate::model::Retry]) -> Markup {
    html! {
        @if !retries.is_empty() {
            @let summary = if retries.len() == 1 { "Tried again once".to_owned() } else { format!("Tried again {} times", retries.len()) };
            details.retries {
                summary { (icon("warn", "")) (summary) }
                ul {
                    @for retry in retries { li { span.muted { (moment(retry.at)) } " " (commands(&retry.reason)) } }
                }
            }
        }
    }
}

fn axis(span: &Span) -> Markup {
    let step = TICKS.iter().find(|step| span.seconds / **step <= 6.0).copied();
    let step = step.unwrap_or(span.seconds / 4.0);
    let ticks = (0..7_u8).map(f64::from).map(|count| count * step);
    let ticks: Vec<_> = ticks.take_while(|at| at / span.seconds <= 0.93).collect();
    html! {
        div.axis aria-hidden="true" {
            svg width="100%" height="20" {
                @for at in ticks {
                    @let place = number(at / span.seconds * 100.0);
                    line x1={ (place) "%" } x2={ (place) "%" } y1="0" y2="5" {}
                    text x={ (place) "%" } y="17" { (duration(at)) }
                }
            }
        }
    }
}

fn legend(steps: &[Step]) -> Markup {
    let waits = steps.iter().any(|step| step.waits);
    let retries: usize = steps.iter().map(|step| step.retries.len()).sum();
    html! {
        p.legend {
            span { svg.swatch aria-hidden="true" width="20" height="10" { rect.done width="20" height="10" rx="2" {} } "works" }
            @if waits { span { svg.swatch aria-hidden="true" width="20" height="10" { rect.done.waits width="20" height="10" rx="2" {} } "waits for an event" } }
            @if retries > 0 { span { (counted(retries, "attempt")) " tried again" } }
        }
    }
}
