//! The times of log lines, in the formats of Beanstalk, of web servers and of applications.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The days of the week that may precede a date.
const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// The names that precede a time in lines of names and values.
const NAMES: [&str; 4] = ["time=", "ts=", "timestamp=", "\"time\":"];

/// The part of a line in which its time is searched, in bytes.
const SEARCHED: usize = 256;

/// The time of `line`; `None` if it has none.
///
/// A time without a zone is in UTC, as on instances of Beanstalk. A time without a year, as in syslog, is the one
/// nearest to `near`.
pub(super) fn of(line: &str, near: Timestamp) -> Option<Timestamp> {
    let line = &line[..line.floor_char_boundary(SEARCHED)];
    starts(line).into_iter().find_map(|start| {
        let text = &line[start..];
        let parsed = iso(text).or_else(|| web(text)).or_else(|| apache(text));
        parsed.or_else(|| syslog(text, near)).or_else(|| milliseconds(line, start))
    })
}

/// The places at which a time may begin: the start of the line, after a bracket, or after a name.
fn starts(line: &str) -> Vec<usize> {
    let indent = line.len() - line.trim_start().len();
    let mut starts = vec![indent];
    starts.extend(line.match_indices('[').map(|(at, _)| at + 1));
    for name in NAMES {
        starts.extend(line.match_indices(name).map(|(at, _)| {
            let after = at + name.len();
            after + line[after..].len() - line[after..].trim_start_matches(['"', ' ']).len()
        }));
    }
    if line.starts_with('{') {
        starts.extend(line.match_indices('"').map(|(at, _)| at + 1));
    }
    starts
}

/// `2026-01-02T03:04:05.123Z`, `2026-01-02 03:04:05,123 +0100` and `2026/01/02 03:04:05.123456`.
fn iso(text: &str) -> Option<Timestamp> {
    let mut cursor = Cursor(text);
    let year = cursor.number(4)?;
    let separator = cursor.any(&["-", "/"])?;
    let month = cursor.number(2)?;
    cursor.any(&[separator])?;
    let day = cursor.number(2)?;
    cursor.any(&["T", " "])?;
    cursor.time([year, month, day])
}

/// `02/Jan/2026:03:04:05 +0000` and `02-Jan-2026 03:04:05.123`.
fn web(text: &str) -> Option<Timestamp> {
    let mut cursor = Cursor(text);
    let day = cursor.number(2)?;
    let separator = cursor.any(&["/", "-"])?;
    let month = cursor.month()?;
    cursor.any(&[separator])?;
    let year = cursor.number(4)?;
    cursor.any(&[":", " "])?;
    cursor.time([year, month, day])
}

/// `Fri Jan 02 03:04:05.123456 2026`.
fn apache(text: &str) -> Option<Timestamp> {
    let mut cursor = Cursor(text);
    cursor.any(&DAYS)?;
    cursor.any(&[" "])?;
    let month = cursor.month()?;
    let (day, time) = cursor.day_and_time()?;
    cursor.any(&[" "])?;
    let year = cursor.number(4)?;
    in_utc([year, month, day], time)
}

/// `Jan  2 03:04:05`.
fn syslog(text: &str, near: Timestamp) -> Option<Timestamp> {
    let mut cursor = Cursor(text);
    let month = cursor.month()?;
    let (day, time) = cursor.day_and_time()?;
    let year = i32::from(near.to_zoned(TimeZone::UTC).year());
    let times = (year - 1..=year + 1).filter_map(|year| in_utc([year, month, day], time));
    times.min_by_key(|time| time.duration_since(near).abs())
}

/// `"time":1767323045123`, in milliseconds since 1970.
fn milliseconds(line: &str, start: usize) -> Option<Timestamp> {
    let named = line[..start].trim_end().ends_with("\"time\":");
    let digits = line[start..].split(|it: char| !it.is_ascii_digit()).next()?;
    let number = (named && digits.len() == 13).then(|| digits.parse().ok())??;
    Timestamp::from_millisecond(number).ok()
}

/// The rest of a text that is read from its start.
struct Cursor<'a>(&'a str);

impl Cursor<'_> {
    /// The next `digits` digits.
    fn number(&mut self, digits: usize) -> Option<i32> {
        let text =
            self.0.get(..digits).filter(|text| text.bytes().all(|it| it.is_ascii_digit()))?;
        self.0 = &self.0[digits..];
        text.parse().ok()
    }

    /// The first of `texts` that comes next.
    fn any<'b>(&mut self, texts: &[&'b str]) -> Option<&'b str> {
        let found = texts.iter().find(|text| self.0.starts_with(**text))?;
        self.0 = &self.0[found.len()..];
        Some(found)
    }

    fn month(&mut self) -> Option<i32> {
        let name = self.any(&MONTHS)?;
        let number = MONTHS.iter().position(|month| *month == name)?;
        i32::try_from(number + 1).ok()
    }

    /// The hours, minutes and seconds, with a fraction that is skipped.
    fn clock(&mut self) -> Option<[i32; 3]> {
        let hour = self.number(2)?;
        self.any(&[":"])?;
        let minute = self.number(2)?;
        self.any(&[":"])?;
        let second = self.number(2)?;
        if self.any(&[".", ","]).is_some() {
            self.0 = self.0.trim_start_matches(|it: char| it.is_ascii_digit());
        }
        Some([hour, minute, second])
    }

    /// ` 02 03:04:05` and `  2 03:04:05`.
    fn day_and_time(&mut self) -> Option<(i32, [i32; 3])> {
        self.any(&[" "])?;
        let padded = self.any(&[" "]).is_some();
        let day = self.number(if padded { 1 } else { 2 })?;
        self.any(&[" "])?;
        Some((day, self.clock()?))
    }

    /// The time on the day `date`, with its zone.
    fn time(&mut self, date: [i32; 3]) -> Option<Timestamp> {
        let time = self.clock()?;
        let zoneless = in_utc(date, time)?;
        let offset = self.offset().unwrap_or_default();
        Timestamp::from_second(zoneless.as_second() - i64::from(offset)).ok()
    }

    /// The offset from UTC in seconds: `+0100`, ` +0100` or `+01:00`.
    fn offset(&mut self) -> Option<i32> {
        self.any(&[" "]);
        let sign = if self.any(&["+", "-"])? == "+" { 1 } else { -1 };
        let hours = self.number(2)?;
        self.any(&[":"]);
        Some(sign * (hours * 3600 + self.number(2)? * 60))
    }
}

fn in_utc([year, month, day]: [i32; 3], [hour, minute, second]: [i32; 3]) -> Option<Timestamp> {
    let small = |number: i32| i8::try_from(number).ok();
    let year = i16::try_from(year).ok()?;
    let (hour, minute, second) = (small(hour)?, small(minute)?, small(second)?);
    let time = DateTime::new(year, small(month)?, small(day)?, hour, minute, second, 0).ok()?;
    time.to_zoned(TimeZone::UTC).ok().map(|time| time.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near() -> Timestamp {
        "2026-01-02T00:00:00Z".parse().unwrap()
    }

    #[test]
    fn the_formats_of_common_logs_are_read() {
        for line in [
            "2026/01/02 03:04:05.123456 [INFO] Executing instruction: StageApplication",
            "2026/01/02 03:04:05 [error] 4711#0: *1 connect() failed",
            "2026-01-02T03:04:05.123Z INFO ready",
            "2026-01-02 03:04:05,123 ERROR django",
            "2026-01-02T04:04:05+01:00 ready",
            "[2026-01-01 22:34:05 -0430] [4711] [INFO] Starting gunicorn 21.2.0",
            "I, [2026-01-02T03:04:05.123456 #4711]  INFO -- : ready",
            "1.2.3.4 - - [02/Jan/2026:03:04:05 +0000] \"GET / HTTP/1.1\" 502 0",
            "[Fri Jan 02 03:04:05.123456 2026] [core:error] [pid 4711] failed",
            "Jan  2 03:04:05 ip-10-0-0-1 web[4711]: npm ERR! missing script: start",
            "Jan 02 03:04:05 ip-10-0-0-1 web[4711]: ready",
            "02-Jan-2026 03:04:05.123 SEVERE [main] org.apache.catalina.startup",
            "time=\"2026-01-02T03:04:05Z\" level=error msg=failed",
            "{\"level\":\"error\",\"timestamp\":\"2026-01-02T03:04:05.123Z\"}",
            "{\"level\":50,\"time\":1767323045123,\"msg\":\"failed\"}",
        ] {
            let time = of(line, near()).map(Timestamp::as_second);
            assert_eq!(time, Some(1_767_323_045), "{line}");
        }
    }

    #[test]
    fn a_line_without_a_time_has_none() {
        for line in [
            "",
            "    at Function.Module._load (node:internal/modules/cjs/loader:1104:12)",
            "Error: order of 2026-01-02T03:04:05Z not found",
            "2026-13-02 03:04:05 no such month",
            "Mon",
            "[ERROR] failed",
            "{\"level\":50,\"msg\":\"failed after 1767323045123\"}",
            "höher [ä",
        ] {
            assert_eq!(of(line, near()), None, "{line}");
        }
    }

    #[test]
    fn a_time_without_a_year_is_the_nearest() {
        for (line, expected) in [
            ("Dec 31 23:59:59 ip web: x", "2025-12-31T23:59:59Z"),
            ("Jan  1 00:00:00 ip web: x", "2026-01-01T00:00:00Z"),
        ] {
            assert_eq!(of(line, near()), Some(expected.parse().unwrap()), "{line}");
        }
    }
}
