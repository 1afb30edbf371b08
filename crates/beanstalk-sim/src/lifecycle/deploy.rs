//! The streams of a deployment, all instances at once.

use std::sync::Arc;

use super::outcome::Outcome;
use super::run::Run;
use super::script::Script;
use crate::world::{Change, HealthStatus, Release, Severity, Superseded};

/// The planned seconds of a deployment that succeeds; the settings say how long it really takes.
pub(crate) const SECONDS: f64 = 42.0;

const ABORTED: &str = "During an aborted deployment, some instances may have deployed the new application version. \
    To ensure all instances are running the same version, re-deploy the appropriate application version.";
const WITH_ERRORS: &str = "Update environment operation is complete, but with errors. \
    For more information, see troubleshooting documentation.";

/// What is to be deployed, and where.
#[derive(Debug)]
pub(crate) struct Deployment {
    pub(crate) release: Release,
    pub(crate) instances: Vec<String>,
    /// How long an instance may take, in seconds.
    pub(crate) timeout: u32,
}

impl Deployment {
    /// Takes the environment's next deployment number; the site is still the one before.
    pub(crate) fn begin(run: &Run, version: Option<String>) -> Result<Self, Superseded> {
        let mut world = run.engine.world();
        let environment = world.environment_mut(&run.environment_id).ok_or(Superseded)?;
        environment.deployments += 1;
        let site = Arc::clone(&environment.release.site);
        Ok(Self {
            release: Release { version, deployment_id: environment.deployments, site },
            instances: environment.instance_ids(),
            timeout: environment.options.command_timeout(),
        })
    }
}

/// What happens before the instances have the bundle.
pub(crate) fn opening(release: &Release) -> Script {
    Script::new()
        .info(4.0, "Deploying new version to instance(s).")
        .at(4.0, [Change::Fetch(release.clone())])
}

/// What happens then.
pub(crate) fn closing(deployment: &Deployment, outcome: Outcome) -> Script {
    match outcome {
        Outcome::Success => success(deployment, 0),
        Outcome::Partial => success(deployment, 1),
        Outcome::NeverGood => never_good(deployment),
        Outcome::Failed => failure(deployment),
        Outcome::Unhealthy => unhealthy(deployment),
        Outcome::TimedOut => timeout(deployment),
        Outcome::WithErrors => with_errors(deployment),
    }
}

/// The last words of an operation that was aborted or that failed.
pub(crate) fn aborted() -> Change {
    Change::Say(Severity::Error, ABORTED.to_owned())
}

fn success(deployment: &Deployment, left_behind: usize) -> Script {
    installed(deployment, left_behind).at(SECONDS, completed(deployment)).health(
        SECONDS + 10.0,
        HealthStatus::Ok,
        "Application update completed 10 seconds ago and took 42 seconds.",
    )
}

fn never_good(deployment: &Deployment) -> Script {
    installed(deployment, 0)
        .at(SECONDS, [Change::Health(HealthStatus::Severe, failing_requests())])
        .at(SECONDS, completed(deployment))
}

fn installed(deployment: &Deployment, left_behind: usize) -> Script {
    let install = Change::Install { release: deployment.release.clone(), left_behind };
    started(deployment)
        .at(39.0, [install])
        .info(39.0, "Instance deployment completed successfully.")
}

fn started(deployment: &Deployment) -> Script {
    let script = Script::new();
    let script = if deployment.release.site.has_jar() {
        script
            .info(
                7.0,
                "Instance deployment successfully detected a JAR file in your source bundle.",
            )
            .info(8.0, "Instance deployment successfully generated a 'Procfile'.")
    } else {
        script
    };
    script.health(
        10.0,
        HealthStatus::Info,
        "Application update in progress (running for 10 seconds).",
    )
}

fn completed(deployment: &Deployment) -> [Change; 4] {
    [
        Change::Say(
            Severity::Info,
            "New application version was deployed to running EC2 instances.".to_owned(),
        ),
        Change::Adopt(deployment.release.clone()),
        Change::Finish,
        Change::Say(Severity::Info, "Environment update completed successfully.".to_owned()),
    ]
}

fn failure(deployment: &Deployment) -> Script {
    let script = command_failed(started(deployment), deployment);
    give_up(script, deployment).health(
        50.0,
        HealthStatus::Ok,
        "Application update failed 10 seconds ago.",
    )
}

fn unhealthy(deployment: &Deployment) -> Script {
    let ids = deployment.instances.join(", ");
    let script = installed(deployment, 0)
        .health(39.0, HealthStatus::Severe, failing_requests())
        .error(41.0, format!("Instance id(s) '{ids}' did not pass health check after command execution. Aborting the operation."));
    failed_to_deploy(script, 41.5)
}

fn timeout(deployment: &Deployment) -> Script {
    let ids = deployment.instances.join(", ");
    let at = f64::from(deployment.timeout);
    let count = deployment.instances.len();
    let script = started(deployment)
        .warn(at, format!(
            "The following instances have not responded in the allowed command timeout time \
             (they might still finish eventually on their own): [{ids}]."
        ))
        .info(at, format!("Command execution completed on all instances. Summary: [Successful: 0, TimedOut: {count}]."))
        .health(at, HealthStatus::Degraded, "Command timed out on all instances.")
        .error(at, unsuccessful(deployment));
    failed_to_deploy(script, at + 1.0)
}

fn with_errors(deployment: &Deployment) -> Script {
    let version = deployment.release.version.as_deref().unwrap_or("Sample Application");
    let id = deployment.release.deployment_id;
    let cause = format!(
        "Incorrect application version found on all instances. Expected version \"{version}\" (deployment {id})."
    );
    command_failed(started(deployment), deployment)
        .info(SECONDS, "New application version was deployed to running EC2 instances.")
        .at(
            SECONDS,
            [
                Change::Adopt(deployment.release.clone()),
                Change::Health(HealthStatus::Degraded, cause),
                Change::Finish,
                Change::Say(Severity::Error, WITH_ERRORS.to_owned()),
            ],
        )
}

/// The lines of an engine that could not start the version; the old one keeps running.
pub(crate) fn command_failed(script: Script, deployment: &Deployment) -> Script {
    let mut script = script
        .at(37.0, [Change::GiveUp])
        .error(37.0, "Instance deployment failed. For details, see 'eb-engine.log'.");
    for id in &deployment.instances {
        script = script.error(
            39.0,
            format!("[Instance: {id}] Command failed on instance. Return code: 1 Output: Engine execution has encountered an error.."),
        );
    }
    let count = deployment.instances.len();
    script.info(39.0, format!("Command execution completed on all instances. Summary: [Successful: 0, Failed: {count}]."))
}

fn give_up(script: Script, deployment: &Deployment) -> Script {
    failed_to_deploy(script.error(39.0, unsuccessful(deployment)), 40.0)
}

fn unsuccessful(deployment: &Deployment) -> String {
    format!(
        "Unsuccessful command execution on instance id(s) '{}'. Aborting the operation.",
        deployment.instances.join(", ")
    )
}

/// The end of every failure: the label was never moved, so the old one stands.
fn failed_to_deploy(script: Script, at: f64) -> Script {
    script
        .at(
            at,
            [
                Change::Finish,
                Change::Say(Severity::Error, "Failed to deploy application.".to_owned()),
            ],
        )
        .at(at + 1.0, [aborted()])
}

fn failing_requests() -> String {
    "100.0 % of the requests are failing with HTTP 5xx.".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::Site;

    fn plan(outcome: Outcome) -> String {
        let release = Release {
            version: Some("v2".to_owned()),
            deployment_id: 2,
            site: Arc::new(Site::sample()),
        };
        let deployment = Deployment {
            release,
            instances: vec!["i-1".to_owned(), "i-2".to_owned()],
            timeout: 840,
        };
        closing(&deployment, outcome).to_string()
    }

    #[test]
    fn a_success_takes_its_planned_seconds() {
        insta::assert_snapshot!(plan(Outcome::Success), @r"
        10s       health Info: Application update in progress (running for 10 seconds).
        39s       install
        39s INFO  Instance deployment completed successfully.
        42s INFO  New application version was deployed to running EC2 instances.
        42s       adopt
        42s       finish
        42s INFO  Environment update completed successfully.
        52s       health Ok: Application update completed 10 seconds ago and took 42 seconds.
        ");
    }

    #[test]
    fn a_failure_ends_with_a_warning_a_second_after_the_last_word() {
        insta::assert_snapshot!(plan(Outcome::Failed), @r"
        10s       health Info: Application update in progress (running for 10 seconds).
        37s       giveup
        37s ERROR Instance deployment failed. For details, see 'eb-engine.log'.
        39s ERROR [Instance: i-1] Command failed on instance. Return code: 1 Output: Engine execution has encountered an error..
        39s ERROR [Instance: i-2] Command failed on instance. Return code: 1 Output: Engine execution has encountered an error..
        39s INFO  Command execution completed on all instances. Summary: [Successful: 0, Failed: 2].
        39s ERROR Unsuccessful command execution on instance id(s) 'i-1, i-2'. Aborting the operation.
        40s       finish
        40s ERROR Failed to deploy application.
        41s ERROR During an aborted deployment, some instances may have deployed the new application version. To ensure all instances are running the same version, re-deploy the appropriate application version.
        50s       health Ok: Application update failed 10 seconds ago.
        ");
    }

    #[test]
    fn a_time_out_comes_after_the_timeout_and_no_sooner() {
        insta::assert_snapshot!(plan(Outcome::TimedOut), @r"
         10s       health Info: Application update in progress (running for 10 seconds).
        840s WARN  The following instances have not responded in the allowed command timeout time (they might still finish eventually on their own): [i-1, i-2].
        840s INFO  Command execution completed on all instances. Summary: [Successful: 0, TimedOut: 2].
        840s       health Degraded: Command timed out on all instances.
        840s ERROR Unsuccessful command execution on instance id(s) 'i-1, i-2'. Aborting the operation.
        841s       finish
        841s ERROR Failed to deploy application.
        842s ERROR During an aborted deployment, some instances may have deployed the new application version. To ensure all instances are running the same version, re-deploy the appropriate application version.
        ");
    }
}
