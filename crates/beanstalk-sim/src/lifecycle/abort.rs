//! The abortion of an update.

use super::deploy;
use super::run::Run;
use super::script::Script;
use crate::world::{Change, Superseded};

/// Runs an abortion to its end; the label was not moved yet, so the old one stands.
pub(crate) async fn run(run: Run) -> Result<(), Superseded> {
    run.play(script()).await
}

fn script() -> Script {
    Script::new()
        .info(0.0, "Environment update is aborting.")
        .at(5.0, [Change::KeepOptions, Change::Finish, deploy::aborted()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_abortion_ends_with_a_warning_about_mixed_versions() {
        insta::assert_snapshot!(script(), @r"
        0s INFO  Environment update is aborting.
        5s       keepoptions
        5s       finish
        5s ERROR During an aborted deployment, some instances may have deployed the new application version. To ensure all instances are running the same version, re-deploy the appropriate application version.
        ");
    }
}
