//! The rows of functions.

use super::part::{Part, Row, mark, targets};
use crate::{
    cold::{Function, Measured},
    fetch::Fetched,
    statistics::Figure,
};

/// The target of the size of a zip, in megabytes.
const ZIP: f64 = 2.5;
/// The target of a start, in starts of the empty function.
const START: f64 = 3.0;
/// The target of the CPU time of a first invoke, in milliseconds.
const FIRST_CPU: f64 = 5.0;
/// The target of the memory, in megabytes.
const MEMORY: f64 = 8.0;
/// The target of the memory of a fetch, in megabytes.
const FETCH_MEMORY: f64 = 64.0;

/// The part of cold starts.
pub(super) fn part(measured: &Measured) -> Part {
    let Measured { functions, empty, number_of_roots, rounds } = measured;
    let targets = targets([
        (1, format!("≤ {ZIP}")),
        (3, format!("≤ {START} × empty")),
        (6, format!("≤ {FIRST_CPU}")),
        (8, format!("≤ {MEMORY}")),
    ]);
    let functions = functions.iter().chain([empty]).map(|it| row(it, empty.start));
    Part {
        heading: [
            "function",
            "zip\nMB",
            "HTTPS\ncalls",
            "start\nms",
            "start CPU\nms",
            "first invoke\nms",
            "first CPU\nms",
            "warm invoke\nms",
            "memory\nMB",
        ],
        rows: [targets].into_iter().chain(functions).collect(),
        notes: vec![format!(
            "Functions: {rounds} starts each, {number_of_roots} trusted certificates."
        )],
    }
}

fn row(function: &Function, empty: Figure) -> Row {
    let Function { name, zip, calls, start, start_cpu, first, first_cpu, warm, memory } = function;
    let times = start.minimum / empty.minimum;
    [
        name.clone(),
        mark(format!("{zip:.2}"), *zip > ZIP),
        calls.to_string(),
        mark(format!("{} ({times:.1} ×)", start.show(1)), times > START),
        start_cpu.show(1),
        first.show(1),
        mark(first_cpu.show(1), first_cpu.minimum > FIRST_CPU),
        warm.show(1),
        mark(memory.show(1), memory.minimum > MEMORY),
    ]
}

/// The part of the fetch of a large commit.
pub(super) fn fetched(fetched: &Fetched) -> Part {
    let Fetched { archive, bundle, wall, cpu, memory } = *fetched;
    let row = [
        "a commit of random bytes".to_owned(),
        format!("{archive:.0}"),
        format!("{bundle:.0}"),
        format!("{wall:.1}"),
        format!("{cpu:.1}"),
        format!("{:.0}", archive / wall),
        format!("{:.0}", archive / cpu),
        String::new(),
        mark(format!("{memory:.1}"), memory > FETCH_MEMORY),
    ];
    Part {
        heading: [
            "fetch",
            "archive\nMB",
            "bundle\nMB",
            "wall\ns",
            "CPU\ns",
            "MB of archive\nper s",
            "MB of archive\nper s of CPU",
            "",
            "memory\nMB",
        ],
        rows: vec![targets([(8, format!("≤ {FETCH_MEMORY}"))]), row],
        notes: Vec::new(),
    }
}
