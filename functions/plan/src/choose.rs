//! The choice of the target and of the version.

use mist_core::{
    beanstalk::application_version::ApplicationVersion,
    error::Error,
    names::VersionLabel,
    ports::{Artifacts, Beanstalk},
    release::request::{Operation, ReleaseRequest},
    stack::{artifact::Artifact, settings::Stack, side::Side, source::Source},
};

use crate::{bundles::Bundles, sides::Sides};

/// The side of the target: of the named environment; otherwise the live one to mark it, and the idle one for all other
/// operations.
pub(crate) fn target(
    release: &ReleaseRequest,
    stack: &Stack,
    sides: &Sides,
) -> Result<Side, Error> {
    let named = release.environment.as_ref().and_then(|name| stack.side_of(name));
    let target = named.unwrap_or(match release.operation {
        Operation::Mark => sides.live,
        Operation::Deploy
        | Operation::Warm
        | Operation::Swap
        | Operation::Rollback
        | Operation::Start
        | Operation::Stop
        | Operation::Version => sides.live.other(),
    });
    let remedy = match release.operation {
        Operation::Deploy if !release.in_place => "deploy to the idle one, or set `inPlace`",
        Operation::Stop if !release.live => "stop the idle one, or set `live`",
        _ => return Ok(target),
    };
    if target == sides.live {
        let environment = sides.on(target).name.clone();
        return Err(Error::EnvironmentIsLive { environment, remedy: remedy.to_owned() });
    }
    Ok(target)
}

/// A version to deploy.
#[derive(Debug)]
pub(crate) struct Chosen {
    pub(crate) version: VersionLabel,
    /// Its bundle, if one was uploaded or fetched.
    pub(crate) artifact: Option<Artifact>,
    /// Whether Beanstalk has the version, with this bundle.
    pub(crate) known: bool,
}

/// The version to deploy, with its bundle: the uploaded, the fetched, the named, or the newest one.
pub(crate) async fn version(
    (beanstalk, artifacts): (&impl Beanstalk, &impl Artifacts),
    stack: &Stack,
    release: &ReleaseRequest,
) -> Result<Chosen, Error> {
    let application = &stack.application;
    let bundles = Bundles { artifacts, stack };
    let given = match (&release.upload, &release.fetched) {
        (Some(upload), _) => Some((&upload.key, &upload.etag)),
        (None, Some(fetched)) => Some((&fetched.key, &fetched.etag)),
        (None, None) => None,
    };
    let (version, key) = match (&release.version, given) {
        (Some(version), Some((key, _))) => (version.clone(), key.clone()),
        (Some(version), None) => (version.clone(), bundles.key(version)),
        (None, _) if stack.settings.source == Source::Versions => {
            return newest_version(beanstalk, application).await;
        }
        (None, _) => bundles.newest().await?,
    };
    let found = beanstalk.version(application, &version).await?;
    let artifact = match given {
        Some((_, etag)) => Some(bundles.exact(&key, etag).await?),
        None => bundles.of(&version, &key).await?,
    };
    let known = found.is_some();
    match (&artifact, found) {
        (Some(artifact), Some(found)) => same_bundle(artifact, application, &version, found)?,
        (None, None) => {
            let (version, application) = (version.to_string(), application.clone());
            return Err(Error::UnknownVersion { version, key, application });
        }
        (Some(_), None) | (None, Some(_)) => {}
    }
    Ok(Chosen { version, artifact, known })
}

/// Refuses a version that Beanstalk has with another bundle than `artifact`.
fn same_bundle(
    artifact: &Artifact,
    application: &str,
    version: &VersionLabel,
    found: ApplicationVersion,
) -> Result<(), Error> {
    let found = found.bundle.map_or_else(|| "none".to_owned(), |bundle| bundle.key);
    if found == artifact.kept_key(application, version) {
        return Ok(());
    }
    let (version, application) = (version.to_string(), application.to_owned());
    Err(Error::VersionTaken { version, application, found })
}

/// The newest version that Beanstalk has, whatever its bundle.
async fn newest_version(beanstalk: &impl Beanstalk, application: &str) -> Result<Chosen, Error> {
    match beanstalk.newest_version(application).await? {
        Some(version) => Ok(Chosen { version, artifact: None, known: true }),
        None => Err(Error::NoVersion { application: application.to_owned() }),
    }
}
