//! The command line.

mod history;
mod operation;
mod page;
mod rehearsal;
mod setup;
mod watch;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use mist_core::names::StackName;

#[cfg(feature = "rehearsal")]
pub(crate) use self::rehearsal::{Demo, EnvShell, Local, LocalCommand};
pub(crate) use self::{
    history::{History, HistoryCommand, HistoryList},
    operation::{
        Deploy, ExecutionOptions, FollowOptions, Operation, Promote, ReleaseOptions, Rollback,
        Stop, Swap, Version,
    },
    page::{Report, Ui},
    rehearsal::Rehearsal,
    setup::{Cleanup, Setup},
    watch::{Abort, Logs, Watch, WhichSide},
};
use crate::{first_mist::Import, output::Format};

/// Releases applications on AWS Elastic Beanstalk, blue/green.
#[derive(Debug, Parser)]
#[command(name = "mist", version, disable_help_subcommand = true)]
pub(crate) struct Arguments {
    /// The command.
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Output format.
    #[arg(
        short, long, global = true, value_enum, default_value_t = Format::Table, env = "MIST_OUTPUT",
        hide_env = true
    )]
    pub(crate) output: Format,
    /// AWS region; default: that of AWS_REGION, of mist.yaml, or of the profile.
    #[arg(short, long, global = true, env = "MIST_REGION", hide_env = true)]
    pub(crate) region: Option<String>,
    /// AWS profile; default: that of the environment.
    #[arg(long, global = true)]
    pub(crate) profile: Option<String>,
    /// Print no colors, as with the variable NO_COLOR.
    #[arg(long, global = true)]
    pub(crate) no_color: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The commands that start an execution.
    #[command(flatten)]
    Operate(Operate),
    /// Show all stacks at a glance, or the stack of -s: versions, health, instances, drift, lock, current step.
    Status(Status),
    /// Follow the release in progress on a stack, or an execution, whoever started it.
    Watch(Watch),
    /// Stop the release in progress on a stack before it swaps; the record stays as it is.
    Abort(Abort),
    /// Show the last lines of the logs of an environment's instances, with secrets masked.
    Logs(Logs),
    /// Show both environments of a stack.
    Version(Version),
    /// Show the releases of a stack or of all stacks, newest first, or one release.
    History(History),
    /// Show the lock of a stack and its queue, or release the lock.
    #[command(subcommand)]
    Lock(Lock),
    /// Serve a page with stacks, releases and history on this machine.
    Ui(Ui),
    /// Write stacks, releases and history, or one release, into an HTML file.
    Report(Report),
    /// Explain the name of an error, such as Mist.Locked, and its remedy.
    Explain(Explain),
    /// Validate, push, pull, import or show the configuration of stacks.
    #[command(subcommand)]
    Config(Config),
    /// Check prerequisites and store secrets.
    Setup(Setup),
    /// Remove what setup created; environments, DNS, bundles and history stay.
    Cleanup(Cleanup),
    /// The commands of the local cloud.
    #[command(flatten)]
    Rehearsal(Rehearsal),
    /// Show the help of a command, or of a topic: exit-codes, environment, output.
    Help(Help),
    /// Print the completions of mist for a shell.
    Completion {
        /// The shell.
        shell: Shell,
    },
    /// Write a man page for each command into a folder.
    Man {
        /// The folder. It is created if it does not exist.
        folder: PathBuf,
    },
}

/// `mist help`.
#[derive(Args, Debug)]
pub(crate) struct Help {
    /// The command, such as `lock status`, or the topic.
    #[arg(value_name = "COMMAND")]
    pub(crate) words: Vec<String>,
}

/// The commands that start an execution.
#[derive(Debug, Subcommand)]
pub(crate) enum Operate {
    /// Release a version: deploy it to the idle environment, warm up, swap, bake, and mark it.
    Deploy(Deploy),
    /// Release on a stack the version that is live on another stack of the same application.
    Promote(Promote),
    /// Warm up the idle environment; with -e, that environment.
    Warm(Operation),
    /// Cut over to the idle environment, with the version that it runs.
    Swap(Swap),
    /// Cut over to the environment that was live before; with --to, release that version.
    Rollback(Rollback),
    /// Mark the live version in New Relic; with -e, the version of that environment.
    Mark(Operation),
    /// Restore the capacity of the stopped environment; with -e, of that environment.
    Start(Operation),
    /// Scale the idle environment to zero instances; with -e, that environment.
    Stop(Stop),
}

impl Operate {
    /// The stack that the execution changes.
    pub(crate) fn stack(&self) -> &StackName {
        let execution = match self {
            Self::Deploy(Deploy { operation, .. })
            | Self::Swap(Swap { operation, .. })
            | Self::Stop(Stop { operation, .. })
            | Self::Warm(operation)
            | Self::Mark(operation)
            | Self::Start(operation) => &operation.execution,
            Self::Rollback(rollback) => &rollback.execution,
            Self::Promote(promote) => return &promote.to,
        };
        &execution.stack
    }
}

/// `mist status`.
#[derive(Args, Debug)]
pub(crate) struct Status {
    /// Only this stack.
    #[arg(short, long)]
    pub(crate) stack: Option<StackName>,
}

/// `mist explain`.
#[derive(Args, Debug)]
pub(crate) struct Explain {
    /// The name of the error, such as Mist.Locked.
    #[arg(value_name = "ERROR")]
    pub(crate) name: String,
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
    /// Release the lock that an execution holds. The next release in the queue acquires it.
    Release(LockRelease),
}

/// `mist lock release`.
#[derive(Args, Debug)]
pub(crate) struct LockRelease {
    /// The stack, such as QA.
    #[arg(short, long)]
    pub(crate) stack: StackName,
    /// Release without confirmation.
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Release the lock even if its holder may be about to change the DNS record. Takes a minute if releases wait.
    #[arg(long)]
    pub(crate) force: bool,
}

/// `mist config`.
#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// Show what differs from the stored configuration, and write each stack of mist.yaml to its SSM parameter.
    Push(ConfigPush),
    /// Print the pushed configuration of all stacks, or of the stack of -s, as a mist.yaml.
    Pull {
        /// Only this stack.
        #[arg(short, long)]
        stack: Option<StackName>,
    },
    /// Check mist.yaml and change nothing.
    Validate(ConfigFile),
    /// Convert the configuration of the first mist (2013) to mist.yaml.
    Import(Import),
    /// Show the pushed configuration of a stack.
    Show {
        /// The stack, such as QA.
        #[arg(short, long)]
        stack: StackName,
    },
    /// Print the JSON Schema of mist.yaml.
    Schema,
}

/// `mist config push`.
#[derive(Args, Debug)]
pub(crate) struct ConfigPush {
    #[command(flatten)]
    pub(crate) file: ConfigFile,
    /// Push without confirmation.
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Replace a stack that belongs to another application.
    #[arg(long)]
    pub(crate) replace: bool,
}

/// The path of `mist.yaml`, and the stacks of it to use.
#[derive(Args, Debug)]
pub(crate) struct ConfigFile {
    /// The configuration file.
    #[arg(short, long, env = "MIST_CONFIG", default_value = "mist.yaml")]
    pub(crate) file: PathBuf,
    /// Only this stack of the file.
    #[arg(short, long)]
    pub(crate) stack: Option<StackName>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stack_environment_and_version_have_short_options() {
        let arguments =
            Arguments::parse_from(["mist", "deploy", "-s", "QA", "-e", "Demo-QA-B", "-v", "v2"]);
        let Command::Operate(Operate::Deploy(deploy)) = arguments.command else {
            panic!("{:?}", arguments.command)
        };
        assert_eq!(deploy.operation.execution.stack.as_str(), "QA");
        assert_eq!(deploy.version.unwrap().as_str(), "v2");
    }

    #[test]
    fn an_invalid_e_mail_address_is_refused_before_any_call() {
        let error = Arguments::try_parse_from(["mist", "setup", "--email", "ada"]).unwrap_err();
        assert!(error.to_string().contains("is not an e-mail address"), "{error}");
        assert!(
            Arguments::try_parse_from(["mist", "setup"]).is_err(),
            "notifications need a recipient"
        );
        assert!(Arguments::try_parse_from(["mist", "setup", "--check"]).is_ok());
    }

    #[test]
    fn a_negative_number_is_refused_as_a_value() {
        let error =
            Arguments::try_parse_from(["mist", "history", "-s", "QA", "-n", "-1"]).unwrap_err();
        assert!(error.to_string().contains("is not in 1..=1000"), "{error}");
    }

    #[test]
    fn an_invalid_stack_name_is_refused_before_any_call() {
        let error = Arguments::try_parse_from(["mist", "version", "-s", "Q/A"]).unwrap_err();
        assert!(error.to_string().contains("is not a stack name"), "{error}");
    }
}
