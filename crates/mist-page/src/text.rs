//! Times, durations and numbers in words.

use jiff::Timestamp;
use mist_core::visible::is_hidden;

/// `seconds` in the units that matter: `4.2 s`, `1 min 5 s`, `2 h 1 min`, `3 days`.
pub(crate) fn duration(seconds: f64) -> String {
    if seconds < 9.95 {
        let tenths = format!("{:.1}", seconds.max(0.0));
        return format!("{} s", tenths.strip_suffix(".0").unwrap_or(&tenths));
    }
    let whole = format!("{seconds:.0}").parse::<u64>().unwrap_or(u64::MAX);
    let (days, hours, minutes, rest) = (whole / 86_400, whole / 3600, whole / 60 % 60, whole % 60);
    match (days, hours, minutes, rest) {
        (0, 0, 0, rest) => format!("{rest} s"),
        (0, 0, minutes, 0) => format!("{minutes} min"),
        (0, 0, minutes, rest) => format!("{minutes} min {rest} s"),
        (0, hours, 0, _) => format!("{hours} h"),
        (0, hours, minutes, _) => format!("{hours} h {minutes} min"),
        (days, _, _, _) => counted(days, "day"),
    }
}

/// The time from `then` to `now`, in its largest unit.
pub(crate) fn ago(then: Timestamp, now: Timestamp) -> String {
    let seconds = u64::try_from(now.duration_since(then).as_secs()).unwrap_or_default();
    match seconds {
        0..60 => format!("{seconds} s ago"),
        60..3600 => format!("{} min ago", seconds / 60),
        3600..86_400 => format!("{} h ago", seconds / 3600),
        _ => format!("{} ago", counted(seconds / 86_400, "day")),
    }
}

/// `time` to the second.
pub(crate) fn moment(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// `time` to the minute.
pub(crate) fn short(time: Timestamp) -> String {
    time.strftime("%d %b %Y, %H:%M").to_string()
}

/// `number` with the noun `one`, or its plural with an *s*.
pub(crate) fn counted(number: impl TryInto<u64>, one: &str) -> String {
    let number = number.try_into().unwrap_or(u64::MAX);
    if number == 1 { format!("1 {one}") } else { format!("{} {one}s", grouped(number)) }
}

/// `number` with a comma between thousands.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A share as a whole percentage; small ones are not rounded to nothing.
pub(crate) fn percent(share: f64) -> String {
    match share * 100.0 {
        small if small > 0.0 && small < 1.0 => "< 1 %".to_owned(),
        share => format!("{share:.0} %"),
    }
}

/// `text` with the code of each character in its place that changes the direction of text, or is not shown.
pub(crate) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        if is_hidden(letter) {
            shown.extend(letter.escape_unicode());
        } else {
            shown.push(letter);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_the_units_that_matter() {
        let shown = [0.04, 4.0, 4.25, 9.97, 59.6, 65.0, 3600.0, 7265.0, 200_000.0].map(duration);
        assert_eq!(
            shown,
            ["0 s", "4 s", "4.2 s", "10 s", "1 min", "1 min 5 s", "1 h", "2 h 1 min", "2 days"]
        );
        assert_eq!(duration(-3.0), "0 s", "clocks differ");
    }

    #[test]
    fn numbers_are_grouped_and_small_shares_are_not_nothing() {
        assert_eq!([7, 1000, 1_234_567].map(grouped), ["7", "1,000", "1,234,567"]);
        assert_eq!([0.0, 0.004, 0.125, 1.0].map(percent), ["0 %", "< 1 %", "12 %", "100 %"]);
        assert_eq!(counted(1_u64, "stack"), "1 stack");
        assert_eq!(counted(2000_usize, "stack"), "2,000 stacks");
    }

    #[test]
    fn a_character_that_hides_or_turns_text_is_shown_by_its_code() {
        assert_eq!(visible("v2\u{202e}cod"), "v2\\u{202e}cod");
        assert_eq!(visible("a\nb\u{7}"), "a\nb\\u{7}");
    }
}
