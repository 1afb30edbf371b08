//! The end of an environment.

use super::launch;
use super::run::Run;
use crate::engine::Superseded;
use crate::world::{Environment, Severity};

/// Terminates an environment.
pub(crate) async fn run(mut run: Run, environment: Environment) -> Result<(), Superseded> {
    run.info("terminateEnvironment is starting.")?;
    run.pass(20.0).await;
    if let Some(host) = &environment.load_balancer {
        run.info(format!(
            "Deleted load balancer named: {}",
            host.split('.').next().unwrap_or_default()
        ))?;
    }
    run.engine.data_plane.close(&environment.id);
    run.pass(19.0).await;
    let ids = run.environment(|environment| environment.instance_ids())?;
    launch::remove(&mut run, &ids).await?;
    run.info(format!("Deleted Auto Scaling group named: {}", environment.group.name))?;
    run.pass(20.0).await;
    // At the last event, the environment is already terminated.
    run.world(|world| {
        world.say(
            &environment.id,
            run.request_id(),
            Severity::Info,
            "terminateEnvironment completed successfully.".to_owned(),
        );
        if let Some(environment) = world.environment_mut(&environment.id) {
            environment.terminate();
        }
    })
}
