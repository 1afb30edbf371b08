//! `mist demo` and `mist local`: mist in a cloud on this machine. Cargo feature `rehearsal`.

#[cfg(feature = "rehearsal")]
mod demo;
#[cfg(feature = "rehearsal")]
mod local;
#[cfg(feature = "rehearsal")]
mod program;

use crate::{arguments::Rehearsal, failure::Failure, output::Format};

/// Executes `command`.
#[cfg(feature = "rehearsal")]
pub(super) async fn run(command: &Rehearsal, format: Format) -> Result<(), Failure> {
    match command {
        Rehearsal::Local(arguments) => Box::pin(local::run(arguments, format)).await,
        Rehearsal::Demo(arguments) => Box::pin(demo::run(arguments, format)).await,
    }
}

/// Refuses `command`, and names the build that has it.
#[cfg(not(feature = "rehearsal"))]
pub(super) fn run(command: &Rehearsal, _: Format) -> std::future::Ready<Result<(), Failure>> {
    let name = match command {
        Rehearsal::Local(_) => "local",
        Rehearsal::Demo(_) => "demo",
    };
    std::future::ready(Err(Failure::Setup(format!(
        "this build has no local cloud; use `./mist {name}` in a checkout of mist, or build the command with \
         the cargo feature `rehearsal`"
    ))))
}

#[cfg(feature = "rehearsal")]
impl From<mist_local::Error> for Failure {
    fn from(error: mist_local::Error) -> Self {
        Self::Setup(with_causes(&error))
    }
}

#[cfg(feature = "rehearsal")]
impl From<mist_rehearsal::Error> for Failure {
    fn from(error: mist_rehearsal::Error) -> Self {
        Self::Setup(with_causes(&error))
    }
}

/// The error and its causes, on one line.
#[cfg(feature = "rehearsal")]
fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
