//! The rows of releases on many stacks at once.

use std::collections::BTreeMap;

use super::part::{Part, Row, listed};
use crate::{
    local::releases_per_minute,
    stacks::{Fleet, Fleets, Rate},
};

/// The part of releases on many stacks at once.
pub(super) fn part(measured: &Fleets) -> Part {
    let Fleets { measured: fleets, rate, time_scale } = measured;
    let Rate { per_second, burst } = rate;
    let mut notes: Vec<_> = fleets.iter().flat_map(about).collect();
    notes.push(format!(
        "Stacks: Beanstalk answers {per_second} calls per second of each operation, and {burst} at once; \
         {:.0} releases begin per minute.",
        releases_per_minute(*time_scale) / time_scale
    ));
    notes.push(format!(
        "Stacks: at {time_scale} times the speed, so a second in which a function or SQS works counts as \
         {time_scale} s."
    ));
    Part {
        heading: [
            "stacks",
            "live",
            "failed",
            "calls\nper stack",
            "throttled\n%",
            "one alone\nunscaled s",
            "all\nunscaled s",
            "least that\nthe rate allows",
            "all / least",
        ],
        rows: fleets.iter().map(|fleet| row(fleet, *rate)).collect(),
        notes,
    }
}

fn row(fleet: &Fleet, rate: Rate) -> Row {
    let Fleet { stacks, live, failed, makespan, alone, .. } = fleet;
    let (all, floor) = (fleet.all(), fleet.floor(rate));
    [
        stacks.to_string(),
        live.to_string(),
        failed.values().sum::<usize>().to_string(),
        per_stack(all.all, *stacks),
        format!("{:.1}", f64::from(all.throttled) / f64::from(all.all.max(1)) * 100.0),
        format!("{alone:.0}"),
        format!("{makespan:.0}"),
        format!("{floor:.0}"),
        format!("{:.2}", makespan / floor),
    ]
}

/// The sentences about one number of stacks.
fn about(fleet: &Fleet) -> Vec<String> {
    let Fleet { stacks, failed, calls, complete, .. } = fleet;
    let calls: BTreeMap<_, _> = calls
        .iter()
        .map(|(operation, calls)| {
            let throttled = match calls.throttled {
                0 => String::new(),
                throttled => format!(" ({} throttled)", per_stack(throttled, *stacks)),
            };
            (format!("{operation}{throttled}"), per_stack(calls.all, *stacks))
        })
        .collect();
    let mut notes = vec![format!("Calls per stack with {stacks} stacks: {}.", listed(&calls))];
    if !failed.is_empty() {
        notes.push(format!("Failed with {stacks} stacks: {}.", listed(failed)));
    }
    if !complete {
        notes.push(format!(
            "With {stacks} stacks, the first calls are not counted: the record of calls is full."
        ));
    }
    notes
}

fn per_stack(calls: u32, stacks: usize) -> String {
    let stacks = f64::from(u32::try_from(stacks).unwrap_or(u32::MAX));
    format!("{:.1}", f64::from(calls) / stacks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stacks::Calls;

    fn fleet() -> Fleet {
        Fleet {
            stacks: 10,
            live: 9,
            failed: BTreeMap::from([("Mist.Throttled".to_owned(), 1)]),
            calls: BTreeMap::from([
                ("DescribeEvents".to_owned(), Calls { all: 20, throttled: 0 }),
                ("UpdateEnvironment".to_owned(), Calls { all: 40, throttled: 15 }),
            ]),
            complete: true,
            makespan: 131.0,
            alone: 60.0,
        }
    }

    #[test]
    fn a_row_compares_with_the_shortest_time_that_the_rate_allows() {
        let row = row(&fleet(), Rate { per_second: 2.0, burst: 15 });
        assert_eq!(row, ["10", "9", "1", "6.0", "25.0", "60", "131", "65", "2.02"]);
    }

    #[test]
    fn failures_and_calls_are_listed_by_name() {
        let notes = about(&Fleet { complete: false, ..fleet() });
        assert_eq!(
            notes,
            [
                "Calls per stack with 10 stacks: 2.0 DescribeEvents, 4.0 UpdateEnvironment (1.5 throttled).",
                "Failed with 10 stacks: 1 Mist.Throttled.",
                "With 10 stacks, the first calls are not counted: the record of calls is full.",
            ]
        );
    }
}
