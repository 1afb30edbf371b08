//! Tables in the width of a terminal.

use comfy_table::{Cell, ColumnConstraint, ContentArrangement, Table, Width};
use console::measure_text_width;

use super::{style, visible};

/// The columns between the name of a field and its value, if a row is a list of fields.
const GAP: usize = 2;

/// `table` with a bold heading, in `width` columns; `None` leaves it as it is.
///
/// A table that is too wide has more lines per row. If that would break words, each row is a list of its fields.
pub(super) fn drawn(table: &mut Table, width: Option<usize>, colors: bool) -> String {
    let Some(width) = width else { return with_heading(table, colors) };
    table.set_content_arrangement(ContentArrangement::Disabled);
    if widest(&table.to_string()) <= width {
        return with_heading(table, colors);
    }
    let Rows { heading, rows } = Rows::of(table);
    let longest = (0..heading.len()).map(|column| {
        let cells = rows.iter().filter_map(|row| row.get(column)).chain(heading.get(column));
        cells.flat_map(|cell| cell.split_whitespace()).map(measure_text_width).max().unwrap_or(0)
    });
    // A column has a space on each side and a border.
    let longest: Vec<_> = longest.map(|word| word + 2).collect();
    if longest.iter().map(|column| column + 1).sum::<usize>() + 1 > width {
        return fields(&heading, &rows, width, colors);
    }
    for (place, least) in longest.into_iter().enumerate() {
        let least = Width::Fixed(u16::try_from(least).unwrap_or(u16::MAX));
        if let Some(column) = table.column_mut(place) {
            column.set_constraint(ColumnConstraint::LowerBoundary(least));
        }
    }
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(u16::try_from(width).unwrap_or(u16::MAX));
    with_heading(table, colors)
}

/// The texts of a table.
struct Rows {
    heading: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Rows {
    fn of(table: &Table) -> Self {
        let texts = |row: &comfy_table::Row| row.cell_iter().map(Cell::content).collect();
        Self {
            heading: table.header().map(texts).unwrap_or_default(),
            rows: table.row_iter().map(texts).collect(),
        }
    }
}

fn widest(text: &str) -> usize {
    text.lines().map(|line| measure_text_width(line.trim_end())).max().unwrap_or(0)
}

/// `table`, whose first line or first framed line is its heading.
fn with_heading(table: &Table, colors: bool) -> String {
    let text = visible::visible(&table.to_string()).into_owned();
    let heading = usize::from(text.starts_with('┌'));
    let lines = text.lines().enumerate().map(|(place, line)| {
        if place == heading { style::bold(line, colors) } else { line.trim_end().to_owned() }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The rows, each as a list of the fields that are not empty.
fn fields(heading: &[String], rows: &[Vec<String>], width: usize, colors: bool) -> String {
    let indent = heading.iter().map(|name| measure_text_width(name)).max().unwrap_or(0) + GAP;
    let rows = rows.iter().map(|row| {
        let fields = heading.iter().zip(row).filter(|(_, value)| !value.trim().is_empty());
        let fields = fields.map(|(name, value)| {
            let spaces = " ".repeat(indent - measure_text_width(name));
            let value = visible::visible(value);
            let words: Vec<_> = value.lines().map(str::trim).collect();
            let value = style::wrapped(&words.join("\n"), indent, indent, width);
            format!("{}{spaces}{value}", style::bold(&visible::visible(name), colors))
        });
        fields.collect::<Vec<_>>().join("\n")
    });
    rows.collect::<Vec<_>>().join("\n\n")
}

#[cfg(test)]
mod tests {
    use comfy_table::presets::{NOTHING, UTF8_FULL_CONDENSED};

    use super::*;

    fn tables() -> [Table; 2] {
        [UTF8_FULL_CONDENSED, NOTHING].map(|style| {
            let mut table = Table::new();
            table.load_style(style);
            table.set_header([
                "side",
                "environment",
                "version",
                "status",
                "health",
                "role",
                "since",
            ]);
            table.add_row([
                "A",
                "Demo-QA-A",
                "v1",
                "Ready",
                "Green (Ok)",
                "live",
                "2026-01-02 03:04:05 UTC",
            ]);
            table.add_row(["B", "Demo-QA-B", "git-5f0c", "Updating", "Grey (Info)", "idle", ""]);
            table
        })
    }

    #[test]
    fn a_table_fits_every_width_and_breaks_no_word() {
        for table in tables() {
            let Rows { heading, rows } = Rows::of(&table);
            let words: Vec<_> =
                rows.iter().flatten().flat_map(|cell| cell.split_whitespace()).collect();
            for width in 40..=200 {
                let shown = drawn(&mut table.clone(), Some(width), false);
                assert!(widest(&shown) <= width, "{width} columns:\n{shown}");
                let shown: Vec<_> = shown.split_whitespace().collect();
                for word in
                    words.iter().chain(&heading.iter().map(String::as_str).collect::<Vec<_>>())
                {
                    assert!(shown.contains(word), "{width} columns break {word}: {shown:?}");
                }
            }
        }
    }

    #[test]
    fn a_narrow_table_is_a_list_of_fields() {
        let [mut table, _] = tables();
        insta::assert_snapshot!(drawn(&mut table, Some(40), false), @"
        side         A
        environment  Demo-QA-A
        version      v1
        status       Ready
        health       Green (Ok)
        role         live
        since        2026-01-02 03:04:05 UTC

        side         B
        environment  Demo-QA-B
        version      git-5f0c
        status       Updating
        health       Grey (Info)
        role         idle
        ");
    }

    #[test]
    fn without_a_terminal_a_table_keeps_its_width() {
        let [mut table, _] = tables();
        let shown = drawn(&mut table, None, false);
        assert_eq!(shown.lines().count(), 6, "{shown}");
    }

    #[test]
    fn only_colors_differ() {
        for width in [None, Some(40), Some(80), Some(200)] {
            let [mut table, _] = tables();
            let colored = drawn(&mut table.clone(), width, true);
            assert!(colored.contains("\u{1b}[1m"), "{colored}");
            assert_eq!(
                console::strip_ansi_codes(&colored).trim_end(),
                drawn(&mut table, width, false).trim_end()
            );
        }
    }
}
