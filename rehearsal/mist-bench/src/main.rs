//! The benchmarks of mist: cold starts of its functions, releases in the local cloud, many releases at once, and the
//! simulator.

mod build;
mod cold;
mod error;
mod execution;
mod fetch;
mod floor;
mod local;
mod output;
mod peer;
mod pictures;
mod process;
mod release;
mod runtime_api;
mod simulator;
mod stacks;
mod statistics;
mod table;
mod workflow;

use std::{
    io::Write as _,
    num::{NonZeroU32, NonZeroUsize},
    path::PathBuf,
    process::ExitCode,
};

use clap::Parser;
use mist_rehearsal::Home;

use crate::{
    build::Build,
    error::Result,
    output::note,
    release::{KINDS, Series},
    stacks::Rate,
    table::Measured,
};

/// The group of arguments of which only one can be given.
const PART: &str = "part";

/// The functions of `--quick`: both end the wait of a task, and one looks at all waits.
const QUICK: [&str; 2] = ["begin", "wait-ready"];

/// Measure mist, and print one table.
///
/// It builds the functions as for AWS, so the first time takes some minutes. All requests stay on this machine, and all
/// files are removed. A missed target is marked, and is no failure.
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
    /// Measure only the fetch of a large commit.
    #[arg(long, group = PART)]
    fetch_only: bool,
    /// Measure only releases on N stacks at once; can be repeated.
    ///
    /// The functions are those of the local cloud, which are built without optimization.
    #[arg(long, group = PART, value_name = "N")]
    stacks: Vec<NonZeroUsize>,
    /// Check only that the benchmarks work: two functions and one release, built without optimization.
    #[arg(long, group = PART)]
    quick: bool,
    /// Measure nothing: draw the pictures of the README into DIR, from `./mist demo` and a release in the local cloud.
    #[arg(long, group = PART, value_name = "DIR")]
    pictures: Option<PathBuf>,
    /// The number of calls per second of each Beanstalk operation before throttling, with --stacks.
    #[arg(long, default_value_t = 2.0, value_parser = positive, requires = "stacks")]
    rate: f64,
    /// The number of calls at once of each Beanstalk operation before throttling, with --stacks.
    #[arg(long, default_value = "15", requires = "stacks")]
    burst: NonZeroU32,
    /// The number of starts of each function.
    #[arg(long, default_value = "21")]
    rounds: NonZeroUsize,
    /// The number of releases for each duration of a deployment.
    #[arg(long, default_value = "5")]
    releases: NonZeroUsize,
    /// The speed of simulated Beanstalk and of the waits of the state machine; 1 is that of AWS.
    #[arg(long, default_value_t = 10.0, value_parser = positive)]
    time_scale: f64,
}

#[tokio::main]
async fn main() -> ExitCode {
    match Box::pin(measure(&Arguments::parse())).await {
        Ok(table) => {
            // A closed pipe, such as that of `head`, is no failure.
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
    if let Some(folder) = &arguments.pictures {
        return Box::pin(pictures::make(&home, folder)).await;
    }
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

/// The measurements that `arguments` select: all, or one.
async fn parts(home: &Home, arguments: &Arguments) -> Result<Measured> {
    let Arguments { functions_only, releases_only, simulator_only, fetch_only, .. } = *arguments;
    let all = ![functions_only, releases_only, simulator_only, fetch_only].contains(&true);
    let mut measured = Measured::default();
    if all || functions_only || releases_only {
        note("building the functions as for AWS");
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

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn parse(arguments: &str) -> Result<Arguments, String> {
        let arguments = ["mist-bench"].into_iter().chain(arguments.split_whitespace());
        Arguments::try_parse_from(arguments).map_err(|error| error.kind().to_string())
    }

    #[test]
    fn contradictory_arguments_are_refused() {
        Arguments::command().debug_assert();
        assert!(parse("").unwrap().stacks.is_empty());
        let parsed = parse("--stacks 10 --stacks 20 --rate 4 --burst 30 --time-scale 20").unwrap();
        assert_eq!(parsed.stacks.iter().map(|it| it.get()).collect::<Vec<_>>(), [10, 20]);
        assert_eq!((parsed.rate, parsed.burst.get(), parsed.time_scale), (4.0, 30, 20.0));
        for wrong in [
            "--stacks 0",
            "--stacks 10 --quick",
            "--quick --functions-only",
            "--quick --pictures docs/pictures",
            "--rate 4",
            "--stacks 10 --rate 0",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
