//! A bundle on this machine: looked at before it is uploaded, and known afterwards by the version of its object.

use std::{collections::HashSet, fs::File, io::Read as _, path::Path, time::Duration};

use mist_aws::{Aws, StepFunctions};
use mist_core::{
    beanstalk::application_version::Bundle,
    checksum::{Checksum, Summing},
    error::Error,
    names::{StackName, VersionLabel},
    ports::{Artifacts, Beanstalk},
    release::request::UploadedObject,
    stack::settings::Stack,
};

use crate::{
    failure::{Detached, Failure},
    output::note,
};

/// The longest time between an upload and the execution that it starts.
const START_WITHIN: Duration = Duration::from_mins(1);

/// The bytes of a file that are read at a time.
const PIECE: usize = 1024 * 1024;

/// What the application has under the label of a bundle.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Label {
    /// No version, or one whose content is unknown, or whose bundle cannot be found: the release compares it.
    Unknown,
    /// A version of the same content, which can be released without another upload.
    Same,
}

/// The checksum of `file`.
pub(super) fn checksum(file: &Path) -> Result<Checksum, Failure> {
    let unread = |error| Failure::Setup(format!("cannot read {}: {error}", file.display()));
    let mut opened = File::open(file).map_err(unread)?;
    let (mut summing, mut piece) = (Summing::default(), vec![0; PIECE]);
    loop {
        match opened.read(&mut piece).map_err(unread)? {
            0 => return Ok(summing.end()),
            read => summing.add(&piece[..read]),
        }
    }
}

/// What the application of `stack` has under `version`. A version of another content than `ours` is
/// `Mist.VersionTaken`: no release could take the bundle.
pub(super) async fn look(
    (beanstalk, artifacts): (&impl Beanstalk, &impl Artifacts),
    Stack { name, application, .. }: &Stack,
    version: &VersionLabel,
    ours: Checksum,
) -> Result<Label, Failure> {
    let found = match beanstalk.version(application, version).await {
        // Whoever may not read versions may still upload: the release looks as well.
        Err(Error::AccessDenied { message, .. }) => {
            note(format!("! cannot look whether the application has `{version}`: {message}"));
            None
        }
        found => found?,
    };
    let Some(found) = found else { return Ok(Label::Unknown) };
    match found.checksum {
        None => Ok(Label::Unknown),
        Some(theirs) if theirs == ours => of_bundle(artifacts, found.bundle.as_ref()).await,
        Some(theirs) => {
            let message = format!(
                "version `{version}` of application `{application}` already has another bundle ({theirs}; this one has \
                 {ours}), so nothing was uploaded; use a new label with -v, or release the bundle that it has with \
                 `mist deploy -s {name} -v {version}`"
            );
            Err(Failure::operation("Mist.VersionTaken", message))
        }
    }
}

/// Whether a version of the same content still has its `bundle`. If that is gone, the upload replaces it.
async fn of_bundle(artifacts: &impl Artifacts, bundle: Option<&Bundle>) -> Result<Label, Failure> {
    let Some(Bundle { bucket, key }) = bundle else { return Ok(Label::Same) };
    match artifacts.describe(bucket, key).await {
        Ok(_) => Ok(Label::Same),
        // S3 also denies access to an object that does not exist, to whoever may not list the bucket.
        Err(Error::ArtifactMissing { .. } | Error::AccessDenied { .. }) => Ok(Label::Unknown),
        Err(error) => Err(error.into()),
    }
}

/// Uploads `file` with `checksum` as `version` of `stack`, and returns the execution that the upload starts.
pub(super) async fn upload(
    aws: &Aws,
    stack: &Stack,
    version: &VersionLabel,
    (file, ending, checksum): (&Path, &str, Checksum),
) -> Result<String, Failure> {
    let key = key(stack, version, ending);
    let bucket = stack.artifacts.bucket.as_str();
    let executions = aws.executions();
    let state_machine = aws.stacks().state_machine().await?;
    let before = executions.newest(&state_machine).await?.into_iter().collect();
    note(format!("uploading {} to s3://{bucket}/{key}", file.display()));
    let uploaded = aws.artifacts().upload((bucket, &key), file, checksum).await?;
    let found = started_by(&executions, &state_machine, before, &uploaded);
    tokio::time::timeout(START_WITHIN, found).await.unwrap_or_else(|_| {
        let seconds = START_WITHIN.as_secs();
        Err(Failure::Detached {
            why: Detached::TimedOut,
            message: format!(
                "`{key}` was uploaded, but no execution started within {seconds} s, and one may still start; \
                 check the executions of the state machine, and that the rule of the bucket is enabled"
            ),
        })
    })
}

fn key(stack: &Stack, version: &VersionLabel, ending: &str) -> String {
    let name: &StackName = &stack.name;
    format!("{}/{name}/{version}.{ending}", stack.artifacts.prefix)
}

/// The execution that `upload` started and that is not `known`. Waits until it starts.
pub(crate) async fn started_by(
    executions: &StepFunctions,
    state_machine: &str,
    mut known: HashSet<String>,
    upload: &UploadedObject,
) -> Result<String, Failure> {
    let mut ticks = tokio::time::interval(Duration::from_millis(500));
    loop {
        ticks.tick().await;
        // The upload cannot be undone, so a call that failed is repeated.
        match executions.started_by_upload(state_machine, &mut known, upload).await {
            Ok(Some(execution)) => return Ok(execution),
            Ok(None) => {}
            Err(error) => note(format!("! cannot list the executions: {error}; trying again")),
        }
    }
}

#[cfg(test)]
mod tests {
    use mist_core::beanstalk::application_version::{ApplicationVersion, VersionStatus};
    use mist_testkit::{FakeArtifacts, FakeBeanstalk, stack};

    use super::*;

    /// What comes of the look at `v2`, which the application has with `theirs` as its checksum.
    async fn looked(theirs: Option<Checksum>) -> Result<Label, Failure> {
        let beanstalk = FakeBeanstalk::default();
        let version =
            ApplicationVersion { bundle: None, status: VersionStatus::Usable, checksum: theirs };
        beanstalk.put_version("Demo", "v2", version);
        let ours = Checksum::of(b"ours");
        let ports = (&beanstalk, &FakeArtifacts::default());
        look(ports, &stack().unwrap(), &"v2".parse().unwrap(), ours).await
    }

    #[tokio::test]
    async fn a_version_whose_copy_is_gone_is_uploaded_again() {
        let (beanstalk, artifacts) = (FakeBeanstalk::default(), FakeArtifacts::default());
        let copy = artifacts.upload("versions/Demo/v2/kept.zip", b"ours");
        let bundle = Some(Bundle { bucket: copy.bucket, key: copy.key.clone() });
        let checksum = Some(copy.checksum);
        let version = ApplicationVersion { bundle, status: VersionStatus::Usable, checksum };
        beanstalk.put_version("Demo", "v2", version);
        let (stack, label) = (stack().unwrap(), "v2".parse().unwrap());
        let looked = || look((&beanstalk, &artifacts), &stack, &label, copy.checksum);
        assert_eq!(looked().await.unwrap(), Label::Same);
        artifacts.delete(&copy.key);
        assert_eq!(looked().await.unwrap(), Label::Unknown);
    }

    #[tokio::test]
    async fn a_version_of_the_same_content_needs_no_upload() {
        assert_eq!(looked(Some(Checksum::of(b"ours"))).await.unwrap(), Label::Same);
        assert_eq!(looked(None).await.unwrap(), Label::Unknown);
    }

    #[tokio::test]
    async fn a_label_of_another_content_is_refused_before_anything_is_written() {
        let failure = looked(Some(Checksum::of(b"theirs"))).await.unwrap_err();
        assert_eq!((failure.name(), failure.code()), (Some("Mist.VersionTaken"), 2));
        let message = failure.message();
        for part in [
            "nothing was uploaded",
            "`mist deploy -s QA -v v2`",
            &Checksum::of(b"theirs").to_string(),
            &Checksum::of(b"ours").to_string(),
        ] {
            assert!(message.contains(part), "{message}");
        }
    }

    #[test]
    fn a_file_has_the_checksum_of_its_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("v2.zip");
        let content = vec![7; PIECE + 1];
        std::fs::write(&file, &content).unwrap();
        assert_eq!(checksum(&file).unwrap(), Checksum::of(&content));
        let missing = checksum(&folder.path().join("v3.zip")).unwrap_err().message();
        assert!(missing.starts_with("cannot read "), "{missing}");
    }
}
