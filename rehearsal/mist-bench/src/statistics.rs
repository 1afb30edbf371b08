//! Statistics of figures that were measured several times.

/// The minimum and the median of a figure.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Figure {
    /// The minimum, which is the figure of an idle machine.
    pub(crate) minimum: f64,
    /// The median, which is the figure to expect.
    pub(crate) median: f64,
}

impl Figure {
    /// The figure of these values, in any order; zero without values.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut values: Vec<_> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let at = |index: usize| values.get(index).copied().unwrap_or_default();
        // For an even number of values, the median is the upper of the middle two.
        Self { minimum: at(0), median: at(values.len() / 2) }
    }

    /// Both, with `digits` after the point.
    pub(crate) fn show(self, digits: usize) -> String {
        format!("{:.digits$} / {:.digits$}", self.minimum, self.median)
    }
}

/// The mean and the maximum of these values; zero without values.
pub(crate) fn mean_and_most(values: impl IntoIterator<Item = f64>) -> (f64, f64) {
    let (mut sum, mut count, mut most) = (0.0, 0.0, 0.0_f64);
    for value in values {
        sum += value;
        count += 1.0;
        most = most.max(value);
    }
    (if count > 0.0 { sum / count } else { 0.0 }, most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_and_the_maximum() {
        assert_eq!(mean_and_most([1.0, 4.0, 1.0]), (2.0, 4.0));
        assert_eq!(mean_and_most([]), (0.0, 0.0));
    }

    #[test]
    fn the_minimum_and_the_median() {
        let figure = Figure::of([5.0, 1.0, 3.0]);
        assert_eq!(figure, Figure { minimum: 1.0, median: 3.0 });
        assert_eq!(figure.show(1), "1.0 / 3.0");
        assert_eq!(Figure::of([2.0, 1.0]), Figure { minimum: 1.0, median: 2.0 });
    }

    #[test]
    fn a_figure_without_values_is_zero() {
        assert_eq!(Figure::of([]), Figure::default());
    }
}
