//! The one table.

mod functions;
mod releases;
mod simulator;
mod stacks;

use std::{collections::BTreeMap, fmt::Display, fs, num::NonZeroUsize};

use comfy_table::{CellAlignment, Table, presets::UTF8_FULL_CONDENSED};

use crate::{cold, fetch::Fetched, release::Releases, simulator::Stage, stacks::Fleets};

/// The number of columns.
const COLUMNS: usize = 9;

/// A row; cells that do not apply are empty.
type Row = [String; COLUMNS];

/// Everything that was measured.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    /// The functions, one by one.
    pub(crate) functions: Option<cold::Measured>,
    /// A large commit.
    pub(crate) fetched: Option<Fetched>,
    /// Whole releases.
    pub(crate) releases: Option<Releases>,
    /// Releases on many stacks at once.
    pub(crate) fleets: Option<Fleets>,
    /// The simulator.
    pub(crate) simulator: Vec<Stage>,
    /// Whether the functions were built without optimization.
    pub(crate) unoptimized: bool,
}

/// The figures of one part.
struct Part {
    heading: [&'static str; COLUMNS],
    rows: Vec<Row>,
    /// Sentences below the table.
    notes: Vec<String>,
}

/// All figures.
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
        notes.push("The functions were built without optimization: targets are for others.".into());
    }
    notes.push(machine());
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    format!("{table}\n{}", notes.join("\n"))
}

/// The size of the machine, and how busy it was.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, NonZeroUsize::get);
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default();
    format!("Machine: {cores} cores; on average {load} processes wanted them in the last minute.")
}

/// A row with the targets in these columns.
fn targets<const N: usize>(targets: [(usize, String); N]) -> Row {
    let mut row = Row::default();
    for (column, target) in [(0, "target".to_owned())].into_iter().chain(targets) {
        if let Some(cell) = row.get_mut(column) {
            *cell = target;
        }
    }
    row
}

/// Numbers by name, as a sentence has them: `2 UpdateEnvironment, …`.
fn listed(numbers: &BTreeMap<String, impl Display>) -> String {
    let numbers = numbers.iter().map(|(name, number)| format!("{number} {name}"));
    numbers.collect::<Vec<_>>().join(", ")
}

fn mark(text: String, missed: bool) -> String {
    if missed { format!("{text} ✗") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_in_their_columns() {
        let row = targets([(2, "≤ 3".to_owned())]);
        assert_eq!([&row[0], &row[1], &row[2]], ["target", "", "≤ 3"]);
        assert_eq!(mark("4".to_owned(), true), "4 ✗");
    }

    #[test]
    fn numbers_are_listed_by_name() {
        let numbers = BTreeMap::from([("A".to_owned(), 1), ("B".to_owned(), 2)]);
        assert_eq!(listed(&numbers), "1 A, 2 B");
    }
}
