//! A part of the table: a heading, rows, and notes below the table.

use std::{collections::BTreeMap, fmt::Display};

/// The number of columns.
pub(super) const COLUMNS: usize = 9;

/// A row; cells that do not apply are empty.
pub(super) type Row = [String; COLUMNS];

/// The figures of one part.
pub(super) struct Part {
    pub(super) heading: [&'static str; COLUMNS],
    pub(super) rows: Vec<Row>,
    /// Sentences below the table.
    pub(super) notes: Vec<String>,
}

/// A row with the targets in these columns.
pub(super) fn targets<const N: usize>(targets: [(usize, String); N]) -> Row {
    let mut row = Row::default();
    for (column, target) in [(0, "target".to_owned())].into_iter().chain(targets) {
        if let Some(cell) = row.get_mut(column) {
            *cell = target;
        }
    }
    row
}

/// The numbers by name, such as `2 UpdateEnvironment, …`.
pub(super) fn listed(numbers: &BTreeMap<String, impl Display>) -> String {
    let numbers = numbers.iter().map(|(name, number)| format!("{number} {name}"));
    numbers.collect::<Vec<_>>().join(", ")
}

pub(super) fn mark(text: String, missed: bool) -> String {
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
