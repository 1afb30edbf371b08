//! The rows of a terminal over time, from what a program printed.

use std::num::NonZeroU16;

use vt100::{Cell, Color, Parser, Screen};

use super::terminal::{COLUMNS, Chunk, ROWS};

/// The frames per second. What is on the screen for less than a frame is not in the film.
const FRAMES: f64 = 10.0;

/// A recording of a terminal.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Film {
    /// The rows in the order in which they disappear; those that stay come last.
    pub(crate) shots: Vec<Shot>,
    /// The number of rows at the end, without empty ones below.
    pub(crate) rows: u16,
}

/// A row, for as long as it does not change.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Shot {
    /// The number of the row; the uppermost is 0.
    pub(crate) row: u16,
    /// The text of the row.
    pub(crate) runs: Vec<Run>,
    /// When it appears, in seconds.
    pub(crate) from: f64,
    /// When it disappears, in seconds; `None` if it stays.
    pub(crate) until: Option<f64>,
}

/// Text in one style, with at most one space between words: more begin another run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Run {
    /// The number of its first column; the leftmost is 0.
    pub(crate) column: u16,
    /// The text.
    pub(crate) text: String,
    /// Its style.
    pub(crate) style: Style,
}

/// The style of letters.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Style {
    /// The colour.
    pub(crate) color: Color,
    /// Whether they are bold.
    pub(crate) bold: bool,
    /// Whether they are dim.
    pub(crate) dim: bool,
}

/// A row that is on the screen.
#[derive(Clone, Debug, Default)]
struct Shown {
    runs: Vec<Run>,
    from: f64,
}

impl Film {
    /// What the screen showed of `chunks`.
    pub(crate) fn develop(chunks: &[Chunk]) -> Self {
        let [rows, columns] =
            [ROWS, COLUMNS].map(|it| NonZeroU16::new(it).unwrap_or(NonZeroU16::MIN));
        let mut parser = Parser::new(rows, columns, 0);
        let mut shown = vec![Shown::default(); usize::from(ROWS)];
        let mut film = Self::default();
        let frame = |chunk: &Chunk| (chunk.at.as_secs_f64() * FRAMES).floor() / FRAMES;
        for same in chunks.chunk_by(|one, other| frame(one).total_cmp(&frame(other)).is_eq()) {
            for chunk in same {
                parser.process(&chunk.bytes);
            }
            let now = same.first().map_or(0.0, frame);
            film.shoot(parser.screen(), &mut shown, now);
        }
        for (row, Shown { runs, from }) in (0..).zip(shown) {
            if !runs.is_empty() {
                film.rows = row + 1;
                film.shots.push(Shot { row, runs, from, until: None });
            }
        }
        film
    }

    /// Compares the screen at the time `now` with what it showed before.
    fn shoot(&mut self, screen: &Screen, shown: &mut [Shown], now: f64) {
        for (row, before) in (0..).zip(shown) {
            let runs = read(screen, row);
            if runs == before.runs {
                continue;
            }
            let Shown { runs, from } = std::mem::replace(before, Shown { runs, from: now });
            if !runs.is_empty() {
                self.shots.push(Shot { row, runs, from, until: Some(now) });
            }
        }
    }
}

/// The text of a row.
fn read(screen: &Screen, row: u16) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut end = 0;
    for column in 0..COLUMNS {
        let Some(cell) = screen.cell(row, column).filter(|cell| !is_blank(cell)) else { continue };
        let style = Style { color: cell.fgcolor(), bold: cell.bold(), dim: cell.dim() };
        match runs.last_mut() {
            Some(run) if run.style == style && column <= end + 1 => {
                if column > end {
                    run.text.push(' ');
                }
                run.text.push_str(cell.contents());
            }
            _ => runs.push(Run { column, text: cell.contents().to_owned(), style }),
        }
        end = column + if cell.is_wide() { 2 } else { 1 };
    }
    runs
}

fn is_blank(cell: &Cell) -> bool {
    cell.contents().trim().is_empty()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn chunk(milliseconds: u64, text: &str) -> Chunk {
        Chunk { at: Duration::from_millis(milliseconds), bytes: text.as_bytes().to_vec() }
    }

    /// Each shot as `row from-until: texts`.
    fn told(film: &Film) -> Vec<String> {
        let told = film.shots.iter().map(|shot| {
            let texts: Vec<_> = shot.runs.iter().map(|run| run.text.as_str()).collect();
            let until = shot.until.map(|until| until.to_string()).unwrap_or_default();
            format!("{} {}-{until}: {}", shot.row, shot.from, texts.join("|"))
        });
        told.collect()
    }

    #[test]
    fn a_row_that_is_overwritten_is_two_shots() {
        let film = Film::develop(&[
            chunk(0, "one\r\n"),
            chunk(1020, "⠋ two"),
            chunk(1530, "\r\u{1b}[2K✓ two    done\r\n\r\n"),
            chunk(2000, "three\r\n"),
        ]);
        let expected = ["1 1-1.5: ⠋ two", "0 0-: one", "1 1.5-: ✓ two|done", "3 2-: three"];
        assert_eq!(told(&film), expected);
        assert_eq!(film.rows, 4);
    }

    #[test]
    fn what_flickers_within_a_frame_is_not_seen() {
        let film = Film::develop(&[chunk(0, "a"), chunk(30, "\r\u{1b}[2K"), chunk(60, "a")]);
        assert_eq!(told(&film), ["0 0-: a"]);
    }

    #[test]
    fn a_style_begins_a_run() {
        let film = Film::develop(&[chunk(0, "    \u{1b}[1;32mFinished\u{1b}[0m all")]);
        let green = Style { color: Color::Idx(2), bold: true, dim: false };
        let runs = [
            Run { column: 4, text: "Finished".to_owned(), style: green },
            Run { column: 13, text: "all".to_owned(), style: Style::default() },
        ];
        assert_eq!(film.shots[0].runs, runs);
    }

    #[test]
    fn nothing_printed_is_an_empty_film() {
        assert_eq!(Film::develop(&[]), Film::default());
    }
}
