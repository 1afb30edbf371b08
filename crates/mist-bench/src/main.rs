//! Measures what mist costs: its functions beside an empty one, and whole releases on the local cloud.

mod build;
mod cold;
mod floor;
mod peer;
mod process;
mod release;
mod runtime_api;
mod statistics;
mod table;
mod workflow;

use std::{error::Error, io::Write as _, num::NonZeroUsize, process::ExitCode};

use clap::Parser;
use mist_rehearsal::Home;

use crate::build::Build;

/// What a measurement gives when it could not be made.
type Result<T, E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;

/// Measures what mist costs, and prints one table.
///
/// It builds the functions as they go to AWS, so the first time takes some minutes. Nothing leaves this
/// machine, and nothing is left behind. A target that is missed is marked, and is no failure.
#[derive(Debug, Parser)]
#[command(name = "mist-bench")]
struct Arguments {
    /// Measure only the functions, one by one.
    #[arg(long, conflicts_with = "releases_only")]
    functions_only: bool,
    /// Measure only whole releases.
    #[arg(long)]
    releases_only: bool,
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
    match measure(&Arguments::parse()).await {
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
    note("building the functions as they go to AWS");
    let built = Build::run(home.root()).await?;
    let functions = if arguments.releases_only {
        None
    } else {
        Some(cold::measure(&built, arguments.rounds.get()).await?)
    };
    let releases = if arguments.functions_only {
        None
    } else {
        Some(release::measure(&home, &built, arguments.releases.get(), arguments.time_scale).await?)
    };
    Ok(table::print(functions.as_ref(), releases.as_ref()))
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
