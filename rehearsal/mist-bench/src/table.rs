//! The table of all figures.

mod functions;
mod part;
mod releases;
mod simulator;
mod stacks;

use std::{fs, num::NonZeroUsize};

use comfy_table::{CellAlignment, Table, presets::UTF8_FULL_CONDENSED};

use self::part::Part;
use crate::{cold, fetch::Fetched, release::Releases, simulator::Stage, stacks::Fleets};

/// The results of all measurements.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    /// The cold starts of functions.
    pub(crate) functions: Option<cold::Measured>,
    /// The fetch of a large commit.
    pub(crate) fetched: Option<Fetched>,
    /// The releases.
    pub(crate) releases: Option<Releases>,
    /// The releases on many stacks at once.
    pub(crate) fleets: Option<Fleets>,
    /// The figures of the simulator.
    pub(crate) simulator: Vec<Stage>,
    /// Whether the functions were built without optimization.
    pub(crate) unoptimized: bool,
}

/// The table as text.
pub(crate) fn print(measured: &Measured) -> String {
    let Measured { functions, fetched, releases, fleets, simulator, unoptimized } = measured;
    let parts = [
        functions.as_ref().map(functions::part),
        fetched.as_ref().map(functions::fetched),
        releases.as_ref().map(releases::part),
        fleets.as_ref().map(stacks::part),
        (!simulator.is_empty()).then(|| simulator::part(simulator)),
    ];
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED);
    let mut notes =
        vec!["Figures are minimum / median; ✗ is a target that the minimum misses.".to_owned()];
    for Part { heading, rows, notes: more } in parts.into_iter().flatten() {
        table.add_row(heading);
        for row in rows {
            table.add_row(row);
        }
        notes.extend(more);
    }
    if *unoptimized {
        notes.push(
            "The functions were built without optimization; the targets are for optimized ones."
                .into(),
        );
    }
    notes.push(machine());
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    format!("{table}\n{}", notes.join("\n"))
}

/// The number of cores of the machine, and its load.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, NonZeroUsize::get);
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default();
    format!("Machine: {cores} cores; load average {load} in the last minute.")
}
