//! The arguments of commands about what runs.

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use mist_core::names::{EnvironmentName, Message, StackName};

use super::{history::since, operation::FollowOptions};

/// `mist watch`.
#[derive(Args, Debug)]
pub(crate) struct Watch {
    /// The execution to follow: its ARN, its name, or the address of its page in the console. Default: the release in
    /// progress on the stack of -s.
    #[arg(value_name = "EXECUTION", required_unless_present = "stack")]
    pub(crate) execution: Option<String>,
    /// The stack whose release in progress is followed, such as QA.
    #[arg(short, long)]
    pub(crate) stack: Option<StackName>,
    #[command(flatten)]
    pub(crate) follow: FollowOptions,
}

/// `mist abort`.
#[derive(Args, Debug)]
pub(crate) struct Abort {
    /// The stack, such as QA.
    #[arg(short, long)]
    pub(crate) stack: StackName,
    /// Abort without confirmation.
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Why; the history and whoever follows the release show it.
    #[arg(short, long, value_name = "TEXT")]
    pub(crate) message: Option<Message>,
}

/// `mist logs`.
#[derive(Args, Debug)]
pub(crate) struct Logs {
    /// The stack, such as QA.
    #[arg(short, long)]
    pub(crate) stack: StackName,
    /// The environment whose instances have the logs.
    #[arg(short, long)]
    pub(crate) environment: Option<EnvironmentName>,
    /// The environment, by its role.
    #[arg(long, value_enum, default_value_t = WhichSide::Live, conflicts_with = "environment")]
    pub(crate) side: WhichSide,
    /// Only lines since then, such as 10m, 2h or 2026-11-30T09:00:00Z.
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = since)]
    pub(crate) since: Timestamp,
}

/// An environment of a stack, by its role.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum WhichSide {
    /// The one that the record points to.
    Live,
    /// The other one.
    Idle,
}
