//! Texts, lines and rectangles, with short numbers.

use svg::node::element::{Line, Rectangle, Text};

use crate::pictures::style::short;

pub(super) fn text(x: f64, y: f64, class: &str, content: impl Into<String>) -> Text {
    Text::new(content).set("x", short(x)).set("y", short(y)).set("class", class)
}

pub(super) fn line((x1, y1): (f64, f64), (x2, y2): (f64, f64)) -> Line {
    Line::new().set("x1", short(x1)).set("y1", short(y1)).set("x2", short(x2)).set("y2", short(y2))
}

pub(super) fn rectangle((x, y): (f64, f64), (width, height): (f64, f64)) -> Rectangle {
    Rectangle::new()
        .set("x", short(x))
        .set("y", short(y))
        .set("width", short(width))
        .set("height", short(height))
}
