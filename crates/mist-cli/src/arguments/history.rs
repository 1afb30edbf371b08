//! The arguments of `mist history`.

use clap::{Args, Subcommand};
use jiff::{Span, Timestamp, Zoned, civil::Date, tz::TimeZone};
use mist_core::names::StackName;

/// `mist history`.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct History {
    /// What to show instead of the list.
    #[command(subcommand)]
    pub(crate) command: Option<HistoryCommand>,
    #[command(flatten)]
    pub(crate) list: HistoryList,
}

/// The commands of `mist history`.
#[derive(Debug, Subcommand)]
pub(crate) enum HistoryCommand {
    /// Show one release: who started it and why, how it ended, and how long each step took.
    Show {
        /// The release: its short name in the list, its execution, or its version.
        release: String,
        /// Search only this stack.
        #[arg(short, long)]
        stack: Option<StackName>,
    },
}

/// The releases to list.
#[derive(Args, Debug)]
pub(crate) struct HistoryList {
    /// The stack, such as QA.
    #[arg(short, long, required_unless_present = "all")]
    pub(crate) stack: Option<StackName>,
    /// The releases of all stacks.
    #[arg(long, conflicts_with = "stack")]
    pub(crate) all: bool,
    /// Maximum number of releases to show.
    #[arg(
        short = 'n',
        long,
        default_value_t = 20,
        allow_negative_numbers = true,
        value_parser = clap::value_parser!(u32).range(1..=1000)
    )]
    pub(crate) most: u32,
    /// Only releases that started since then, such as 7d, 12h, 2026-11-30 or 2026-11-30T09:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = since)]
    pub(crate) since: Option<Timestamp>,
    /// Only releases that ended so: done, failed, refused, running, or the name of an error.
    #[arg(long)]
    pub(crate) verdict: Option<String>,
    /// Only releases whose starter contains this text.
    #[arg(long, value_name = "WHO")]
    pub(crate) by: Option<String>,
    /// Also show releases that were refused, or had nothing to do.
    #[arg(long)]
    pub(crate) refused: bool,
}

/// A time in the past: a time span until now, the start of a day in the zone of the machine, or a moment.
pub(super) fn since(text: &str) -> Result<Timestamp, String> {
    let wrong = || "is neither a time span, such as 7d or 12h, nor a date, nor a time".to_owned();
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(moment);
    }
    if let Ok(date) = text.parse::<Date>() {
        let day = date.to_zoned(TimeZone::system()).map_err(|_| wrong())?;
        return Ok(day.timestamp());
    }
    let span: Span = text.parse().map_err(|_| wrong())?;
    let then = Zoned::now().checked_sub(span).map_err(|_| wrong())?;
    Ok(then.timestamp())
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn a_time_in_the_past_is_a_span_a_date_or_a_moment() {
        let hours = |text: &str| {
            let ago = Timestamp::now().duration_since(since(text).unwrap());
            (ago + SignedDuration::from_mins(1)).as_hours()
        };
        assert_eq!((hours("12h"), hours("90m")), (12, 1));
        // A day in which clocks are changed has another number of hours.
        assert!((7 * 24 - 1..=7 * 24 + 1).contains(&hours("7d")));
        assert_eq!(since("2026-11-30T09:00:00Z").unwrap().to_string(), "2026-11-30T09:00:00Z");
        assert!(since("2026-11-30").is_ok());
        for wrong in ["yesterday", "", "7", "2026-13-01"] {
            assert!(since(wrong).is_err(), "{wrong}");
        }
    }
}
