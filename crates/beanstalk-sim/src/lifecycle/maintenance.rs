//! Work that changes neither version nor settings: restart and rebuild.

use super::run::Run;
use super::script::Script;
use crate::world::{Change, HealthStatus, Severity, Superseded};

/// Runs a restart of the application servers to its end.
pub(crate) async fn restart(run: Run) -> Result<(), Superseded> {
    run.play(restart_script()).await
}

/// Runs a rebuild to its end.
pub(crate) async fn rebuild(run: Run) -> Result<(), Superseded> {
    run.play(rebuild_script()).await
}

fn restart_script() -> Script {
    Script::new().info(0.0, "restartAppServer is starting.").at(
        10.0,
        [
            Change::Finish,
            Change::Say(Severity::Info, "restartAppServer completed successfully.".to_owned()),
        ],
    )
}

fn rebuild_script() -> Script {
    Script::new()
        .info(0.0, "rebuildEnvironment is starting.")
        .health(5.0, HealthStatus::Pending, "Rebuild in progress (running for 5 seconds).")
        .info(20.0, "Waiting for EC2 instances to launch. This may take a few minutes.")
        .at(110.0, [Change::Launch])
        .at(
            120.0,
            [
                Change::Finish,
                Change::Say(
                    Severity::Info,
                    "rebuildEnvironment completed successfully.".to_owned(),
                ),
            ],
        )
        .health(130.0, HealthStatus::Ok, "Rebuild completed 10 seconds ago and took 2 minutes.")
}
