//! Measures what mist costs: cold starts of its functions, whole releases and many at once on the local cloud, and the
//! simulator.

mod build;
mod cold;
mod fetch;
mod floor;
mod local;
mod peer;
mod process;
mod release;
mod runtime_api;
mod simulator;
mod stacks;
mod statistics;
mod table;
mod workflow;

use std::{
    error::Error,
    io::Write as _,
    num::{NonZeroU32, NonZeroUsize},
    path::PathBuf,
    process::ExitCode,
};

use clap::Parser;
use mist_rehearsal::Home;

use crate::{
    build::Build,
    release::{KINDS, Series},
    stacks::Rate,
    table::Measured,
};

/// Why a measurement is not possible.
type Failure = Box<dyn Error + Send + Sync>;

/// The result of a measurement.
type Result<T, E = Failure> = std::result::Result<T, E>;

/// The group of arguments of which only one can be given.
const PART: &str = "part";

/// The functions of `--quick`: both end the wait of a task, and one looks at what waits.
const QUICK: [&str; 2] = ["begin", "wait-ready"];

/// Measures what mist costs, and prints one table.
///
/// It builds the functions as they go to AWS, so the first time takes some minutes. Nothing leaves this
/// machine, and nothing is left behind. A target that is missed is marked, and is no failure.
#[derive(Debug, Parser)]
#[command(name = "mist-bench")]
#[expect(clippy::struct_excessive_bools, reason = "these are the flags of the command line")]
struct Arguments {
    /// Measure only the functions, one by one.
    #[arg(long, group = PART)]
    functions_only: bool,
    /// Measure only whole releases.
    #[arg(long, group = PART)]
    releases_only: bool,
    /// Measure only the simulator of Elastic Beanstalk.
    #[arg(long, group = PART)]
    simulator_only: bool,
    /// Measure only the fetching of a large commit.
    #[arg(long, group = PART)]
    fetch_only: bool,
    /// Measure only releases on N stacks at once; can be given several times.
    ///
    /// The functions are those of the local cloud, which are built without optimization.
    #[arg(long, group = PART, value_name = "N")]
    stacks: Vec<NonZeroUsize>,
    /// Only check that the benchmarks work: two functions and one release, built without optimization.
    #[arg(long, group = PART)]
    quick: bool,
    /// The calls per second that Beanstalk answers of each operation, with --stacks.
    #[arg(long, default_value_t = 2.0, value_parser = positive, requires = "stacks")]
    rate: f64,
    /// The calls that Beanstalk answers of each operation at once, with --stacks.
    #[arg(long, default_value = "15", requires = "stacks")]
    burst: NonZeroU32,
    /// The number of starts of each function.
    #[arg(long, default_value = "21")]
    rounds: NonZeroUsize,
    /// The number of releases of each duration.
    #[arg(long, default_value = "5")]
    releases: NonZeroUsize,
    /// How many times faster than on AWS simulated Beanstalk and the waits of the state machine are.
    #[arg(long, default_value_t = 10.0, value_parser = positive)]
    time_scale: f64,
}

#[tokio::main]
async fn main() -> ExitCode {
    match Box::pin(measure(&Arguments::parse())).await {
        Ok(table) => {
            // A reader that went away, such as `head`, is no failure of ours.
            drop(writeln!(std::io::stdout().lock(), "{table}"));
            ExitCode::SUCCESS
        }
        Err(error) => {
            note(format!("mist-bench: {error}"));
            ExitCode::FAILURE
        }
    }
}

async fn measure(arguments: &Arguments) -> Result<String> {
    let home = Home::find()?;
    let scale = arguments.time_scale;
    let measured = if arguments.quick {
        Box::pin(quick(&home, scale)).await?
    } else if !arguments.stacks.is_empty() {
        note("building the functions as the local cloud does");
        let numbers: Vec<_> = arguments.stacks.iter().map(|number| number.get()).collect();
        let rate = Rate { per_second: arguments.rate, burst: arguments.burst.get() };
        let fleets = Some(Box::pin(stacks::measure(&home, &numbers, rate, scale)).await?);
        Measured { fleets, unoptimized: true, ..Measured::default() }
    } else {
        Box::pin(parts(&home, arguments)).await?
    };
    Ok(table::print(&measured))
}

/// Two functions and one release, built without optimization.
async fn quick(home: &Home, scale: f64) -> Result<Measured> {
    note("building the functions as the local cloud does");
    let built = Build::local(home).await?;
    let functions = cold::measure(&folder(home), &built.only(&QUICK), 1).await?;
    let series = Series { kinds: KINDS.get(1..).unwrap_or(KINDS), count: 1 };
    let releases = Box::pin(release::measure(home, &built, series, scale)).await?;
    Ok(Measured {
        functions: Some(functions),
        releases: Some(releases),
        unoptimized: true,
        ..Measured::default()
    })
}

/// The parts that `arguments` choose: all of them, or only one.
async fn parts(home: &Home, arguments: &Arguments) -> Result<Measured> {
    let Arguments { functions_only, releases_only, simulator_only, fetch_only, .. } = *arguments;
    let all = ![functions_only, releases_only, simulator_only, fetch_only].contains(&true);
    let mut measured = Measured::default();
    if all || functions_only || releases_only {
        note("building the functions as they go to AWS");
        let built = Build::release(home.root()).await?;
        if all || functions_only {
            let rounds = arguments.rounds.get();
            measured.functions = Some(cold::measure(&folder(home), &built, rounds).await?);
        }
        if all || releases_only {
            let series = Series { kinds: KINDS, count: arguments.releases.get() };
            let releases = release::measure(home, &built, series, arguments.time_scale);
            measured.releases = Some(Box::pin(releases).await?);
        }
    }
    if all || fetch_only {
        let fetch = build::function(home.root(), "fetch").await?;
        measured.fetched = Some(fetch::measure(&folder(home), &fetch).await?);
    }
    if all || simulator_only {
        note("building the simulator");
        measured.simulator = simulator::measure(&build::simulator(home.root()).await?).await?;
    }
    Ok(measured)
}

/// The folder of the functions.
fn folder(home: &Home) -> PathBuf {
    home.root().join("functions")
}

fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() && number > 0.0 => Ok(number),
        _ => Err("must be a number above 0".to_owned()),
    }
}

/// Writes a line about what is being done.
fn note(text: impl std::fmt::Display) {
    drop(writeln!(std::io::stderr().lock(), "{text}"));
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn parse(arguments: &str) -> Result<Arguments, String> {
        let arguments = ["mist-bench"].into_iter().chain(arguments.split_whitespace());
        Arguments::try_parse_from(arguments).map_err(|error| error.kind().to_string())
    }

    #[test]
    fn the_arguments_make_sense() {
        Arguments::command().debug_assert();
        assert!(parse("").unwrap().stacks.is_empty());
        let parsed = parse("--stacks 10 --stacks 20 --rate 4 --burst 30 --time-scale 20").unwrap();
        assert_eq!(parsed.stacks.iter().map(|it| it.get()).collect::<Vec<_>>(), [10, 20]);
        assert_eq!((parsed.rate, parsed.burst.get(), parsed.time_scale), (4.0, 30, 20.0));
        for wrong in [
            "--stacks 0",
            "--stacks 10 --quick",
            "--quick --functions-only",
            "--rate 4",
            "--stacks 10 --rate 0",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
