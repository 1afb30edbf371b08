//! Times and durations, as people read them.

use jiff::{Timestamp, tz::TimeZone};

/// The text of a time in tables and sentences, in the time zone of the machine.
pub(crate) fn moment(time: Timestamp) -> String {
    // Texts in tests are the same on every machine.
    let zone = if cfg!(test) { TimeZone::UTC } else { TimeZone::system() };
    moment_in(time, zone)
}

fn moment_in(time: Timestamp, zone: TimeZone) -> String {
    let local = time.to_zoned(zone);
    let zone = if local.offset().is_zero() { "UTC" } else { "%:z" };
    local.strftime(&format!("%Y-%m-%d %H:%M:%S {zone}")).to_string()
}

/// The time between `then` and `now`, in its largest unit.
pub(crate) fn ago(then: Timestamp, now: Timestamp) -> String {
    let seconds = u64::try_from(now.duration_since(then).as_secs()).unwrap_or_default();
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..86_400 => format!("{} h", seconds / 3600),
        86_400..172_800 => "1 day".to_owned(),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// The time between `started` and `ended`, in its two largest units. It is not negative: clocks differ.
pub(crate) fn took(started: Timestamp, ended: Timestamp) -> String {
    let seconds = ended.duration_since(started).as_secs().max(0);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) => format!("{seconds} s"),
        (0, _) => format!("{minutes} min {seconds} s"),
        (_, _) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, tz::Offset};

    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_second(1_767_323_045).unwrap()
    }

    #[test]
    fn a_time_has_the_offset_of_its_zone() {
        let zone = TimeZone::fixed(Offset::constant(2));
        assert_eq!(moment_in(now(), zone), "2026-01-02 05:04:05 +02:00");
        assert_eq!(moment_in(now(), TimeZone::UTC), "2026-01-02 03:04:05 UTC");
    }

    #[test]
    fn the_time_since_a_moment_has_its_largest_unit() {
        let shown = |seconds| ago(now() - SignedDuration::from_secs(seconds), now());
        assert_eq!(
            [shown(4), shown(185), shown(7300), shown(90_000), shown(200_000), shown(-9)],
            ["4 s", "3 min", "2 h", "1 day", "2 days", "0 s"]
        );
    }

    #[test]
    fn a_duration_is_in_seconds_minutes_or_hours() {
        let shown = |seconds| took(now(), now() + SignedDuration::from_secs(seconds));
        assert_eq!([shown(4), shown(65), shown(7265)], ["4 s", "1 min 5 s", "2 h 1 min"]);
        assert_eq!(shown(-3), "0 s", "clocks differ");
    }
}
