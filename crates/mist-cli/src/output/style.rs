//! The colors of signs, headings and differences, and the width of lines.

use console::{Style, Term};

/// The width of lines without a terminal, and the largest one with a terminal, in columns.
const WIDTH: usize = 100;

/// The style of `sign` at the start of a line.
fn of_sign(sign: &str) -> Option<Style> {
    match sign {
        "✓" => Some(Style::new().green()),
        "✗" => Some(Style::new().red().bold()),
        "!" => Some(Style::new().yellow()),
        _ => None,
    }
}

/// `text` with the sign at the start of each line in its color.
pub(super) fn signs(text: &str, colors: bool) -> String {
    each_line(text, |line| {
        let (sign, rest) = line.split_once(' ')?;
        let style = of_sign(sign)?.force_styling(colors);
        Some(format!("{} {rest}", style.apply_to(sign)))
    })
}

/// `text` in bold.
pub(super) fn bold(text: &str, colors: bool) -> String {
    Style::new().bold().force_styling(colors).apply_to(text).to_string()
}

/// The lines of a difference: removed ones in red, added ones in green.
pub(super) fn difference(text: &str, colors: bool) -> String {
    each_line(text, |line| {
        let style = match line.trim_start().chars().next()? {
            '-' => Style::new().red(),
            '+' => Style::new().green(),
            _ => return None,
        };
        Some(style.force_styling(colors).apply_to(line).to_string())
    })
}

/// `text` with the changed lines in their places; `change` gives `None` for a line that stays.
fn each_line(text: &str, change: impl Fn(&str) -> Option<String>) -> String {
    let lines = text.split('\n').map(|line| change(line).unwrap_or_else(|| line.to_owned()));
    lines.collect::<Vec<_>>().join("\n")
}

/// The number of columns for a line on `terminal`.
pub(super) fn width(terminal: &Term) -> usize {
    terminal.size_checked().map_or(WIDTH, |(_, columns)| usize::from(columns).min(WIDTH))
}

/// `text` in lines of at most `width` columns, which break between words: the first begins after `first` columns, and
/// the others are indented by `indent`. A longer word has a line of its own.
pub(super) fn wrapped(text: &str, first: usize, indent: usize, width: usize) -> String {
    let mut shown = String::new();
    let mut column = first;
    for (index, line) in text.lines().enumerate() {
        if index > 0 {
            shown.push('\n');
            shown.extend(std::iter::repeat_n(' ', indent));
            column = indent;
        }
        for (place, word) in line.split(' ').enumerate() {
            let length = console::measure_text_width(word);
            if place > 0 && column + 1 + length > width {
                shown.push('\n');
                shown.extend(std::iter::repeat_n(' ', indent));
                column = indent;
            } else if place > 0 {
                shown.push(' ');
                column += 1;
            }
            shown.push_str(word);
            column += length;
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_has_its_color_only_at_the_start_of_a_line() {
        let shown = signs("✓ Plan ✓\n✗ Swap\n! mark\n  ! no\n✓", true);
        let expected = "\u{1b}[32m✓\u{1b}[0m Plan ✓\n\u{1b}[31m\u{1b}[1m✗\u{1b}[0m Swap\n\
                        \u{1b}[33m!\u{1b}[0m mark\n  ! no\n✓";
        assert_eq!(shown, expected);
        assert_eq!(signs("✓ Plan\n✗ Swap", false), "✓ Plan\n✗ Swap");
    }

    #[test]
    fn a_line_breaks_between_words() {
        assert_eq!(wrapped("one two three", 0, 2, 8), "one two\n  three");
        assert_eq!(wrapped("one two", 6, 2, 8), "one\n  two");
        assert_eq!(wrapped("one\ntwo", 0, 2, 8), "one\n  two");
        assert_eq!(wrapped("demo.example.com", 0, 2, 8), "demo.example.com");
        assert_eq!(wrapped("", 0, 2, 8), "");
    }
}
