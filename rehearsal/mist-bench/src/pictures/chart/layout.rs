//! Where the parts of the picture are, in pixels.

use crate::pictures::{axis::Axis, timeline::Timeline};

/// The size of the picture, and the edges of what is drawn over time, in pixels.
pub(super) const WIDTH: f64 = 960.0;
pub(super) const LEFT: f64 = 150.0;
pub(super) const RIGHT: f64 = 936.0;

/// The upper edge of the steps, the height of each, and the space until the answers.
pub(super) const STEPS: f64 = 126.0;
pub(super) const STEP: f64 = 22.0;
pub(super) const GAP: f64 = 84.0;

/// The height of the answers, and of what is below them.
pub(super) const ANSWERS: f64 = 150.0;
pub(super) const BELOW: f64 = 78.0;

/// Where everything is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    /// The time, from left to right.
    pub(super) time: Axis,
    /// The number of answers, from the bottom to the top.
    pub(super) answers: Axis,
    /// The height of the picture.
    pub(super) height: f64,
}

impl Layout {
    pub(super) fn of(timeline: &Timeline) -> Self {
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
    pub(super) fn bottom(self) -> f64 {
        self.answers.pixels.0
    }
}
