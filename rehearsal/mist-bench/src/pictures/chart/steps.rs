//! The steps of the execution: a row each, with a bar over its time.

use svg::node::element::Group;

use super::{
    layout::{GAP, LEFT, Layout, RIGHT, STEP, STEPS},
    shapes::{line, rectangle, text},
};
use crate::pictures::timeline::{Conditions, Span, Timeline};

/// The height of a bar, and its least width: some steps take milliseconds.
const BAR: f64 = 12.0;
const LEAST: f64 = 3.0;

/// The space that a duration needs beside its bar.
const LABEL: f64 = 48.0;

/// The space that the sentences about the record need beside their line.
const SENTENCE: f64 = 270.0;

/// The steps, with their names on the left and their durations beside the bars.
pub(super) fn draw(timeline: &Timeline, layout: Layout) -> Group {
    let head = text(24.0, STEPS - 16.0, "head", "Steps of the execution");
    let rows = tops().zip(&timeline.steps);
    rows.fold(Group::new().add(head), |group, (top, step)| group.add(row(step, top, layout)))
}

/// The upper edges of the rows.
fn tops() -> impl Iterator<Item = f64> {
    std::iter::successors(Some(STEPS), |top| Some(top + STEP))
}

fn row(step: &Span, top: f64, layout: Layout) -> Group {
    let base = top + STEP / 2.0 + 4.5;
    let (from, until) = (layout.time.at(step.from), layout.time.at(step.until));
    let width = (until - from).max(LEAST);
    let class = if step.state == "Swap" { "swap" } else { "step" };
    let bar = rectangle((from, top + (STEP - BAR) / 2.0), (width, BAR));
    let duration = format!("{:.1} s", step.seconds());
    let (x, anchor) = beside(from, from + width);
    Group::new()
        .add(text(LEFT - 12.0, base, "end", step.state.as_str()))
        .add(bar.set("class", class).set("rx", 2))
        .add(text(x, base, &format!("small{anchor}"), duration))
}

/// The place of the duration of a bar, and the class that anchors it: on the right of the bar if there is space.
pub(super) fn beside(from: f64, until: f64) -> (f64, &'static str) {
    if until + LABEL <= RIGHT { (until + 6.0, "") } else { (from - 6.0, " end") }
}

/// The line at which the record is switched: from the bar of *Swap* down through the answers.
pub(super) fn switch(timeline: &Timeline, layout: Layout) -> Group {
    let group = Group::new();
    let found = tops().zip(&timeline.steps).find(|(_, step)| Some(*step) == timeline.swap());
    let Some((top, swap)) = found else { return group };
    let x = layout.time.at(swap.until);
    let from = top + f64::midpoint(STEP, BAR);
    let Conditions { environments: [_, new], ttl_seconds, .. } = &timeline.conditions;
    let labels = [
        (20.0, format!("The record points to {new}")),
        (36.0, format!("DNS caches expire within {ttl_seconds} s")),
    ];
    let fits = x + SENTENCE <= RIGHT;
    let (beside, class) = if fits { (x + 8.0, "moved") } else { (x - 8.0, "moved end") };
    let top = layout.answers.pixels.1 - GAP;
    let group = group.add(line((x, from), (x, layout.bottom())).set("class", "switch"));
    labels
        .into_iter()
        .fold(group, |group, (y, label)| group.add(text(beside, top + y, class, label)))
}
