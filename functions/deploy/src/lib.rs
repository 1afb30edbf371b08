//! Creates an application version, and starts its deployment to an environment that is not live.

use jiff::Timestamp;
use mist_core::{
    beanstalk::{
        application_version::{ApplicationVersion, Bundle, VersionStatus},
        environment::EnvironmentStatus,
        event::Event,
    },
    dns::record::RecordRef,
    error::Error,
    names::{EnvironmentName, StackName, VersionLabel},
    ports::{Artifacts, Beanstalk, Clock, Dns, Groups, Locks, Monitor, NewVersion},
    release::{
        capacity::{self, CAPACITY_SECONDS, CapacityWait},
        state::Holder,
        steps,
    },
    stack::{artifact::Artifact, side::Side},
};
use serde::{Deserialize, Serialize};

#[cfg(test)]
mod tests;

/// How Beanstalk says that an update is over, well or badly.
const COMPLETED: &str = "Environment update completed successfully.";
const FAILED: [&str; 2] =
    ["Failed to deploy application.", "Update environment operation is complete, but with"];

/// Everything a deployment touches.
#[derive(Debug)]
pub struct World<B, A, D, G, L, C> {
    /// The environments and versions.
    pub beanstalk: B,
    /// The bundles.
    pub artifacts: A,
    /// The records that decide which environment is live.
    pub dns: D,
    /// The Auto Scaling groups.
    pub groups: G,
    /// The locks of stacks.
    pub locks: L,
    /// The time.
    pub clock: C,
}

/// The version, and the environment to deploy it to.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// The stack.
    pub stack: StackName,
    /// The execution, which must hold the stack's lock.
    pub holder: Holder,
    /// Whether the environment may be the live one.
    pub in_place: bool,
    /// The application.
    pub application: String,
    /// The side that the environment is on.
    pub side: Side,
    /// The environment to deploy to.
    pub environment: EnvironmentName,
    /// The record that decides which environment is live.
    pub record: RecordRef,
    /// The version to deploy.
    pub version: VersionLabel,
    /// Its bundle, if one was uploaded.
    pub artifact: Option<Artifact>,
    /// Whether Beanstalk had the version when the release was planned.
    #[serde(default)]
    pub version_known: bool,
    /// Whether the environment was stopped when the release was planned.
    pub stopped: bool,
    /// When the step began.
    pub since: Timestamp,
}

/// The deployment.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// The id of the update, by which its events are found; null if the environment runs the version already.
    pub request_id: Option<String>,
    /// Whether the environment runs the version already.
    pub already_running: bool,
    /// When the update was requested.
    pub since: Timestamp,
    /// Whether the environment was stopped and has its instances again.
    pub started: bool,
}

/// Starts the deployment, after a stopped environment has its instances again. Running it again changes nothing
/// once the environment runs the version, and is [`Error::EnvironmentBusy`] while it is on the way there.
pub async fn run<B: Beanstalk + Monitor, A: Artifacts, D: Dns, G: Groups, L: Locks, C: Clock>(
    World { beanstalk, artifacts, dns, groups, locks, clock }: &World<B, A, D, G, L, C>,
    request: Request,
) -> Result<Response, Error> {
    let since = clock.now();
    let Request { stack, holder, environment: name, version, stopped, .. } = &request;
    if *stopped {
        let wait = CapacityWait::new(name, request.since, CAPACITY_SECONDS, since);
        let ports = (groups, locks, clock);
        capacity::restore(ports, (stack, holder), request.side, wait).await?;
    }
    // It renews the lease as well, while this waits for an environment that is busy.
    steps::hold(locks, clock, stack, holder).await?;
    keep_version(beanstalk, artifacts, &request).await?;
    let found = beanstalk.environments(&[name]).await?.pop();
    let Some(environment) = found else {
        return Err(Error::EnvironmentMissing { environment: name.to_string() });
    };
    if environment.status.is_ending() {
        let status = environment.status.to_string();
        return Err(Error::EnvironmentTerminating { environment: environment.name, status });
    }
    // Busy can also mean that an earlier call of ours did begin, and its answer was lost. Both end
    // alike: once it is ready, it runs the version or it does not.
    if environment.status != EnvironmentStatus::Ready {
        let status = environment.status.to_string();
        return Err(Error::EnvironmentBusy { environment: environment.name, status });
    }
    if environment.version.as_deref() == Some(version.as_str())
        && environment.health.is_good()
        && runs_everywhere(beanstalk, name, version).await?
    {
        return Ok(Response { request_id: None, already_running: true, since, started: *stopped });
    }
    // The record may have moved since the release was planned. The live environment is never deployed to,
    // unless that was requested.
    if !request.in_place && dns.record(&request.record).await?.points_to(&environment.cname) {
        return Err(Error::EnvironmentIsLive {
            environment: environment.name,
            remedy: "somebody moved the name there since this was planned".to_owned(),
        });
    }
    // An execution that lost the lock meanwhile must not deploy over what the next one did.
    steps::hold(locks, clock, stack, holder).await?;
    // The wait that follows counts from here: all before it, such as the copy of a large bundle, can take minutes.
    let since = clock.now();
    let update = beanstalk.deploy(name, version).await?;
    tracing::info!(
        environment.name = %name,
        version.label = %version,
        request.id = %update.request_id,
        "Beanstalk began to deploy `{version}` to `{name}`"
    );
    let request_id = Some(update.request_id);
    Ok(Response { request_id, already_running: false, since, started: *stopped })
}

/// Whether the last update went well, and no instance is known to run something else. Basic health knows of
/// no instances.
async fn runs_everywhere(
    beanstalk: &(impl Beanstalk + Monitor),
    environment: &EnvironmentName,
    version: &VersionLabel,
) -> Result<bool, Error> {
    if last_update_failed(&beanstalk.events(environment, None).await?) {
        return Ok(false);
    }
    let instances = beanstalk.instances(environment).await?;
    Ok(instances.is_none_or(|instances| instances.iter().all(|it| it.runs(version.as_str()))))
}

/// Whether the last update that ended did so badly. A deployment that completes "with errors" moves the
/// label all the same, and its health can recover while some instance still runs the old version.
fn last_update_failed(events: &[Event]) -> bool {
    let ends = |event: &&Event| event.message == COMPLETED || failed(event);
    events.iter().rfind(ends).is_some_and(failed)
}

fn failed(event: &Event) -> bool {
    FAILED.iter().any(|beginning| event.message.starts_with(beginning))
}

/// Makes sure that Beanstalk has the version, with our bundle, ready to be deployed.
async fn keep_version(
    beanstalk: &impl Beanstalk,
    artifacts: &impl Artifacts,
    request: &Request,
) -> Result<(), Error> {
    let Request { application, version, version_known, artifact, .. } = request;
    let mut known = None;
    if *version_known || artifact.is_none() {
        known = beanstalk.version(application, version).await?;
    }
    if known.is_none() {
        known = create_version(beanstalk, artifacts, request).await?;
    }
    let not_ready = |status: &str| Error::NotReady {
        what: format!("version `{version}`"),
        status: status.to_owned(),
    };
    let Some(known) = known else { return Err(not_ready("not visible to Beanstalk yet")) };
    if let Some(artifact) = &request.artifact {
        let found = known.bundle.as_ref().map_or("none", |bundle| bundle.key.as_str());
        if found != artifact.kept_key(application, version) {
            return Err(Error::VersionTaken {
                version: version.to_string(),
                application: application.clone(),
                found: found.to_owned(),
            });
        }
    }
    match known.status {
        VersionStatus::Usable => Ok(()),
        // Another call asked for the check: mist does not.
        VersionStatus::Processing => Err(not_ready("processing")),
        VersionStatus::Failed => Err(Error::VersionUnusable {
            version: version.to_string(),
            application: application.clone(),
        }),
    }
}

async fn create_version(
    beanstalk: &impl Beanstalk,
    artifacts: &impl Artifacts,
    Request { application, version, artifact, .. }: &Request,
) -> Result<Option<ApplicationVersion>, Error> {
    let Some(artifact) = artifact else {
        return Err(Error::UnknownVersion {
            version: version.to_string(),
            key: "none".to_owned(),
            application: application.clone(),
        });
    };
    // Beanstalk reads the bundle again whenever an instance starts. The copy is never written again,
    // so a later upload to the same key cannot change what runs.
    let key = artifact.kept_key(application, version);
    artifacts.keep(artifact, &key).await?;
    let described = format!("mist: s3://{}/{}", artifact.bucket, artifact.key);
    beanstalk
        .create_version(&NewVersion {
            application: application.clone(),
            label: version.clone(),
            description: described.chars().take(200).collect(),
            bundle: Bundle { bucket: artifact.bucket.clone(), key },
        })
        .await
}
