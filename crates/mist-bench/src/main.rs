//! Measures what mist costs: its functions beside an empty one, whole releases on the local cloud, and the simulator.

mod build;
mod cold;
mod fetch;
mod floor;
mod peer;
mod process;
mod release;
mod runtime_api;
mod simulator;
mod statistics;
mod table;
mod workflow;

use std::{error::Error, io::Write as _, num::NonZeroUsize, process::ExitCode};

use clap::Parser;
use mist_rehearsal::Home;

use crate::{build::Build, table::Measured};

/// Why a measurement could not be made.
type Failure = Box<dyn Error + Send + Sync>;

/// What a measurement gives.
type Result<T, E = Failure> = std::result::Result<T, E>;

/// What only one of can be asked for.
const PART: &str = "part";

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
    /// How often each function is started.
    #[arg(long, default_value = "21")]
    rounds: NonZeroUsize,
    /// How many releases of each length.
    #[arg(long, default_value = "5")]
    releases: NonZeroUsize,
    /// How many times faster than real the simulated Beanstalk is, and the state machine's waits are.
    #[arg(long, default_value_t = 10.0, value_parser = time_scale)]
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
    let Arguments { functions_only, releases_only, simulator_only, fetch_only, .. } = *arguments;
    let all = ![functions_only, releases_only, simulator_only, fetch_only].contains(&true);
    let mut measured = Measured::default();
    let folder = home.root().join("functions");
    if all || functions_only || releases_only {
        note("building the functions as they go to AWS");
        let built = Build::run(home.root()).await?;
        if all || functions_only {
            let rounds = arguments.rounds.get();
            measured.functions = Some(cold::measure(&folder, &built, rounds).await?);
        }
        if all || releases_only {
            let (count, scale) = (arguments.releases.get(), arguments.time_scale);
            measured.releases =
                Some(Box::pin(release::measure(&home, &built, count, scale)).await?);
        }
    }
    if all || fetch_only {
        let fetch = build::function(home.root(), "fetch").await?;
        measured.fetched = Some(fetch::measure(&folder, &fetch).await?);
    }
    if all || simulator_only {
        note("building the simulator");
        measured.simulator = simulator::measure(&build::simulator(home.root()).await?).await?;
    }
    Ok(table::print(&measured))
}

fn time_scale(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(scale) if scale.is_finite() && scale > 0.0 => Ok(scale),
        _ => Err("must be a number above 0".to_owned()),
    }
}

/// Tells a person what goes on.
fn note(text: impl std::fmt::Display) {
    drop(writeln!(std::io::stderr().lock(), "{text}"));
}
