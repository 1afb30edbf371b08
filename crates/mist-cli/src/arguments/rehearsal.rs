//! The arguments of the local cloud's commands. Without the feature `rehearsal` they are hidden, and refused.

#[cfg(feature = "rehearsal")]
use std::path::PathBuf;

#[cfg(feature = "rehearsal")]
use clap::ValueEnum;
use clap::{Args, Subcommand};

/// The commands of the local cloud.
#[cfg(feature = "rehearsal")]
#[derive(Debug, Subcommand)]
pub(crate) enum Rehearsal {
    /// Run a whole cloud on this machine, to experiment with.
    Local(Local),
    /// Watch a whole release on this machine; needs no AWS account.
    Demo(Demo),
}

/// The commands of the local cloud, in a build without it.
#[cfg(not(feature = "rehearsal"))]
#[derive(Debug, Subcommand)]
pub(crate) enum Rehearsal {
    /// Not in this build.
    #[command(hide = true, disable_help_flag = true)]
    Local(Ignored),
    /// Not in this build.
    #[command(hide = true, disable_help_flag = true)]
    Demo(Ignored),
}

/// Any further arguments.
#[cfg(not(feature = "rehearsal"))]
#[derive(Args, Debug)]
pub(crate) struct Ignored {
    #[arg(hide = true, trailing_var_arg = true, allow_hyphen_values = true)]
    _arguments: Vec<String>,
}

/// `mist local`.
#[cfg(feature = "rehearsal")]
#[derive(Args, Debug)]
pub(crate) struct Local {
    /// What to do with the cloud.
    #[command(subcommand)]
    pub(crate) command: LocalCommand,
    /// The name of the cloud: each name is a cloud of its own, beside the one without a name.
    #[arg(long, global = true, value_parser = cloud_name)]
    pub(crate) name: Option<String>,
}

/// What to do with a local cloud.
#[cfg(feature = "rehearsal")]
#[derive(Debug, Subcommand)]
pub(crate) enum LocalCommand {
    /// Start the local cloud with stack QA, and leave it running.
    Up,
    /// Stop the local cloud and delete it.
    Down,
    /// Show whether the local cloud runs, its endpoints, and its stacks as they are now.
    Status,
    /// Delete everything in the local cloud and create stack QA again.
    Reset {
        /// Delete without confirmation.
        #[arg(short, long)]
        yes: bool,
    },
    /// Print the logs of the local cloud.
    Logs,
    /// Print the commands of a shell that point mist, aws and eb to it, or with --undo back to AWS.
    Env {
        /// The shell.
        #[arg(long, value_enum, default_value_t = EnvShell::Sh)]
        shell: EnvShell,
        /// Print the commands that remove the variables. The cloud need not run.
        #[arg(long)]
        undo: bool,
    },
    /// Run it in the foreground.
    #[command(hide = true)]
    Serve,
}

/// The shell of `mist local env`.
#[cfg(feature = "rehearsal")]
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum EnvShell {
    /// sh, bash, zsh and alike.
    Sh,
    /// fish.
    Fish,
}

#[cfg(feature = "rehearsal")]
fn cloud_name(text: &str) -> Result<String, String> {
    let allowed =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    let fits =
        (1..=32).contains(&text.len()) && text.chars().all(allowed) && !text.starts_with('-');
    let problem = || "is not a name: 1 to 32 lower-case letters, digits and hyphens".to_owned();
    fits.then(|| text.to_owned()).ok_or_else(problem)
}

/// `mist demo`.
#[cfg(feature = "rehearsal")]
#[derive(Args, Debug)]
pub(crate) struct Demo {
    /// The speed of the simulated Beanstalk, as a multiple of the real one: from 0.1 to 100.
    #[arg(long, default_value_t = 20.0, value_parser = speed, allow_negative_numbers = true)]
    pub(crate) speed: f64,
    /// The seconds of a deployment on the simulated Beanstalk, before --speed: from 1 to 3600.
    #[arg(long, default_value_t = 42.0, value_parser = seconds, allow_negative_numbers = true)]
    pub(crate) deploy_seconds: f64,
    /// The requests per second that the clients send: from 1 to 1000.
    #[arg(
        long, default_value_t = 50, allow_negative_numbers = true,
        value_parser = clap::value_parser!(u32).range(1..=1000)
    )]
    pub(crate) rate: u32,
    /// Also write the demo as a page into this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
}

#[cfg(feature = "rehearsal")]
fn speed(text: &str) -> Result<f64, String> {
    within(text, 0.1, 100.0)
}

#[cfg(feature = "rehearsal")]
fn seconds(text: &str) -> Result<f64, String> {
    within(text, 1.0, 3600.0)
}

#[cfg(feature = "rehearsal")]
fn within(text: &str, least: f64, most: f64) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| "is not a number".to_owned())?;
    let fits = (least..=most).contains(&number);
    fits.then_some(number).ok_or_else(|| format!("is not from {least} to {most}"))
}

#[cfg(test)]
#[cfg(feature = "rehearsal")]
mod tests {
    use clap::Parser as _;

    use crate::arguments::Arguments;

    #[test]
    fn a_demo_that_would_never_end_is_refused() {
        for words in [
            ["--speed", "0"],
            ["--speed", "-1"],
            ["--speed", "1e9"],
            ["--speed", "NaN"],
            ["--rate", "0"],
            ["--rate", "1000000"],
            ["--deploy-seconds", "-4"],
        ] {
            let error =
                Arguments::try_parse_from([&["mist", "demo"], &words[..]].concat()).unwrap_err();
            let message = error.to_string();
            assert!(message.contains("invalid value"), "{words:?}: {message}");
        }
        Arguments::try_parse_from(["mist", "demo", "--speed", "40", "--rate", "10"]).unwrap();
    }

    #[test]
    fn the_name_of_a_cloud_is_a_folder_and_nothing_else() {
        for name in ["", "..", "a/b", "-b", "A", "a b"] {
            let words = ["mist", "local", "up", "--name", name];
            assert!(Arguments::try_parse_from(words).is_err(), "{name}");
        }
        Arguments::try_parse_from(["mist", "local", "--name", "b-2", "up"]).unwrap();
    }
}
