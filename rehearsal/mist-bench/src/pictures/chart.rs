//! Draws a release: its steps above, and below the answers that its clients got.

mod answers;
mod steps;

use svg::{
    Document,
    node::element::{Group, Line, Rectangle, Style, Text, Title},
};

use super::{axis::Axis, style::short, timeline::Timeline};

/// The size of the picture, and the edges of what is drawn over time, in pixels.
const WIDTH: f64 = 960.0;
const LEFT: f64 = 150.0;
const RIGHT: f64 = 936.0;

/// The upper edge of the steps, the height of each, and the space until the answers.
const STEPS: f64 = 126.0;
const STEP: f64 = 22.0;
const GAP: f64 = 84.0;

/// The height of the answers, and of what is below them.
const ANSWERS: f64 = 150.0;
const BELOW: f64 = 78.0;

/// The most labels of the time.
const TICKS: u32 = 18;

/// The texts have contrasts of at least 4.5 to white, the areas of at least 3. Versions differ in lightness, and
/// failures are striped.
const CSS: &str = "
text{font:13px system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;fill:#1f2937}
.title{font-size:21px;font-weight:700}
.head{font-weight:600}
.note{fill:#57606a}
.small{font-size:12px;fill:#57606a}
.end{text-anchor:end}
.mid{text-anchor:middle}
.step{fill:#64748b}
.swap{fill:#b45309}
.moved{font-size:12px;font-weight:600;fill:#b45309}
.switch{stroke:#b45309;stroke-width:1.5;stroke-dasharray:4 3}
.grid{stroke:#e5e7eb}
.axis{stroke:#57606a}
.old{fill:#8493a8}
.new{fill:#1d4ed8}
.failed{fill:url(#stripes);stroke:#b91c1c}
";

/// Where everything is.
#[derive(Clone, Copy, Debug)]
struct Layout {
    /// The time, from left to right.
    time: Axis,
    /// The number of answers, from the bottom to the top.
    answers: Axis,
    /// The height of the picture.
    height: f64,
}

impl Layout {
    fn of(timeline: &Timeline) -> Self {
        let steps = timeline.steps.iter().fold(STEPS, |bottom, _| bottom + STEP);
        let bottom = steps + GAP + ANSWERS;
        let most = f64::from(timeline.most().max(1));
        Self {
            time: Axis { values: timeline.range(), pixels: (LEFT, RIGHT) },
            // A little more than the most, so that nothing touches the edge.
            answers: Axis { values: (0.0, most * 1.1), pixels: (bottom, bottom - ANSWERS) },
            height: bottom + BELOW,
        }
    }

    /// The line below the answers.
    fn bottom(self) -> f64 {
        self.answers.pixels.0
    }
}

/// Draws `timeline`.
pub(crate) fn draw(timeline: &Timeline) -> Document {
    let layout = Layout::of(timeline);
    let title = title(timeline);
    Document::new()
        .set("viewBox", (0, 0, WIDTH, layout.height))
        .set("width", WIDTH)
        .set("height", layout.height)
        .set("role", "img")
        .add(Title::new(format!("{title}. {}", subtitle(timeline))))
        .add(answers::stripes())
        .add(Style::new(CSS))
        .add(card(layout.height))
        .add(text(24.0, 42.0, "title", title))
        .add(text(24.0, 67.0, "note", subtitle(timeline)))
        .add(time(layout))
        .add(steps::draw(timeline, layout))
        .add(answers::draw(timeline, layout))
        .add(steps::switch(timeline, layout))
        .add(source(timeline, layout))
}

fn title(timeline: &Timeline) -> String {
    let failed = timeline.total().failed;
    format!("A release under traffic: {failed} of {} requests failed", timeline.total().all())
}

fn subtitle(timeline: &Timeline) -> String {
    let it = &timeline.conditions;
    format!(
        "{} clients, each with its own DNS cache, request {} together {} times per second while {} replaces {}.",
        it.clients, it.name, it.rate, it.versions[1], it.versions[0]
    )
}

/// The light ground, with an edge that is seen on a light page.
fn card(height: f64) -> Rectangle {
    rectangle((0.5, 0.5), (WIDTH - 1.0, height - 1.0))
        .set("rx", 8)
        .set("fill", "#ffffff")
        .set("stroke", "#d0d7de")
}

/// The labels of the time, with a line through everything for each.
fn time(layout: Layout) -> Group {
    let (top, bottom) = (STEPS - 6.0, layout.bottom());
    let ticks = layout.time.ticks(TICKS);
    let lines = ticks.into_iter().fold(Group::new(), |group, tick| {
        let x = layout.time.at(tick);
        // A zero below zero is not for people.
        let label = (tick + 0.0).to_string().replace('-', "−");
        let label = text(x, bottom + 18.0, "small mid", label);
        group.add(line((x, top), (x, bottom)).set("class", "grid")).add(label)
    });
    let middle = f64::midpoint(LEFT, RIGHT);
    lines.add(text(middle, bottom + 37.0, "note mid", "seconds since the upload"))
}

fn source(timeline: &Timeline, layout: Layout) -> Text {
    let it = &timeline.conditions;
    let source = format!(
        "Source: a real release in the local cloud, {}; Elastic Beanstalk is simulated, {} times as fast as on AWS; the TTL of the record is {} s.",
        it.date, it.time_scale, it.ttl_seconds
    );
    text(24.0, layout.height - 16.0, "small", source)
}

fn text(x: f64, y: f64, class: &str, content: impl Into<String>) -> Text {
    Text::new(content).set("x", short(x)).set("y", short(y)).set("class", class)
}

fn line((x1, y1): (f64, f64), (x2, y2): (f64, f64)) -> Line {
    Line::new().set("x1", short(x1)).set("y1", short(y1)).set("x2", short(x2)).set("y2", short(y2))
}

fn rectangle((x, y): (f64, f64), (width, height): (f64, f64)) -> Rectangle {
    Rectangle::new()
        .set("x", short(x))
        .set("y", short(y))
        .set("width", short(width))
        .set("height", short(height))
}

#[cfg(test)]
mod tests;
