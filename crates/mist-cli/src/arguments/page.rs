//! The arguments of the page: `mist ui` and `mist report`.

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use mist_core::names::StackName;

use super::history::since;

/// `mist ui`.
#[derive(Args, Debug)]
pub(crate) struct Ui {
    /// The port on this machine; 0 takes a free one.
    #[arg(long, default_value_t = 6478)]
    pub(crate) port: u16,
}

/// `mist report`.
#[derive(Args, Debug)]
pub(crate) struct Report {
    /// The release: its short name in `mist history`, its execution, or its version; default: all of the time.
    #[arg(value_name = "EXECUTION", conflicts_with = "since")]
    pub(crate) release: Option<String>,
    /// Only this stack.
    #[arg(short, long)]
    pub(crate) stack: Option<StackName>,
    /// Only releases that started since then, such as 7d, 12h, 2026-11-30 or 2026-11-30T09:00:00Z; default: 30d.
    #[arg(long, value_name = "TIME", value_parser = since)]
    pub(crate) since: Option<Timestamp>,
    /// The file to write.
    #[arg(long, value_name = "FILE")]
    pub(crate) html: PathBuf,
}
