//! The answers: a stack of bars for each bin, one bar for each version and one for failures.

use std::fmt::Write as _;

use svg::node::element::{Definitions, Group, Path, Pattern, Rectangle};

use super::{
    layout::{LEFT, Layout, RIGHT},
    shapes::{line, rectangle, text},
};
use crate::pictures::{
    style::short,
    timeline::{BIN, Bin, Counts, Timeline},
};

/// The most labels of the number of answers.
const TICKS: u32 = 4;

/// The space between two bins, in pixels.
const SPACE: f64 = 1.0;

/// A kind of answers: a class of the style sheet, and the part of the counts that is below it, and with it.
type Kind = (&'static str, fn(Counts) -> (u32, u32));

/// The kinds of answers, from the bottom to the top.
const KINDS: [Kind; 3] = [
    ("old", |it| (0, it.old)),
    ("new", |it| (it.old, it.old + it.new)),
    ("failed", |it| (it.old + it.new, it.all())),
];

/// The pattern of failures: without colours, it still differs from the versions.
pub(super) fn stripes() -> Definitions {
    let ground = Rectangle::new().set("width", 6).set("height", 6).set("fill", "#ffffff");
    let stripe = Rectangle::new().set("width", 3).set("height", 6).set("fill", "#b91c1c");
    let pattern = Pattern::new()
        .set("id", "stripes")
        .set("width", 6)
        .set("height", 6)
        .set("patternUnits", "userSpaceOnUse")
        .set("patternTransform", "rotate(45)");
    Definitions::new().add(pattern.add(ground).add(stripe))
}

/// The answers, with their scale and their legend.
pub(super) fn draw(timeline: &Timeline, layout: Layout) -> Group {
    let kinds = KINDS.into_iter().fold(scale(layout), |group, (class, part)| {
        let bars = bars(&timeline.bins, layout, part);
        if bars.is_empty() {
            group
        } else {
            group.add(Path::new().set("class", class).set("d", bars))
        }
    });
    let bottom = layout.bottom();
    let axis = line((LEFT, bottom), (RIGHT, bottom)).set("class", "axis");
    kinds.add(axis).add(legend(timeline, layout))
}

fn scale(layout: Layout) -> Group {
    layout.answers.ticks(TICKS).into_iter().fold(Group::new(), |group, tick| {
        let y = layout.answers.at(tick);
        let label = text(LEFT - 12.0, y + 4.0, "small end", tick.to_string());
        group.add(line((LEFT, y), (RIGHT, y)).set("class", "grid")).add(label)
    })
}

/// The outlines of the bars of a kind.
fn bars(bins: &[Bin], layout: Layout, part: fn(Counts) -> (u32, u32)) -> String {
    let mut path = String::new();
    for Bin { from, counts } in bins {
        let (below, with) = part(*counts);
        if with == below {
            continue;
        }
        let [left, right] = [*from, from + BIN].map(|it| layout.time.at(it));
        let [low, high] = [below, with].map(|it| layout.answers.at(f64::from(it)));
        let (x, width) = (short(left + SPACE / 2.0), short(right - left - SPACE));
        // Writing into a text cannot fail.
        let _ = write!(path, "M{x} {}V{}h{width}V{}z", short(low), short(high), short(low));
    }
    path
}

/// What the classes mean, with how many answers there were of each.
fn legend(timeline: &Timeline, layout: Layout) -> Group {
    let y = layout.answers.pixels.1 - 20.0;
    let Counts { old, new, failed } = timeline.total();
    let [before, after] = &timeline.conditions.versions;
    let [blue, green] = &timeline.conditions.environments;
    let entries = [
        (400.0, "old", format!("{before} on {blue}: {old}")),
        (608.0, "new", format!("{after} on {green}: {new}")),
        (818.0, "failed", format!("failed: {failed}")),
    ];
    let head = text(24.0, y, "head", format!("Answers per {BIN} s"));
    entries.into_iter().fold(Group::new().add(head), |group, (x, class, label)| {
        let swatch = rectangle((x, y - 10.0), (12.0, 12.0)).set("class", class);
        group.add(swatch).add(text(x + 18.0, y, "", label))
    })
}
