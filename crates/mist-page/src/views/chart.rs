//! Small charts, as SVG.

use maud::{Markup, html};

use crate::dora::Bin;

/// The height of a chart.
const HEIGHT: f64 = 44.0;

/// A bar: its parts from below, each with its colour, and its words.
pub(crate) struct Bar {
    /// The value and the colour of each part.
    pub(crate) parts: Vec<(f64, &'static str)>,
    /// What a pointer shows.
    pub(crate) words: String,
}

/// The bars of `values`, one for each of the `bins`. Bins without a value have a place and no bar.
pub(crate) fn bars(bins: &[Bin], label: &str, value: impl Fn(&Bin) -> Option<Bar>) -> Markup {
    let bars: Vec<_> = bins.iter().map(value).collect();
    let sum = |bar: &Bar| bar.parts.iter().map(|(value, _)| value).sum::<f64>();
    let most = bars.iter().flatten().map(sum).fold(0.0, f64::max);
    let count = u32::try_from(bins.len()).map_or(1.0, f64::from).max(1.0);
    let width = 100.0 / count;
    html! {
        svg.chart role="img" aria-label=(label) width="100%" height=(HEIGHT + 1.0) {
            line.base x1="0" x2="100%" y1=(HEIGHT + 0.5) y2=(HEIGHT + 0.5) {}
            @for (bar, place) in bars.iter().zip(0_u32..) {
                @if let Some(bar) = bar && most > 0.0 {
                    (stack(bar, f64::from(place) * width, width, most))
                }
            }
        }
    }
}

fn stack(bar: &Bar, left: f64, width: f64, most: f64) -> Markup {
    let mut below = 0.0;
    let mut rectangles = Vec::new();
    for (value, colour) in bar.parts.iter().filter(|(value, _)| *value > 0.0) {
        let height = (value / most * (HEIGHT - 2.0)).max(2.0);
        below += height;
        rectangles.push((HEIGHT - below, height, *colour));
    }
    let (x, wide) = (format!("{:.2}%", left + width * 0.12), format!("{:.2}%", width * 0.76));
    html! {
        g {
            title { (bar.words) }
            @for (y, height, colour) in rectangles {
                rect class=(colour) x=(x) y={ (format!("{y:.1}")) } width=(wide) height={ (format!("{height:.1}")) } rx="1" {}
            }
        }
    }
}
