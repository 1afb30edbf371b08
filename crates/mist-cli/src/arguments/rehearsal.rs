//! The arguments of the local cloud's commands. Without the feature `rehearsal` they are hidden, and refused.

use clap::{Args, Subcommand};

/// The commands of the local cloud.
#[cfg(feature = "rehearsal")]
#[derive(Debug, Subcommand)]
pub(crate) enum Rehearsal {
    /// Run a whole cloud on this machine, to experiment with.
    #[command(subcommand)]
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
#[derive(Debug, Subcommand)]
pub(crate) enum Local {
    /// Start the local cloud with stack QA, and leave it running.
    Up,
    /// Stop the local cloud and delete it.
    Down,
    /// Show whether the local cloud runs, and its endpoints.
    Status,
    /// Delete everything in the local cloud and create stack QA again.
    Reset,
    /// Print the logs of the local cloud.
    Logs,
    /// Print the variables that point mist, aws and eb to it: eval "$(mist local env)".
    Env,
    /// Run it in the foreground.
    #[command(hide = true)]
    Serve,
}

/// `mist demo`.
#[cfg(feature = "rehearsal")]
#[derive(Args, Debug)]
pub(crate) struct Demo {
    /// The speed of the simulated Beanstalk, as a multiple of the real one.
    #[arg(long, default_value_t = 20.0)]
    pub(crate) speed: f64,
    /// The seconds of a deployment on the simulated Beanstalk, before --speed.
    #[arg(long, default_value_t = 42.0)]
    pub(crate) deploy_seconds: f64,
    /// The requests per second that the clients send.
    #[arg(long, default_value_t = 50)]
    pub(crate) rate: u32,
}
