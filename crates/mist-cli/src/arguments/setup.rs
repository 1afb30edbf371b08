//! What setting up, cleaning up and coming from the first mist take.

use std::path::PathBuf;

use clap::Args;

use crate::email::Email;

/// `mist setup`.
#[derive(Args, Debug)]
pub(crate) struct Setup {
    /// Who is told of failed releases.
    #[arg(long, value_name = "ADDRESS", required_unless_present = "check")]
    pub(crate) email: Option<Email>,
    /// Only look; change nothing.
    #[arg(long)]
    pub(crate) check: bool,
    /// Replace secrets that have another value than the environment says.
    #[arg(long, conflicts_with = "check")]
    pub(crate) replace_secrets: bool,
    /// The configuration.
    #[arg(short, long, env = "MIST_CONFIG", default_value = "mist.yaml")]
    pub(crate) file: PathBuf,
}

/// `mist cleanup`.
#[derive(Args, Debug)]
pub(crate) struct Cleanup {
    /// Do not ask.
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Only list what would be removed.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Where the region is read from, if it is there.
    #[arg(short, long, env = "MIST_CONFIG", default_value = "mist.yaml")]
    pub(crate) file: PathBuf,
}

/// `mist config import`.
#[derive(Args, Debug)]
pub(crate) struct Import {
    /// The file of the first mist, such as config.yml.
    #[arg(value_name = "OLD")]
    pub(crate) from: PathBuf,
    /// The file to write; - prints it.
    #[arg(short, long, env = "MIST_CONFIG", default_value = "mist.yaml")]
    pub(crate) file: PathBuf,
    /// Write it even if it is there.
    #[arg(long)]
    pub(crate) force: bool,
    /// The bucket for bundles, as the installation put it out.
    #[arg(long)]
    pub(crate) bucket: Option<String>,
    /// The id of the Route 53 hosted zone of all stacks.
    #[arg(long, value_name = "ID")]
    pub(crate) hosted_zone_id: Option<String>,
}
