//! The arguments of `mist setup` and `mist cleanup`.

use std::path::PathBuf;

use clap::Args;

use crate::email::Email;

/// `mist setup`.
#[derive(Args, Debug)]
pub(crate) struct Setup {
    /// The e-mail address that is notified of failed releases and lost uploads.
    #[arg(long, value_name = "ADDRESS", required_unless_present = "check")]
    pub(crate) email: Option<Email>,
    /// Only check; change nothing.
    #[arg(long)]
    pub(crate) check: bool,
    /// Replace stored secrets that differ from the environment variables.
    #[arg(long, conflicts_with = "check")]
    pub(crate) replace_secrets: bool,
    /// The configuration file.
    #[arg(short, long, env = "MIST_CONFIG", default_value = "mist.yaml")]
    pub(crate) file: PathBuf,
}

/// `mist cleanup`.
#[derive(Args, Debug)]
pub(crate) struct Cleanup {
    /// Remove without confirmation.
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// List what would be removed, and remove nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// The configuration file that names the region, if it exists.
    #[arg(short, long, env = "MIST_CONFIG", default_value = "mist.yaml")]
    pub(crate) file: PathBuf,
}
