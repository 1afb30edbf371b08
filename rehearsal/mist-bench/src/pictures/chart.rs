//! Draws a release: its steps above, and below the answers that its clients got.

mod answers;
mod layout;
mod shapes;
mod steps;

use svg::{
    Document,
    node::element::{Group, Rectangle, Style, Text, Title},
};

use self::{
    layout::{LEFT, Layout, RIGHT, STEPS, WIDTH},
    shapes::{line, rectangle, text},
};
use super::timeline::Timeline;

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

#[cfg(test)]
mod tests;
