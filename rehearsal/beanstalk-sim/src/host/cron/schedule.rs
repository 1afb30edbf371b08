//! CRON expressions of five fields.

use jiff::Timestamp;
use jiff::tz::TimeZone;

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// The minutes that a CRON expression names: a set of numbers for each field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Schedule {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Whether a day must be in both sets, because one field is `*`. Otherwise, one of them is enough.
    both_days: bool,
}

impl Schedule {
    /// Reads an expression; `None` if it is none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let fields: Vec<_> = text.split_ascii_whitespace().collect();
        let [minutes, hours, days, months, weekdays] = fields.as_slice() else { return None };
        let set = weekdays_of(weekdays)?;
        Some(Self {
            minutes: numbers(minutes, 0, 59, &[])?,
            hours: numbers(hours, 0, 23, &[])?,
            days: numbers(days, 1, 31, &[])?,
            months: numbers(months, 1, 12, &MONTHS)?,
            weekdays: set,
            both_days: days.starts_with('*') || weekdays.starts_with('*'),
        })
    }

    /// Whether a date is in one of the minutes.
    pub(super) fn contains(&self, date: Timestamp) -> bool {
        let date = date.to_zoned(TimeZone::UTC);
        let has = |set: u64, number: i8| set & bit(u32::from(number.unsigned_abs())) != 0;
        let day = has(self.days, date.day());
        let weekday = has(self.weekdays, date.weekday().to_sunday_zero_offset());
        has(self.minutes, date.minute())
            && has(self.hours, date.hour())
            && has(self.months, date.month())
            && if self.both_days { day && weekday } else { day || weekday }
    }
}

/// The days of the week, of which Sunday is 0 and 7.
fn weekdays_of(field: &str) -> Option<u64> {
    let set = numbers(field, 0, 7, &WEEKDAYS)?;
    Some(if set & bit(7) == 0 { set } else { set | bit(0) })
}

/// The numbers of a field: a list of `*`, numbers and ranges, each with a step.
fn numbers(field: &str, least: u32, most: u32, names: &[&str]) -> Option<u64> {
    let mut set = 0;
    for part in field.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, step.parse::<usize>().ok().filter(|step| *step > 0)?),
            None => (part, 1),
        };
        let number = |text: &str| number(text, least, names);
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (least, most),
            Some((from, to)) => (number(from)?, number(to)?),
            None if part.contains('/') => (number(range)?, most),
            None => (number(range)?, number(range)?),
        };
        if from < least || to > most || from > to {
            return None;
        }
        set |= (from..=to).step_by(step).fold(0, |set, number| set | bit(number));
    }
    Some(set)
}

/// A number, or one of the names, which count from the least number.
fn number(text: &str, least: u32, names: &[&str]) -> Option<u32> {
    let place = names.iter().position(|name| name.eq_ignore_ascii_case(text));
    match place {
        Some(place) => Some(least + u32::try_from(place).ok()?),
        None => text.parse().ok(),
    }
}

fn bit(number: u32) -> u64 {
    1_u64.checked_shl(number).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn contains(expression: &str, date: &str) -> bool {
        Schedule::parse(expression).unwrap().contains(date.parse().unwrap())
    }

    #[test]
    fn lists_ranges_steps_and_names_are_understood() {
        // The 30th of November 2026 is a Monday.
        for expression in [
            "* * * * *",
            "7 9 30 11 *",
            "*/7 9 * nov mon",
            "0,7 8-10 * * 1-5",
            "5-9/2 * * * *",
            "7/60 * * * *",
            "7 9 1 * mon",
            "7 9 30 * sun",
        ] {
            assert!(contains(expression, "2026-11-30T09:07:00Z"), "{expression}");
        }
        for expression in ["8 * * * *", "7 9 30 12 *", "7 9 * * sun", "7 9 1 * 2", "*/2 * * * *"] {
            assert!(!contains(expression, "2026-11-30T09:07:00Z"), "{expression}");
        }
        assert!(contains("0 0 * * 7", "2026-11-29T00:00:00Z"));
    }

    #[test]
    fn other_texts_are_no_expressions() {
        for text in [
            "",
            "* * * *",
            "* * * * * *",
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "* * * 13 *",
            "5-1 * * * *",
            "*/0 * * * *",
            "x * * * *",
            "@daily",
        ] {
            assert_eq!(Schedule::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "[0-9*/,a-z -]{0,30}") {
            let _ = Schedule::parse(&text);
        }
    }
}
