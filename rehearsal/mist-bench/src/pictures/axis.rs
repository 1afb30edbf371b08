//! Scales: values to pixels, and round values to label.

/// A scale of values along a line of pixels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Axis {
    /// The first and the last value.
    pub(crate) values: (f64, f64),
    /// The pixels that they are drawn at.
    pub(crate) pixels: (f64, f64),
}

impl Axis {
    /// The pixel of `value`.
    pub(crate) fn at(self, value: f64) -> f64 {
        let (first, last) = self.values;
        let (from, to) = self.pixels;
        from + (value - first) / (last - first) * (to - from)
    }

    /// The round values of the scale, at most `most` of them.
    pub(crate) fn ticks(self, most: u32) -> Vec<f64> {
        let (first, last) = self.values;
        let step = step(last - first, most);
        let begin = (first / step).ceil() * step;
        let ticks = std::iter::successors(Some(begin), |tick| Some(tick + step));
        ticks.take_while(|tick| *tick <= last).collect()
    }
}

/// The least of 1, 2 and 5, times a power of ten, that divides `length` into less than `most` parts.
fn step(length: f64, most: u32) -> f64 {
    let least = length / f64::from(most.max(2) - 1);
    let power = 10_f64.powf(least.log10().floor());
    let factors = [1.0, 2.0, 5.0].into_iter().map(|factor| factor * power);
    factors.into_iter().find(|step| *step >= least).unwrap_or(10.0 * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_spread_over_the_pixels() {
        let axis = Axis { values: (-2.0, 18.0), pixels: (100.0, 300.0) };
        assert_eq!((axis.at(-2.0), axis.at(0.0), axis.at(18.0)), (100.0, 120.0, 300.0));
        let down = Axis { values: (0.0, 10.0), pixels: (80.0, 30.0) };
        assert_eq!((down.at(0.0), down.at(10.0)), (80.0, 30.0));
    }

    #[test]
    fn ticks_are_round_and_not_too_many() {
        let ticks = |values, most| Axis { values, pixels: (0.0, 1.0) }.ticks(most);
        assert_eq!(ticks((-2.0, 17.75), 6), [0.0, 5.0, 10.0, 15.0]);
        assert_eq!(
            ticks((-2.0, 9.0), 12),
            [-2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]
        );
        assert_eq!(ticks((0.0, 12.0), 4), [0.0, 5.0, 10.0]);
        assert_eq!(ticks((0.0, 10.0), 2), [0.0, 10.0]);
    }
}
