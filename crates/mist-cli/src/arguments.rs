//! What the command line can say.

mod setup;

use std::{path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::SignedDuration;
use mist_core::{EnvironmentName, GitRef, OnConflict, StackName, VersionLabel};

pub(crate) use self::setup::{Cleanup, Import, Setup};

const EXIT_CODES: &str = "\
Exit codes:
  0    done: what was asked for is so
  1    failed; the message says what the stack is like now
  2    wrong usage
  3    --timeout is over; the operation goes on
  4    mist, its configuration or its credentials are not as they must be; nothing was started
  5    failed after the swap, and rolled back: what was live before is live again
  6    another release has the stack: locked, superseded, or an older upload
  8    refused, as the stack is not as the last release left it; --accept-drift takes it as it is
  130  Ctrl-C; an operation that was started goes on";

/// Releases applications on AWS Elastic Beanstalk, blue/green.
#[derive(Debug, Parser)]
#[command(name = "mist", version, after_long_help = EXIT_CODES)]
pub(crate) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
    /// How results are printed.
    #[arg(short, long, global = true, value_enum, default_value_t = Format::Table)]
    pub(crate) output: Format,
    /// AWS region; else that of the environment or profile.
    #[arg(short, long, global = true)]
    pub(crate) region: Option<String>,
    /// AWS profile; else that of the environment.
    #[arg(long, global = true)]
    pub(crate) profile: Option<String>,
}

/// How results are printed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Table,
    /// For programs.
    Json,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Release a version: deploy it to the idle side, warm it, make it live, mark it.
    Deploy(Deploy),
    /// Warm up an environment: the idle one, or the one you name.
    Warm(Operation),
    /// Make the idle side live, with the version that it runs, or the side you name.
    Swap(Swap),
    /// Make live again what was live before, or release the version you name.
    Rollback(Rollback),
    /// Mark in New Relic what runs live, or in the environment you name.
    Mark(Operation),
    /// Give a side back the instances that it had before it was stopped: the idle one, or the one you name.
    Start(Operation),
    /// Take all instances away from a side, which then costs little: the idle one, or the one you name.
    Stop(Stop),
    /// Show both sides of a stack.
    Version(Operation),
    /// Show what was released to a stack, newest first.
    History(History),
    /// Show who holds the lock of a stack, or release it.
    #[command(subcommand)]
    Lock(Lock),
    /// Work with mist.yaml and the stacks that were pushed.
    #[command(subcommand)]
    Config(Config),
    /// Look whether releases can work, and store what they need.
    Setup(Setup),
    /// Take away what setup made; environments, DNS, bundles and history stay.
    Cleanup(Cleanup),
    /// Run a whole cloud on this machine, to play with.
    #[command(subcommand)]
    Local(Local),
    /// Watch a whole release on this machine; needs no AWS account.
    Demo(Demo),
}

/// `mist deploy`.
#[derive(Args, Debug)]
pub(crate) struct Deploy {
    #[command(flatten)]
    pub(crate) operation: Operation,
    /// Label of the version; else that of the file, else the newest of the stack's source.
    #[arg(short, long, value_name = "LABEL")]
    pub(crate) version: Option<VersionLabel>,
    /// Fetch this branch, tag or commit of the stack's repository, and release it.
    #[arg(long = "ref", value_name = "REF", conflicts_with_all = ["version", "file"])]
    pub(crate) git_ref: Option<GitRef>,
    /// Upload this bundle (.zip or .war) and release it.
    #[arg(
        short,
        long,
        value_name = "FILE",
        conflicts_with_all = ["environment", "accept_drift", "on_conflict"]
    )]
    pub(crate) file: Option<PathBuf>,
    /// Deploy to the environment of -e even if it is live: its users meet the deployment.
    #[arg(long, requires = "environment")]
    pub(crate) in_place: bool,
    #[command(flatten)]
    pub(crate) choices: Choices,
}

/// `mist swap`.
#[derive(Args, Debug)]
pub(crate) struct Swap {
    #[command(flatten)]
    pub(crate) operation: Operation,
    #[command(flatten)]
    pub(crate) choices: Choices,
}

/// `mist stop`.
#[derive(Args, Debug)]
pub(crate) struct Stop {
    #[command(flatten)]
    pub(crate) operation: Operation,
    /// Stop the environment of -e even if it is live: its users reach nothing until it is started.
    #[arg(long, requires = "environment")]
    pub(crate) live: bool,
    #[command(flatten)]
    pub(crate) choices: Choices,
}

/// `mist rollback`.
#[derive(Args, Debug)]
pub(crate) struct Rollback {
    #[command(flatten)]
    pub(crate) run: Run,
    /// Release this version, with a deployment; else the other side goes live as it is.
    #[arg(long, value_name = "LABEL")]
    pub(crate) to: Option<VersionLabel>,
    /// Stop the release that is being watched, if there is one, and go back as soon as its last call is over.
    #[arg(long, conflicts_with_all = ["to", "on_conflict"])]
    pub(crate) now: bool,
    #[command(flatten)]
    pub(crate) choices: Choices,
}

/// What a release may do that it does not do by itself.
#[derive(Args, Clone, Debug)]
pub(crate) struct Choices {
    /// Take the stack as it is, even if somebody changed it without mist.
    #[arg(long)]
    pub(crate) accept_drift: bool,
    /// What to do when another release has the stack; else what the stack's configuration says.
    #[arg(long, value_enum, value_name = "POLICY")]
    pub(crate) on_conflict: Option<Policy>,
}

/// What to do when another release has the stack.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Policy {
    /// Fail at once.
    Reject,
    /// Wait, first come first served.
    Queue,
    /// Take the place of a deployment that has not begun to move the name; else wait.
    Supersede,
}

impl From<Policy> for OnConflict {
    fn from(policy: Policy) -> Self {
        match policy {
            Policy::Reject => Self::Reject,
            Policy::Queue => Self::Queue,
            Policy::Supersede => Self::Supersede,
        }
    }
}

/// What all operations take.
#[derive(Args, Clone, Debug)]
pub(crate) struct Operation {
    #[command(flatten)]
    pub(crate) run: Run,
    /// One environment of the stack.
    #[arg(short, long)]
    pub(crate) environment: Option<EnvironmentName>,
}

/// What all runs take.
#[derive(Args, Clone, Debug)]
pub(crate) struct Run {
    /// The stack, such as QA.
    #[arg(short, long)]
    pub(crate) stack: StackName,
    /// Start it and return at once.
    #[arg(long, visible_alias = "nohang")]
    pub(crate) no_wait: bool,
    /// For how long to follow it, such as 15m or 1h30m; it goes on afterwards.
    #[arg(long, default_value = "4h", value_parser = duration)]
    pub(crate) timeout: Duration,
    /// How often to look, such as 2s. AWS allows few looks per second to a whole account.
    #[arg(long, default_value = "2s", value_parser = duration, hide_short_help = true)]
    pub(crate) interval: Duration,
}

/// `mist history`.
#[derive(Args, Debug)]
pub(crate) struct History {
    /// The stack, such as QA.
    #[arg(short, long)]
    pub(crate) stack: StackName,
    /// How many releases to show, at most.
    #[arg(short = 'n', long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) most: u32,
}

/// `mist lock`.
#[derive(Debug, Subcommand)]
pub(crate) enum Lock {
    /// Show who holds the lock, and who waits for it.
    Status {
        /// The stack, such as QA.
        #[arg(short, long)]
        stack: StackName,
    },
    /// Take the lock away from the release that holds it. Who waits for it goes on waiting.
    Release(LockRelease),
}

/// `mist lock release`.
#[derive(Args, Debug)]
pub(crate) struct LockRelease {
    /// The stack, such as QA.
    #[arg(short, long)]
    pub(crate) stack: StackName,
    /// Do not ask.
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Even if the release that holds it is about to move the name.
    #[arg(long)]
    pub(crate) force: bool,
}

/// `mist config`.
#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// Write each stack of the file to its SSM parameter.
    Push(ConfigFile),
    /// Check the file and change nothing.
    Validate(ConfigFile),
    /// Write mist.yaml from the file of the first mist (2013).
    Import(Import),
    /// Show a stack as it was pushed.
    Show {
        /// The stack, such as QA.
        #[arg(short, long)]
        stack: StackName,
    },
    /// Print the JSON Schema of mist.yaml.
    Schema,
}

/// Where `mist.yaml` is.
#[derive(Args, Debug)]
pub(crate) struct ConfigFile {
    /// The file.
    #[arg(short, long, env = "MIST_CONFIG", default_value = "mist.yaml")]
    pub(crate) file: PathBuf,
    /// Only this stack of it.
    #[arg(short, long)]
    pub(crate) stack: Option<StackName>,
}

/// `mist local`.
#[derive(Debug, Subcommand)]
pub(crate) enum Local {
    /// Start the cloud, with stack QA in it, and leave it running.
    Up,
    /// Stop it; nothing is left.
    Down,
    /// Show whether it runs, and where.
    Status,
    /// Empty it and set it up anew.
    Reset,
    /// Print its logs.
    Logs,
    /// Print what to export so that mist, aws and eb talk to it: eval "$(mist local env)".
    Env,
    /// Serve it in the foreground.
    #[command(hide = true)]
    Serve,
}

/// `mist demo`.
#[derive(Args, Debug)]
pub(crate) struct Demo {
    /// How many times faster than real Beanstalk the simulated one works.
    #[arg(long, default_value_t = 20.0)]
    pub(crate) speed: f64,
    /// How many seconds a deployment takes on the simulated Beanstalk, before --speed.
    #[arg(long, default_value_t = 42.0)]
    pub(crate) deploy_seconds: f64,
    /// How many requests per second the clients send.
    #[arg(long, default_value_t = 50)]
    pub(crate) rate: u32,
}

fn duration(text: &str) -> Result<Duration, String> {
    let duration: SignedDuration =
        text.parse().map_err(|_| "needs a unit, such as 90s, 15m or 1h30m".to_owned())?;
    let duration = Duration::try_from(duration).map_err(|_| "cannot be negative".to_owned())?;
    if duration.is_zero() { Err("cannot be zero".to_owned()) } else { Ok(duration) }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn the_short_options_of_the_first_mist_are_kept() {
        let arguments =
            Arguments::parse_from(["mist", "deploy", "-s", "QA", "-e", "Demo-QA-B", "-v", "v2"]);
        let Command::Deploy(deploy) = arguments.command else { panic!("{:?}", arguments.command) };
        assert_eq!(deploy.operation.run.stack.as_str(), "QA");
        assert_eq!(deploy.version.unwrap().as_str(), "v2");
    }

    #[test]
    fn an_address_that_is_no_e_mail_is_refused_before_anything_is_asked() {
        let error = Arguments::try_parse_from(["mist", "setup", "--email", "ada"]).unwrap_err();
        assert!(error.to_string().contains("is not an e-mail address"), "{error}");
        assert!(Arguments::try_parse_from(["mist", "setup"]).is_err(), "nobody would be told");
        assert!(Arguments::try_parse_from(["mist", "setup", "--check"]).is_ok());
    }

    #[test]
    fn a_duration_has_a_unit() {
        assert_eq!(duration("1h30m"), Ok(Duration::from_mins(90)));
        assert!(duration("15").unwrap_err().contains("needs a unit"));
        assert!(duration("-5s").is_err());
        assert!(duration("0s").is_err());
    }

    #[test]
    fn a_stack_name_is_checked_before_anything_is_asked() {
        let error = Arguments::try_parse_from(["mist", "version", "-s", "Q/A"]).unwrap_err();
        assert!(error.to_string().contains("is not a stack name"), "{error}");
    }
}
