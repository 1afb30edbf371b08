//! What the command line can say.

mod operation;
mod setup;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use mist_core::names::StackName;

pub(crate) use self::{
    operation::{Choices, Deploy, Operation, Rollback, Run, Stop, Swap, Version},
    setup::{Cleanup, Import, Setup},
};

const EXIT_CODES: &str = "\
Exit codes:
  0    done: what was asked for is so
  1    failed; the message shows the state of the stack
  2    wrong usage, or a request that cannot be met; nothing was changed
  3    --timeout is over; the operation goes on
  4    mist, its configuration or its credentials are not as they must be; nothing was started
  5    failed after the swap, and swapped back: the version that was live before is live again
  6    another release has the stack: locked, superseded, or an older upload
  8    refused: the stack is not as it must be; after a change without mist, --accept-drift accepts it
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
    /// Release a version: deploy it to the idle environment, warm it up, swap, bake, and mark it.
    Deploy(Deploy),
    /// Warm up an environment: the idle one, or the one you name.
    Warm(Operation),
    /// Put the idle environment live, with the version that it runs, or the one you name.
    Swap(Swap),
    /// Put live again what was live before, or release the version you name.
    Rollback(Rollback),
    /// Mark in New Relic the live version, or that of the environment you name.
    Mark(Operation),
    /// Restore the capacity of a stopped environment: the idle one, or the one you name.
    Start(Operation),
    /// Scale an environment to zero instances: the idle one, or the one you name.
    Stop(Stop),
    /// Show both environments of a stack.
    Version(Version),
    /// Show the releases of a stack, newest first.
    History(History),
    /// Show the lock of a stack and its queue, or release the lock.
    #[command(subcommand)]
    Lock(Lock),
    /// Work with mist.yaml and the stacks that were pushed.
    #[command(subcommand)]
    Config(Config),
    /// Check prerequisites and store secrets.
    Setup(Setup),
    /// Remove what setup made; environments, DNS, bundles and history stay.
    Cleanup(Cleanup),
    /// Serve a whole cloud on this machine, to play with.
    #[command(subcommand)]
    Local(Local),
    /// Watch a whole release on this machine; needs no AWS account.
    Demo(Demo),
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
    /// Show the release that holds the lock, and the queue.
    Status {
        /// The stack, such as QA.
        #[arg(short, long)]
        stack: StackName,
    },
    /// Release the lock of the release that holds it. The next one in the queue gets it.
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
    /// Even if the release that holds it is about to move the record.
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
    fn a_stack_name_is_checked_before_anything_is_asked() {
        let error = Arguments::try_parse_from(["mist", "version", "-s", "Q/A"]).unwrap_err();
        assert!(error.to_string().contains("is not a stack name"), "{error}");
    }
}
