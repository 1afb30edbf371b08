//! The creation of an environment.

use std::sync::Arc;

use super::command::{self, ForcedOutcome};
use super::extensions::{self, Applied};
use super::run::Run;
use super::summary::{Executed, Summary};
use super::{checks, deploy, launch, recovery};
use crate::engine::Superseded;
use crate::host::Source;
use crate::world::{Environment, Group, INITIALIZATION, NEWS, Release, Severity, Tier, Version};

const WITH_ERRORS: &str = "Create environment operation is complete, but with errors. \
    For more information, see troubleshooting documentation.";
const WITH_TIMEOUTS: &str = "Create environment operation is complete, but with command timeouts. \
    Try increasing the timeout period. For more information, see troubleshooting documentation.";

/// Creates an environment with `version`, or with the sample application.
pub(crate) async fn run(mut run: Run, version: Option<Version>) -> Result<(), Superseded> {
    run.start_activity(INITIALIZATION)?;
    run.info("createEnvironment is starting.")?;
    let bundle =
        run.engine.load(version.as_ref().and_then(|version| version.bundle.as_ref())).await;
    let bundle = bundle
        .inspect_err(|error| {
            tracing::warn!("cannot launch `{}` with its version: {error}", run.environment_name);
        })
        .ok();
    if !configure(&run, version.as_ref(), bundle.as_deref())? {
        return fail(&run);
    }
    let environment = snapshot(&run)?;
    open(&mut run, &environment).await?;
    if !give_address(&mut run, &environment).await? {
        return Ok(());
    }
    let release = first_release(&run, version, bundle.as_ref())?;
    let (ids, summary) = launch_instances(&mut run, &release, bundle.as_ref()).await?;
    launch::register(&run, &ids, true)?;
    run.environment(|environment| environment.release = release.clone())?;
    close(&mut run, &ids, &release, &summary).await?;
    run.pass(1.0).await;
    run.assess()?;
    run.pass(NEWS).await;
    run.assess()
}

/// Gives the settings in the configuration files of a bundle to the environment. Returns whether they are valid.
fn configure(
    run: &Run,
    version: Option<&Version>,
    bundle: Option<&Source>,
) -> Result<bool, Superseded> {
    let (Some(version), Some(bundle)) = (version, bundle) else { return Ok(true) };
    if extensions::apply(run, bundle, &version.label)? == Applied::No {
        return Ok(false);
    }
    run.environment(|environment| {
        if !environment.options.load_balanced() {
            environment.load_balancer = None;
        }
    })?;
    Ok(true)
}

fn fail(run: &Run) -> Result<(), Superseded> {
    run.finish(Severity::Error, "Failed to launch environment.")?;
    run.assess()
}

/// Sets up the resources that precede instances.
async fn open(run: &mut Run, environment: &Environment) -> Result<(), Superseded> {
    run.pass(1.0).await;
    run.info(format!(
        "Using {} as Amazon S3 storage bucket for environment data.",
        run.engine.storage_bucket()
    ))?;
    run.pass(8.0).await;
    run.assess()?;
    run.pass(11.0).await;
    if let Some(host) = &environment.load_balancer {
        run.info(format!(
            "Created load balancer named: {}",
            host.split('.').next().unwrap_or_default()
        ))?;
    }
    Ok(())
}

/// Starts to serve the site. Returns whether there was an address for it.
async fn give_address(run: &mut Run, environment: &Environment) -> Result<bool, Superseded> {
    if environment.tier == Tier::WebServer {
        // A termination in progress has closed the site already.
        run.environment(|_| ())?;
        match run.engine.data_plane.open(&run.engine.shared_world, &run.environment_id) {
            Ok(address) => {
                run.pass(5.0).await;
                if environment.load_balancer.is_none() {
                    run.info(format!("Created EIP: {address}"))?;
                }
                run.environment(|environment| environment.address = Some(address))?;
            }
            Err(error) => {
                tracing::error!("no address for `{}`: {error}", run.environment_name);
                fail(run)?;
                return Ok(false);
            }
        }
    }
    run.info(format!("Created Auto Scaling group named: {}", environment.group.name))?;
    Ok(true)
}

fn first_release(
    run: &Run,
    version: Option<Version>,
    bundle: Option<&Arc<Source>>,
) -> Result<Release, Superseded> {
    run.environment(|environment| {
        environment.deployments += 1;
        Release {
            version: version.map(|version| version.label),
            deployment_id: environment.deployments,
            source: bundle.map_or_else(Source::sample, Arc::clone),
        }
    })
}

async fn launch_instances(
    run: &mut Run,
    release: &Release,
    bundle: Option<&Arc<Source>>,
) -> Result<(Vec<String>, Summary), Superseded> {
    run.pass(5.0).await;
    run.info("Waiting for EC2 instances to launch. This may take a few minutes.")?;
    run.pass(50.0).await;
    let count = run.environment(|environment| environment.group.desired)?;
    let ids = launch::add(run, count, Group::Permanent, release)?;
    run.pass(1.0).await;
    if !ids.is_empty() {
        run.info(launch::added(&ids))?;
    }
    run.assess()?;
    let summary = command::deploy(run, &ids, release, bundle, 37.0).await?;
    Ok((ids, summary))
}

/// Ends the creation, by the result of the first deployment.
async fn close(
    run: &mut Run,
    ids: &[String],
    release: &Release,
    summary: &Summary,
) -> Result<(), Superseded> {
    deploy::report(run, summary)?;
    let forced = ForcedOutcome::find(run, release.version.as_deref());
    let unhealthy = if summary.all_successful() && forced != Some(ForcedOutcome::CompleteWithErrors)
    {
        recovery::await_health(run, ids, release, 1).await?
    } else {
        ids.to_vec()
    };
    let environment = snapshot(run)?;
    run.pass(2.0).await;
    if let Some(cname) = &environment.cname
        && summary.all_successful()
    {
        run.info(format!("Application available at {cname}."))?;
    }
    run.pass(2.0).await;
    checks::check(&run.engine, &run.environment_id, None).await?;
    if !summary.with(Executed::TimedOut).is_empty() {
        run.finish(Severity::Error, WITH_TIMEOUTS)
    } else if !unhealthy.is_empty() {
        run.finish(Severity::Error, WITH_ERRORS)
    } else {
        run.finish(
            Severity::Info,
            format!("Successfully launched environment: {}", environment.name),
        )
    }
}

fn snapshot(run: &Run) -> Result<Environment, Superseded> {
    run.environment(|environment| environment.clone())
}
