//! What both pictures share: colours of a terminal, and numbers of an SVG.

use vt100::Color;

/// The sixteen colours of a terminal on a dark background. Each has a contrast of at least 4.5 to it, except black.
const PALETTE: [&str; 16] = [
    "#484f58", "#ff7b72", "#3fb950", "#d29922", "#58a6ff", "#bc8cff", "#39c5cf", "#b1bac4",
    "#8b949e", "#ffa198", "#56d364", "#e3b341", "#79c0ff", "#d2a8ff", "#56d4dd", "#ffffff",
];

/// The levels of a colour of the 6 × 6 × 6 cube of a terminal.
const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// The colour in CSS; `None` for the terminal's own.
pub(crate) fn css(color: Color) -> Option<String> {
    match color {
        Color::Default => None,
        Color::Rgb(red, green, blue) => Some(hex([red, green, blue])),
        Color::Idx(index) => Some(indexed(index)),
    }
}

/// The colour with this number in the table of 256.
fn indexed(index: u8) -> String {
    if let Some(named) = PALETTE.get(usize::from(index)) {
        return (*named).to_owned();
    }
    let level = |number: u8| LEVELS.get(usize::from(number)).copied().unwrap_or_default();
    if let Some(grey) = index.checked_sub(232) {
        return hex([8 + 10 * grey; 3]);
    }
    let cube = index - 16;
    hex([level(cube / 36), level(cube / 6 % 6), level(cube % 6)])
}

fn hex([red, green, blue]: [u8; 3]) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// A length or a time with one digit after the point, which is enough to draw it.
pub(crate) fn short(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_colour_of_a_terminal_has_a_value() {
        assert_eq!(css(Color::Default), None);
        let told = |index| css(Color::Idx(index)).unwrap();
        let values = [told(2), told(16), told(196), told(231), told(232), told(255)];
        let expected = ["#3fb950", "#000000", "#ff0000", "#ffffff", "#080808", "#eeeeee"];
        assert_eq!(values, expected);
        assert_eq!(css(Color::Rgb(1, 2, 255)).unwrap(), "#0102ff");
    }

    #[test]
    fn a_length_is_rounded() {
        assert_eq!([short(8.4499), short(-0.26)].map(|it| it.to_string()), ["8.4", "-0.3"]);
    }
}
