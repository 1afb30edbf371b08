//! The rows of releases.

use super::part::{Part, Row, listed, mark, targets};
use crate::{
    release::{Kind, Release, Releases},
    statistics::{Figure, mean_and_most},
};

/// The target of the transitions of a release: its 13 states.
const TRANSITIONS: usize = 13;
/// The price of a transition of a standard workflow in us-east-1, in dollars.
const DOLLARS: f64 = 0.000_025;
/// The target of the time of a release besides the deployment, in seconds.
const OVER: f64 = 1.5;

/// The part of releases.
pub(super) fn part(measured: &Releases) -> Part {
    let Releases { kinds, time_scale } = measured;
    let targets = targets([
        (1, format!("≤ {TRANSITIONS}")),
        (7, format!("≤ {OVER}")),
        (8, format!("≤ {OVER}")),
    ]);
    let rows = kinds.iter().flat_map(|kind| [row(kind, *time_scale), floor(kind)]);
    let mut notes: Vec<_> = kinds.iter().map(calls).collect();
    notes.push(format!(
        "Releases: at {time_scale} times the speed; the lag is in seconds of this machine."
    ));
    Part {
        heading: [
            "release",
            "transitions",
            "Step Functions\n$ per release",
            "reads of\nBeanstalk",
            "wall\ns",
            "deployment\ns",
            "lag after it\nmean / worst s",
            "over it\ns",
            "over it\nunscaled s",
        ],
        rows: [targets].into_iter().chain(rows).collect(),
        notes,
    }
}

fn row(kind: &Kind, scale: f64) -> Row {
    let figure = |what: &dyn Fn(&Release) -> f64| Figure::of(kind.releases.iter().map(what));
    let count = |what: &dyn Fn(&Release) -> usize| {
        let counts = kind.releases.iter().map(what);
        let (least, most) = (counts.clone().min().unwrap_or(0), counts.max().unwrap_or(0));
        if least == most { most.to_string() } else { format!("{least} – {most}") }
    };
    let most = kind.releases.iter().map(|it| it.cost.transitions).max().unwrap_or(0);
    let dollars = f64::from(u32::try_from(most).unwrap_or(u32::MAX)) * DOLLARS;
    let (mean, worst) = mean_and_most(kind.releases.iter().map(|it| it.cost.lag));
    let over = figure(&|it| it.over());
    let unscaled = figure(&|it| it.over_unscaled(scale));
    [
        kind.name.to_owned(),
        mark(count(&|it| it.cost.transitions), most > TRANSITIONS),
        format!("{dollars:.6}"),
        count(&Release::reads),
        figure(&|it| it.wall).show(1),
        figure(&|it| it.own).show(1),
        format!("{mean:.2} / {worst:.2}"),
        mark(over.show(1), over.minimum > OVER),
        mark(unscaled.show(1), unscaled.minimum > OVER),
    ]
}

/// The row of the emulator's part.
fn floor(kind: &Kind) -> Row {
    let mut row = Row::default();
    row[0] = format!("of that, the emulator:\n{} steps that do nothing", kind.floor_steps);
    row[7] = kind.floor.show(1);
    row[8] = kind.floor.show(1);
    row
}

/// The calls of the release with the most calls, by operation.
fn calls(kind: &Kind) -> String {
    let most = kind.releases.iter().max_by_key(|it| it.calls.values().sum::<usize>());
    let calls = most.map(|it| listed(&it.calls)).unwrap_or_default();
    format!("Calls of Beanstalk, {}: {calls}.", kind.name)
}
