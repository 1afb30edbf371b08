//! Draws the recording of a terminal: it plays once, and shows its end where nothing plays.

use svg::{
    Document,
    node::element::{Circle, Group, Rectangle, Style, TSpan, Text, Title},
};

use super::{
    film::{self, Film, Run, Shot},
    style::{css, short},
    terminal::COLUMNS,
};

/// The size of a character in pixels: the letters of most fonts for terminals are 0.6 times as wide as high.
const COLUMN: f64 = 8.4;
const ROW: f64 = 19.0;

/// The space around the text, and above it, where the buttons of the window are.
const MARGIN: f64 = 20.0;
const TOP: f64 = 40.0;

/// The time after which the output begins, in seconds: the command is read first.
const READING: f64 = 0.5;

/// What stays appears at its time. What goes is there for a time only, and not at all where nothing plays.
const CSS: &str = "
text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace;fill:#e6edf3}
.b{font-weight:700}
.d{opacity:.65}
.p{fill:#3fb950}
.s{animation:s 1ms backwards}
.g{visibility:hidden;animation:g 1s}
@keyframes s{from{visibility:hidden}}
@keyframes g{from,to{visibility:visible}}
@media(prefers-reduced-motion:reduce){.s,.g{animation:none}}
";

/// Draws `film`, the output of `command`.
pub(crate) fn draw(film: &Film, command: &str) -> Document {
    let (width, height) = (x(COLUMNS) + MARGIN, y(film.rows + 1) + MARGIN - ROW / 2.0);
    let prompt = Text::new("").add(span(0, "$").set("class", "p")).add(span(2, command));
    let mut rows = Group::new().add(prompt.set("y", y(0)));
    for shot in &film.shots {
        rows = rows.add(row(shot));
    }
    Document::new()
        .set("viewBox", (0, 0, short(width), short(height)))
        .set("width", short(width))
        .set("height", short(height))
        .set("role", "img")
        .add(Title::new(format!("A recording of a terminal: {command}")))
        .add(Style::new(CSS))
        .add(window(width, height))
        .add(rows)
}

/// The window of the terminal. It is dark, with an edge that is seen on a dark page.
fn window(width: f64, height: f64) -> Group {
    let frame = Rectangle::new()
        .set("x", 0.5)
        .set("y", 0.5)
        .set("width", short(width - 1.0))
        .set("height", short(height - 1.0))
        .set("rx", 8)
        .set("fill", "#0d1117")
        .set("stroke", "#3d444d");
    let buttons = ["#ff5f57", "#febc2e", "#28c840"].into_iter().zip([0.0, 18.0, 36.0]);
    buttons.fold(Group::new().add(frame), |window, (color, offset)| {
        let button = Circle::new().set("cx", MARGIN + 3.0 + offset).set("cy", 18).set("r", 5.5);
        window.add(button.set("fill", color))
    })
}

/// A row with the time at which it is there.
fn row(Shot { row, runs, from, until }: &Shot) -> Text {
    let delay = short(from + READING);
    let (class, times) = match until {
        None => ("s", format!("animation-delay:{delay}s")),
        Some(until) => {
            ("g", format!("animation-delay:{delay}s;animation-duration:{}s", short(until - from)))
        }
    };
    let text = Text::new("").set("class", class).set("style", times).set("y", y(row + 1));
    runs.iter().fold(text, |text, run| text.add(styled(run)))
}

fn styled(Run { column, text, style }: &Run) -> TSpan {
    let film::Style { color, bold, dim } = *style;
    let mut span = span(*column, text);
    if let Some(color) = css(color) {
        span = span.set("fill", color);
    }
    match (bold, dim) {
        (false, false) => span,
        (true, false) => span.set("class", "b"),
        (false, true) => span.set("class", "d"),
        (true, true) => span.set("class", "b d"),
    }
}

fn span(column: u16, text: &str) -> TSpan {
    TSpan::new(text).set("x", short(x(column)))
}

/// The left edge of a column.
fn x(column: u16) -> f64 {
    MARGIN + f64::from(column) * COLUMN
}

/// The line that the letters of a row stand on.
fn y(row: u16) -> f64 {
    TOP + f64::from(row) * ROW + 14.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(until: Option<f64>) -> String {
        let style = film::Style { bold: true, ..film::Style::default() };
        let runs = vec![Run { column: 2, text: "a < b".to_owned(), style }];
        let shots = vec![Shot { row: 0, runs, from: 1.0, until }];
        draw(&Film { shots, rows: 1 }, "./mist demo").to_string()
    }

    #[test]
    fn a_row_that_stays_is_seen_where_nothing_plays() {
        let drawn = drawn(None);
        assert!(drawn.contains(r#"class="s" style="animation-delay:1.5s" y="73""#), "{drawn}");
        assert!(drawn.contains("a &lt; b"), "{drawn}");
        assert!(drawn.contains(r#"viewBox="0 0 880 "#), "{drawn}");
    }

    #[test]
    fn a_row_that_goes_is_there_for_its_time() {
        let drawn = drawn(Some(1.25));
        let times = "animation-delay:1.5s;animation-duration:0.3s";
        assert!(drawn.contains(&format!(r#"class="g" style="{times}""#)), "{drawn}");
    }
}
