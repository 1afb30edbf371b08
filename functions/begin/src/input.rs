//! The input of an execution: a manual request, or the event of an upload.

use jiff::Timestamp;
use mist_core::{
    error::Error,
    names::{EnvironmentName, Message, StackName, UserName, VersionLabel},
    release::request::{Operation, Upload},
    stack::{artifact::ArtifactKey, lock::OnConflict, settings::Stack, source::GitRef},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

/// A request of a person or a schedule.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ManualInput {
    operation: Operation,
    stack: StackName,
    environment: Option<EnvironmentName>,
    version: Option<VersionLabel>,
    #[serde(rename = "ref")]
    git_ref: Option<GitRef>,
    user: Option<UserName>,
    message: Option<Message>,
    in_place: Option<bool>,
    accept_drift: Option<bool>,
    live: Option<bool>,
    on_conflict: Option<OnConflict>,
}

// The event has more fields, and may get new ones.
#[derive(Debug, Deserialize)]
struct UploadEvent {
    #[serde(rename = "detail-type")]
    kind: String,
    time: Timestamp,
    detail: UploadDetail,
}

#[derive(Debug, Deserialize)]
struct UploadDetail {
    bucket: UploadBucket,
    object: UploadObject,
}

#[derive(Debug, Deserialize)]
struct UploadBucket {
    name: String,
}

#[derive(Debug, Deserialize)]
struct UploadObject {
    key: String,
    etag: String,
    #[serde(rename = "version-id")]
    version_id: Option<String>,
    sequencer: Option<String>,
}

/// The input of an execution, of either kind.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) operation: Operation,
    pub(crate) stack: StackName,
    pub(crate) environment: Option<EnvironmentName>,
    pub(crate) version: Option<VersionLabel>,
    pub(crate) git_ref: Option<GitRef>,
    pub(crate) user: String,
    pub(crate) message: Option<Message>,
    pub(crate) in_place: bool,
    pub(crate) accept_drift: bool,
    pub(crate) live: bool,
    pub(crate) on_conflict: Option<OnConflict>,
    pub(crate) uploaded: Option<Uploaded>,
}

/// An upload that started an execution.
#[derive(Debug)]
pub(crate) struct Uploaded {
    pub(crate) upload: Upload,
    /// Distinguishes it from every other upload of that second.
    pub(crate) sequencer: String,
    prefix: String,
}

impl Input {
    /// Parses `input`. The error names the wrong field.
    pub(crate) fn from_value(input: Value) -> Result<Self, Error> {
        // Serde would read a list as the fields in their order.
        if !input.is_object() {
            return Err(invalid("must be an object with `operation` and `stack`"));
        }
        if input.get("detail-type").is_some() {
            return uploaded(parse(input)?);
        }
        let manual: ManualInput = parse(input)?;
        if manual.live.is_some() && manual.operation != Operation::Stop {
            return Err(invalid(&format!("live: not allowed for `{}`", manual.operation)));
        }
        if manual.accept_drift == Some(true) && !manual.operation.compares_state() {
            return Err(invalid(&format!("acceptDrift: not allowed for `{}`", manual.operation)));
        }
        let Operation::Deploy = manual.operation else {
            let operation = manual.operation;
            return match manual {
                ManualInput { version: Some(_), .. } => {
                    Err(invalid(&format!("version: not allowed for `{operation}`")))
                }
                ManualInput { git_ref: Some(_), .. } => {
                    Err(invalid(&format!("ref: not allowed for `{operation}`")))
                }
                ManualInput { in_place: Some(_), .. } => {
                    Err(invalid(&format!("inPlace: not allowed for `{operation}`")))
                }
                manual => Ok(manual.read()),
            };
        };
        if manual.git_ref.is_some() && manual.version.is_some() {
            return Err(invalid("ref: not allowed together with `version`"));
        }
        if manual.in_place == Some(true) && manual.environment.is_none() {
            return Err(invalid("inPlace: requires `environment`"));
        }
        Ok(manual.read())
    }

    /// The `error` of a stack that cannot be loaded. If an upload names one that does not exist, below another folder, its
    /// label may be meant to have a slash.
    pub(crate) fn explain(&self, error: Error) -> Error {
        match (&self.uploaded, error) {
            (Some(Uploaded { upload, prefix, .. }), Error::UnknownStack { stack })
                if prefix.contains('/') =>
            {
                let problem = format!(
                    "names stack `{stack}`, which does not exist: a key is `PREFIX/STACK/LABEL.zip`, and a label has \
                     no slash"
                );
                Error::InvalidArtifactKey { key: upload.key.clone(), problem }
            }
            (_, error) => error,
        }
    }

    /// Refuses an input that does not belong to `stack`.
    pub(crate) fn fits(&self, stack: &Stack) -> Result<(), Error> {
        if let Some(Uploaded { prefix, upload: Upload { bucket, key, .. }, .. }) = &self.uploaded {
            let expected = &stack.artifacts;
            if (bucket, prefix) != (&expected.bucket, &expected.prefix) {
                return Err(Error::InvalidArtifactKey {
                    key: format!("s3://{bucket}/{key}"),
                    problem: format!(
                        "is not under `s3://{}/{}/`, where stack `{}` has its bundles",
                        expected.bucket, expected.prefix, stack.name
                    ),
                });
            }
        }
        if self.git_ref.is_some() && stack.settings.github.is_none() {
            return Err(invalid(&format!(
                "ref: stack `{}` has no repository; configure `github` in mist.yaml",
                stack.name
            )));
        }
        match &self.environment {
            Some(environment) if stack.side_of(environment).is_none() => {
                Err(Error::UnknownEnvironment {
                    environment: environment.to_string(),
                    stack: stack.name.to_string(),
                    a: stack.settings.environments.a.to_string(),
                    b: stack.settings.environments.b.to_string(),
                })
            }
            _ => Ok(()),
        }
    }
}

impl ManualInput {
    fn read(self) -> Input {
        Input {
            operation: self.operation,
            stack: self.stack,
            environment: self.environment,
            version: self.version,
            git_ref: self.git_ref,
            user: self.user.map_or_else(|| "mist".to_owned(), String::from),
            message: self.message,
            in_place: self.in_place.unwrap_or(false),
            accept_drift: self.accept_drift.unwrap_or(false),
            live: self.live.unwrap_or(false),
            on_conflict: self.on_conflict,
            uploaded: None,
        }
    }
}

fn uploaded(UploadEvent { kind, time, detail }: UploadEvent) -> Result<Input, Error> {
    if kind != "Object Created" {
        return Err(invalid(&format!("detail-type: `{kind}` is not `Object Created`")));
    }
    let UploadObject { key, etag, version_id, sequencer } = detail.object;
    let ArtifactKey { prefix, stack, version } = ArtifactKey::parse(&key)?;
    let etag = etag.trim_matches('"').to_owned();
    Ok(Input {
        operation: Operation::Deploy,
        stack,
        environment: None,
        version: Some(version),
        git_ref: None,
        user: "upload".to_owned(),
        message: None,
        in_place: false,
        accept_drift: false,
        live: false,
        on_conflict: None,
        uploaded: Some(Uploaded {
            sequencer: sequencer.unwrap_or_else(|| etag.clone()),
            upload: Upload { bucket: detail.bucket.name, key, etag, version_id, time },
            prefix,
        }),
    })
}

fn parse<T: DeserializeOwned>(input: Value) -> Result<T, Error> {
    mist_lambda::parse(input)
}

fn invalid(problem: &str) -> Error {
    Error::InvalidInput { problem: problem.to_owned() }
}
