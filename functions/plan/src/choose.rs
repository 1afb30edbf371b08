//! The choice of the target and of the version.

use mist_core::{
    error::Error,
    names::VersionLabel,
    ports::{Artifacts, Beanstalk},
    release::{
        content::Content,
        request::{Operation, ReleaseRequest},
        state::Queued,
    },
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
        Operation::Deploy if !release.in_place => "deploy to the idle one, or pass `--in-place`",
        Operation::Stop if !release.live => "stop the idle one, or pass `--live`",
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
    /// Its bundle: the uploaded or the fetched one, or the copy that mist keeps. `None` if Beanstalk has it elsewhere.
    pub(crate) artifact: Option<Artifact>,
    /// Whether Beanstalk has the version, with this bundle.
    pub(crate) known: bool,
}

/// The version to deploy, with its bundle. Only a release that is about a bundle looks at that: for all others, a
/// version that the application has is what was made of its bundle, whatever was uploaded under its label since.
pub(crate) async fn version(
    (beanstalk, artifacts): (&impl Beanstalk, &impl Artifacts),
    (stack, queue): (&Stack, &[Queued]),
    release: &ReleaseRequest,
) -> Result<Chosen, Error> {
    let application = stack.application.as_str();
    let bundles = Bundles { artifacts, stack, queue };
    let given = bundles.given(release).await?;
    let (version, key) = match &release.version {
        Some(version) => (version.clone(), bundles.key(version)),
        None if stack.settings.source == Source::Versions => {
            let newest = beanstalk.newest_version(application).await?;
            let none = || Error::NoVersion { application: application.to_owned() };
            let version = newest.ok_or_else(none)?;
            let key = bundles.key(&version);
            (version, key)
        }
        None => bundles.newest().await?,
    };
    let Some(found) = beanstalk.version(application, &version).await? else {
        let artifact = match given {
            Some(given) => {
                bundles.give_way(release, &given).await?;
                Some(given)
            }
            None => bundles.of(&version, &key).await?,
        };
        return if let Some(artifact) = artifact {
            // Before anything is made of it.
            artifacts.check(&artifact).await?;
            Ok(Chosen { version, artifact: Some(artifact), known: false })
        } else {
            let (version, application) = (version.to_string(), application.to_owned());
            Err(Error::UnknownVersion { version, key, application })
        };
    };
    let bucket = &stack.artifacts.bucket;
    let content = Content::of(artifacts, (application, &version), bucket, &found).await?;
    let artifact = match (given, content.kept.clone(), &content.gone) {
        (Some(given), _, _) => {
            content.check(&given, (application, &version))?;
            Some(given)
        }
        (None, None, Some(gone)) => {
            // The copy can be made again, of the same bundle only.
            let same = match content.checksum {
                Some(wanted) => bundles.with_content((&version, &key), wanted).await?,
                None => None,
            };
            let (bucket, key) = (gone.bucket.clone(), gone.key.clone());
            Some(same.ok_or(Error::ArtifactMissing { bucket, key })?)
        }
        (None, kept, _) => kept,
    };
    Ok(Chosen { version, artifact, known: true })
}
