//! The least and the middle of a figure that was measured several times.

/// The least and the middle of a figure.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Figure {
    /// The least: what is left when nobody else wants the machine.
    pub(crate) minimum: f64,
    /// The middle: what one can expect.
    pub(crate) median: f64,
}

impl Figure {
    /// Of these values, in any order; of none, zero.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut values: Vec<_> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let at = |index: usize| values.get(index).copied().unwrap_or_default();
        // Of an even number, the upper one of the two in the middle.
        Self { minimum: at(0), median: at(values.len() / 2) }
    }

    /// Both, with `digits` after the point.
    pub(crate) fn show(self, digits: usize) -> String {
        format!("{:.digits$} / {:.digits$}", self.minimum, self.median)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_and_the_middle() {
        let figure = Figure::of([5.0, 1.0, 3.0]);
        assert_eq!(figure, Figure { minimum: 1.0, median: 3.0 });
        assert_eq!(figure.show(1), "1.0 / 3.0");
        assert_eq!(Figure::of([2.0, 1.0]), Figure { minimum: 1.0, median: 2.0 });
    }

    #[test]
    fn of_nothing_it_is_nothing() {
        assert_eq!(Figure::of([]), Figure::default());
    }
}
