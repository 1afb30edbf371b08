//! The end of an environment.

use super::run::Run;
use super::script::Script;
use crate::world::{Change, Environment, Severity, Superseded};

/// Runs a termination to its end.
pub(crate) async fn run(run: Run, environment: Environment) -> Result<(), Superseded> {
    run.play(opening(&environment)).await?;
    run.engine.data_plane.close(&environment.id);
    run.play(closing()).await
}

fn opening(environment: &Environment) -> Script {
    let script = Script::new().info(0.0, "terminateEnvironment is starting.");
    match &environment.load_balancer {
        Some(host) => script.info(
            20.0,
            format!("Deleted load balancer named: {}", host.split('.').next().unwrap_or_default()),
        ),
        None => script.at(20.0, []),
    }
}

fn closing() -> Script {
    let completed = "terminateEnvironment completed successfully.".to_owned();
    Script::new().at(60.0, [Change::Terminate, Change::Say(Severity::Info, completed)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_is_gone_when_the_last_event_says_so() {
        insta::assert_snapshot!(closing(), @r"
        60s       terminate
        60s INFO  terminateEnvironment completed successfully.
        ");
    }
}
