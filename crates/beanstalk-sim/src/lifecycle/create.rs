//! The creation of an environment.

use std::net::Ipv4Addr;

use super::deploy::Deployment;
use super::outcome::Outcome;
use super::run::Run;
use super::script::Script;
use crate::world::{
    Change, Environment, HealthStatus, Release, Severity, Superseded, Tier, Version,
};

const WITH_ERRORS: &str = "Create environment operation is complete, but with errors. \
    For more information, see troubleshooting documentation.";

/// Runs a creation to its end; `version` is the first one to deploy, or else the sample application.
pub(crate) async fn run(run: Run, version: Option<Version>) -> Result<(), Superseded> {
    let environment = snapshot(&run)?;
    run.play(opening(&environment, &run.engine.storage_bucket())).await?;
    let loaded =
        run.engine.load(version.as_ref().and_then(|version| version.bundle.as_ref())).await;
    if let Err(error) = &loaded {
        tracing::warn!("cannot launch `{}` with its version: {error}", run.environment_name);
    }
    let address = match environment.tier {
        Tier::Worker => None,
        Tier::WebServer => match run.engine.data_plane.open(&run.engine, &run.environment_id) {
            Ok(address) => Some(address),
            Err(error) => {
                tracing::error!("no address for `{}`: {error}", run.environment_name);
                return run.play(no_launch()).await;
            }
        },
    };
    run.play(launch(&environment, address)).await?;
    let outcome =
        Outcome::decide(&run.engine.world().faults, &run.environment_name, loaded.is_ok());
    let mut deployment = Deployment::begin(&run, version.map(|version| version.label))?;
    if let Ok(site) = loaded {
        deployment.release.site = site;
    }
    run.play(closing(&snapshot(&run)?, &deployment, outcome)).await
}

/// What the service sets up before there are instances.
fn opening(environment: &Environment, bucket: &str) -> Script {
    let script = Script::new()
        .info(0.0, "createEnvironment is starting.")
        .info(1.0, format!("Using {bucket} as Amazon S3 storage bucket for environment data."))
        .health(
            9.0,
            HealthStatus::Pending,
            "Initialization in progress (running for 9 seconds). There are no instances.",
        );
    match &environment.load_balancer {
        Some(host) => script.info(
            20.0,
            format!("Created load balancer named: {}", host.split('.').next().unwrap_or_default()),
        ),
        None => script,
    }
}

/// The instances come up with the sample application, and the environment gets its address.
fn launch(environment: &Environment, address: Option<Ipv4Addr>) -> Script {
    let script = match address.filter(|_| environment.load_balancer.is_none()) {
        Some(address) => Script::new().info(25.0, format!("Created EIP: {address}")),
        None => Script::new(),
    };
    script
        .info(30.0, "Waiting for EC2 instances to launch. This may take a few minutes.")
        .at(80.0, [Change::Launch, Change::Open(address)])
}

fn no_launch() -> Script {
    Script::new().at(
        30.0,
        [
            Change::Health(HealthStatus::Severe, "There are no instances.".to_owned()),
            Change::Finish,
            Change::Say(Severity::Error, "Failed to launch environment.".to_owned()),
        ],
    )
}

/// The first deployment, and what comes of it.
fn closing(environment: &Environment, deployment: &Deployment, outcome: Outcome) -> Script {
    let release = &deployment.release;
    let added =
        format!("Added instance [{}] to your environment.", deployment.instances.join(", "));
    let script = Script::new().info(81.0, added);
    let left_behind = usize::from(outcome == Outcome::Partial);
    match outcome {
        Outcome::Success | Outcome::Partial => installed(script, environment, release, left_behind)
            .at(122.0, launched(environment))
            .health(
                134.0,
                HealthStatus::Ok,
                "Initialization completed 12 seconds ago and took 2 minutes.",
            ),
        Outcome::NeverGood => installed(script, environment, release, 0)
            .health(
                122.0,
                HealthStatus::Severe,
                "100.0 % of the requests are failing with HTTP 5xx.",
            )
            .at(122.0, launched(environment)),
        Outcome::Failed | Outcome::TimedOut => with_errors(
            script.error(110.0, "Instance deployment failed. For details, see 'eb-engine.log'."),
        ),
        Outcome::Unhealthy | Outcome::WithErrors => {
            with_errors(installed(script, environment, release, 0))
        }
    }
}

fn installed(
    script: Script,
    environment: &Environment,
    release: &Release,
    left_behind: usize,
) -> Script {
    let script = script
        .at(
            118.0,
            [
                Change::Install { release: release.clone(), left_behind },
                Change::Adopt(release.clone()),
            ],
        )
        .info(118.0, "Instance deployment completed successfully.");
    match &environment.cname {
        Some(cname) => script.info(120.0, format!("Application available at {cname}.")),
        None => script,
    }
}

fn launched(environment: &Environment) -> [Change; 2] {
    [
        Change::Finish,
        Change::Say(
            Severity::Info,
            format!("Successfully launched environment: {}", environment.name),
        ),
    ]
}

fn with_errors(script: Script) -> Script {
    script
        .health(121.0, HealthStatus::Severe, "Application deployment failed on all instances.")
        .at(122.0, [Change::Finish, Change::Say(Severity::Error, WITH_ERRORS.to_owned())])
}

fn snapshot(run: &Run) -> Result<Environment, Superseded> {
    run.engine.world().environment(&run.environment_id).cloned().ok_or(Superseded)
}
