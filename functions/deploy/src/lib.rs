//! Makes Beanstalk keep a version, and starts to deploy it to an environment that is not live.

use jiff::Timestamp;
use mist_core::{
    Artifact, Bundle, EnvironmentName, EnvironmentStatus, Error, Event, Holder, InstanceHealth,
    RecordRef, StackName, VersionLabel, VersionStatus,
    ports::{Artifacts, Beanstalk, Clock, Dns, Ledger, Monitor, NewVersion},
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
pub struct World<B, A, D, L, C> {
    /// The environments and versions.
    pub beanstalk: B,
    /// The bundles.
    pub artifacts: A,
    /// The records that say which side is live.
    pub dns: D,
    /// What mist remembers: who has the lock.
    pub ledger: L,
    /// The time.
    pub clock: C,
}

/// What is to be deployed where.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// The stack.
    pub stack: StackName,
    /// The run, which must have the stack's lock.
    pub holder: Holder,
    /// Whether the environment may be the one that is live.
    pub in_place: bool,
    /// The application.
    pub application: String,
    /// The environment to deploy to.
    pub environment: EnvironmentName,
    /// The record that decides which side is live.
    pub record: RecordRef,
    /// The version to deploy.
    pub version: VersionLabel,
    /// Its bundle, where one was uploaded.
    pub artifact: Option<Artifact>,
}

/// What was started.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// What the events of the update are found by; null when the environment runs the version already.
    pub request_id: Option<String>,
    /// Whether the environment runs the version already.
    pub already_running: bool,
    /// When the update was asked for.
    pub since: Timestamp,
}

/// Starts the deployment. Running it again changes nothing once the environment runs the version, and
/// is [`Error::EnvironmentBusy`] while it is on the way there.
pub async fn run<B: Beanstalk + Monitor, A: Artifacts, D: Dns, L: Ledger, C: Clock>(
    World { beanstalk, artifacts, dns, ledger, clock }: &World<B, A, D, L, C>,
    request: Request,
) -> Result<Response, Error> {
    let since = clock.now();
    keep_version(beanstalk, artifacts, &request).await?;
    let Request { environment: name, version, .. } = &request;
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
        && !last_update_failed(&beanstalk.events(name, None).await?)
        && on_every_instance(beanstalk.instances(name).await?.as_deref(), version)
    {
        return Ok(Response { request_id: None, already_running: true, since });
    }
    // Somebody may have swapped since the plan was made. The live side is never deployed to, unless
    // that is what was asked for.
    if !request.in_place && dns.record(&request.record).await?.leads_to(&environment.cname) {
        return Err(Error::EnvironmentIsLive {
            environment: environment.name,
            remedy: "somebody moved the name there since this was planned".to_owned(),
        });
    }
    // A run that waited here while another one took its place must not deploy over what that one did.
    ledger.state(&request.stack).await?.check_holder(&request.holder, clock.now().as_second())?;
    let update = beanstalk.deploy(name, version).await?;
    tracing::info!(
        environment.name = %name,
        version.label = %version,
        request.id = %update.request_id,
        "Beanstalk began to deploy `{version}` to `{name}`"
    );
    Ok(Response { request_id: Some(update.request_id), already_running: false, since })
}

/// Whether the last update that ended did so badly. A deployment that completes "with errors" moves the
/// label all the same, and its health can recover while some instance still runs the old version.
fn last_update_failed(events: &[Event]) -> bool {
    let ends = |event: &&Event| event.message == COMPLETED || failed(event);
    events.iter().rfind(ends).is_some_and(failed)
}

/// Whether no instance is known to run something else. Basic health knows of none.
fn on_every_instance(instances: Option<&[InstanceHealth]>, version: &VersionLabel) -> bool {
    let ours = |instance: &InstanceHealth| instance.version.as_deref() == Some(version.as_str());
    instances.is_none_or(|instances| instances.iter().all(ours))
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
    let Request { application, version, .. } = request;
    let mut known = beanstalk.version(application, version).await?;
    if known.is_none() {
        create_version(beanstalk, artifacts, request).await?;
        // Somebody else may have taken the label meanwhile, so it is looked at, not believed.
        known = beanstalk.version(application, version).await?;
    }
    let processing =
        || Error::NotReady { what: format!("version `{version}`"), status: "processing".into() };
    let Some(known) = known else { return Err(processing()) };
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
        VersionStatus::Processing => Err(processing()),
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
) -> Result<(), Error> {
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
