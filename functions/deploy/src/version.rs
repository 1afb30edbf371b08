//! The application version of a deployment: created from the bundle, unless Beanstalk has it.

use mist_core::{
    beanstalk::application_version::{ApplicationVersion, Bundle, VersionStatus},
    error::Error,
    ports::{Artifacts, Beanstalk, NewVersion},
    release::content::{self, Content},
};

use crate::request::Request;

/// Copies the bundle of `request`, if it has one that is not kept yet, to where Beanstalk reads it. Copying again changes
/// nothing.
pub(crate) async fn copy(artifacts: &impl Artifacts, request: &Request) -> Result<(), Error> {
    let Request { application, version, version_known, artifact, .. } = request;
    match artifact {
        Some(artifact) if !version_known => {
            artifacts.keep(artifact, &artifact.kept_key(application, version), version).await
        }
        Some(_) | None => Ok(()),
    }
}

/// Makes sure that Beanstalk has the version, with the bundle of `request`, and can deploy it. [`Error::NotReady`]: call
/// again later.
pub(crate) async fn keep(
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
        known = create(beanstalk, artifacts, request).await?;
    }
    let not_ready = |status: &str| Error::NotReady {
        what: format!("version `{version}`"),
        status: status.to_owned(),
    };
    let Some(known) = known else { return Err(not_ready("not visible to Beanstalk yet")) };
    if let Some(artifact) = artifact {
        let which = (application.as_str(), version);
        let content = Content::of(artifacts, which, &artifact.bucket, &known).await?;
        content.check(artifact, which)?;
        if let Some(gone) = &content.gone {
            artifacts.keep(artifact, &gone.key, version).await?;
        }
    }
    match known.status {
        VersionStatus::Usable => Ok(()),
        // Another client requested that Beanstalk processes the version; mist never does.
        VersionStatus::Processing => Err(not_ready("processing")),
        VersionStatus::Failed => Err(Error::VersionUnusable {
            version: version.to_string(),
            application: application.clone(),
        }),
    }
}

async fn create(
    beanstalk: &impl Beanstalk,
    artifacts: &impl Artifacts,
    request: &Request,
) -> Result<Option<ApplicationVersion>, Error> {
    let Request { application, version, artifact, .. } = request;
    let Some(artifact) = artifact else {
        return Err(Error::UnknownVersion {
            version: version.to_string(),
            key: "none".to_owned(),
            application: application.clone(),
        });
    };
    // Beanstalk reads the bundle each time an instance starts. The copy is never written again, so a later upload to the
    // same key does not change what instances run.
    let key = artifact.kept_key(application, version);
    artifacts.keep(artifact, &key, version).await?;
    beanstalk
        .create_version(&NewVersion {
            application: application.clone(),
            label: version.clone(),
            description: content::description(artifact),
            bundle: Bundle { bucket: artifact.bucket.clone(), key },
        })
        .await
}
