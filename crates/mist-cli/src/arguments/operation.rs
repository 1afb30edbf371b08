//! The arguments of operations.

use std::{path::PathBuf, time::Duration};

use clap::{Args, ValueEnum};
use jiff::SignedDuration;
use mist_core::{
    names::{EnvironmentName, Message, StackName, VersionLabel},
    stack::{lock::OnConflict, source::GitRef},
};

/// `mist deploy`.
#[derive(Args, Debug)]
pub(crate) struct Deploy {
    #[command(flatten)]
    pub(crate) operation: Operation,
    /// Version label; default: the name of the bundle, or the newest version of the stack's source.
    #[arg(short, long, value_name = "LABEL")]
    pub(crate) version: Option<VersionLabel>,
    /// Fetch and release this branch, tag or commit of the stack's repository.
    #[arg(long = "ref", value_name = "REF", conflicts_with_all = ["version", "file"])]
    pub(crate) git_ref: Option<GitRef>,
    /// Upload and release this bundle (.zip or .war).
    #[arg(
        short,
        long,
        value_name = "FILE",
        conflicts_with_all = ["environment", "accept_drift", "on_conflict", "message"]
    )]
    pub(crate) file: Option<PathBuf>,
    /// Deploy to the environment of -e even if it is live; its users see the deployment.
    #[arg(long, requires = "environment")]
    pub(crate) in_place: bool,
    #[command(flatten)]
    pub(crate) release: ReleaseOptions,
}

impl Deploy {
    /// Whether the newest version of the stack's source is released.
    pub(crate) fn takes_newest(&self) -> bool {
        self.version.is_none() && self.git_ref.is_none() && self.file.is_none()
    }
}

/// `mist swap`.
#[derive(Args, Debug)]
pub(crate) struct Swap {
    #[command(flatten)]
    pub(crate) operation: Operation,
    #[command(flatten)]
    pub(crate) release: ReleaseOptions,
}

/// `mist stop`.
#[derive(Args, Debug)]
pub(crate) struct Stop {
    #[command(flatten)]
    pub(crate) operation: Operation,
    /// Stop the environment of -e even if it is live; its users get errors until it is started.
    #[arg(long, requires = "environment")]
    pub(crate) live: bool,
    /// Stop the live environment without confirmation.
    #[arg(short, long, requires = "live")]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) release: ReleaseOptions,
}

/// `mist rollback`.
#[derive(Args, Debug)]
pub(crate) struct Rollback {
    #[command(flatten)]
    pub(crate) execution: ExecutionOptions,
    /// Deploy and release this version; default: cut over to the other environment as it is.
    #[arg(long, value_name = "LABEL")]
    pub(crate) to: Option<VersionLabel>,
    /// Stop the release that bakes, if any, and roll back as soon as its last call has ended.
    #[arg(long, conflicts_with_all = ["to", "on_conflict"])]
    pub(crate) now: bool,
    /// The same as --now: answer yes if a release bakes.
    #[arg(short, long, conflicts_with_all = ["to", "on_conflict"])]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) release: ReleaseOptions,
}

/// `mist promote`.
#[derive(Args, Debug)]
pub(crate) struct Promote {
    /// The stack whose live version is released, such as QA.
    pub(crate) from: StackName,
    /// The stack that gets it, such as UAT.
    pub(crate) to: StackName,
    /// Start the execution and return immediately; `mist watch` follows it later.
    #[arg(long)]
    pub(crate) no_wait: bool,
    /// Why, in a line; the history shows it.
    #[arg(short, long, value_name = "TEXT")]
    pub(crate) message: Option<Message>,
    #[command(flatten)]
    pub(crate) follow: FollowOptions,
    #[command(flatten)]
    pub(crate) release: ReleaseOptions,
}

/// Options of a release.
#[derive(Args, Clone, Debug)]
pub(crate) struct ReleaseOptions {
    /// Accept drift: changes to the stack that were made without mist.
    #[arg(long)]
    pub(crate) accept_drift: bool,
    /// Behaviour if another release has the stack; default: that of the stack's configuration.
    #[arg(long, value_enum, value_name = "POLICY")]
    pub(crate) on_conflict: Option<ConflictPolicy>,
}

/// The behaviour if another release has the stack.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum ConflictPolicy {
    /// Fail immediately.
    Reject,
    /// Wait in the queue, first come first served.
    Queue,
    /// Supersede a deployment that has not swapped yet; otherwise queue.
    Supersede,
}

impl From<ConflictPolicy> for OnConflict {
    fn from(policy: ConflictPolicy) -> Self {
        match policy {
            ConflictPolicy::Reject => Self::Reject,
            ConflictPolicy::Queue => Self::Queue,
            ConflictPolicy::Supersede => Self::Supersede,
        }
    }
}

/// The arguments of an operation.
#[derive(Args, Clone, Debug)]
pub(crate) struct Operation {
    #[command(flatten)]
    pub(crate) execution: ExecutionOptions,
    /// The environment to use, one of the stack.
    #[arg(short, long)]
    pub(crate) environment: Option<EnvironmentName>,
}

/// `mist version`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Version {
    /// The stack, such as QA.
    #[arg(short, long)]
    pub(crate) stack: StackName,
    /// Only this environment of the stack.
    #[arg(short, long)]
    pub(crate) environment: Option<EnvironmentName>,
}

/// The arguments of every execution.
#[derive(Args, Clone, Debug)]
pub(crate) struct ExecutionOptions {
    /// The stack, such as QA.
    #[arg(short, long)]
    pub(crate) stack: StackName,
    /// Start the execution and return immediately; `mist watch` follows it later.
    #[arg(long, visible_alias = "nohang")]
    pub(crate) no_wait: bool,
    /// Why, in a line; the history shows it.
    #[arg(short, long, value_name = "TEXT")]
    pub(crate) message: Option<Message>,
    #[command(flatten)]
    pub(crate) follow: FollowOptions,
}

/// How long and how often an execution is looked at.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct FollowOptions {
    /// The time to follow the execution, such as 15m or 1h30m; it continues afterwards.
    #[arg(long, default_value = "4h", value_parser = duration)]
    pub(crate) timeout: Duration,
    /// The polling interval, such as 2s, after three polls in the first second.
    #[arg(long, default_value = "2s", value_parser = duration, hide_short_help = true)]
    pub(crate) interval: Duration,
}

fn duration(text: &str) -> Result<Duration, String> {
    let duration: SignedDuration =
        text.parse().map_err(|_| "needs a unit, such as 90s, 15m or 1h30m".to_owned())?;
    let duration = Duration::try_from(duration).map_err(|_| "cannot be negative".to_owned())?;
    if duration.is_zero() { Err("cannot be zero".to_owned()) } else { Ok(duration) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_a_unit() {
        assert_eq!(duration("1h30m"), Ok(Duration::from_mins(90)));
        assert!(duration("15").unwrap_err().contains("needs a unit"));
        assert!(duration("-5s").is_err());
        assert!(duration("0s").is_err());
    }
}
