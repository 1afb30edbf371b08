//! The abortion of an update.

use super::deploy;
use super::run::Run;
use super::script::Script;
use crate::world::{Change, HealthStatus, Superseded};

/// Runs an abortion to its end; the label was not moved yet, so the old one stands.
pub(crate) async fn run(run: Run) -> Result<(), Superseded> {
    run.play(script()).await?;
    if run.health()? == HealthStatus::Info {
        run.play(recovery()).await?;
    }
    Ok(())
}

fn script() -> Script {
    Script::new()
        .info(0.0, "Environment update is aborting.")
        .at(5.0, [Change::GiveUp, Change::KeepOptions, Change::Finish, deploy::aborted()])
}

/// Health that only said that something was going on gets good again.
fn recovery() -> Script {
    Script::new().health(15.0, HealthStatus::Ok, "Application update was aborted 10 seconds ago.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_abortion_ends_with_a_warning_about_mixed_versions() {
        insta::assert_snapshot!(script(), @r"
        0s INFO  Environment update is aborting.
        5s       giveup
        5s       keepoptions
        5s       finish
        5s ERROR During an aborted deployment, some instances may have deployed the new application version. To ensure all instances are running the same version, re-deploy the appropriate application version.
        ");
    }
}
