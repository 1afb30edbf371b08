//! What a run can be started with: a request of a person, or the event of an upload.

use mist_core::{ArtifactKey, EnvironmentName, Error, Stack, StackName, VersionLabel};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use strum::Display;

/// The input of the execution, as it came.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// Either [`ByHand`] or an S3 event of EventBridge.
    pub input: Value,
}

/// What the workflow can be asked to do.
#[derive(Clone, Copy, Debug, Display, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[strum(serialize_all = "camelCase")]
pub enum Operation {
    /// Deploys a version; to a whole stack, it also goes live.
    Deploy,
    /// Warms an environment up.
    Warm,
    /// Makes the idle side live, with what it runs.
    Swap,
    /// Marks what is live.
    Mark,
    /// Looks at both sides.
    Version,
}

/// What a person or a schedule asks for.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ByHand {
    operation: Operation,
    stack: StackName,
    environment: Option<EnvironmentName>,
    version: Option<VersionLabel>,
    user: Option<String>,
}

// What S3 tells EventBridge has many more fields, and gets new ones.
#[derive(Debug, Deserialize)]
struct Upload {
    #[serde(rename = "detail-type")]
    kind: String,
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
}

/// What is asked for, wherever it came from.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) operation: Operation,
    pub(crate) stack: StackName,
    pub(crate) environment: Option<EnvironmentName>,
    pub(crate) version: Option<VersionLabel>,
    pub(crate) user: String,
    /// The upload that started the run.
    pub(crate) upload: Option<Uploaded>,
}

/// An upload that started a run.
#[derive(Debug)]
pub(crate) struct Uploaded {
    bucket: String,
    prefix: String,
    pub(crate) key: String,
}

impl Request {
    /// Reads the input; the error names the field that is wrong.
    pub(crate) fn read(self) -> Result<Asked, Error> {
        // A list would pass for the fields in their order.
        if !self.input.is_object() {
            return Err(invalid("must be an object with `operation` and `stack`".to_owned()));
        }
        if self.input.get("detail-type").is_some() {
            return uploaded(parse(self.input)?);
        }
        let asked: ByHand = parse(self.input)?;
        if asked.version.is_some() && asked.operation != Operation::Deploy {
            return Err(invalid(format!("version: `{}` takes none", asked.operation)));
        }
        Ok(Asked {
            operation: asked.operation,
            stack: asked.stack,
            environment: asked.environment,
            version: asked.version,
            user: asked.user.unwrap_or_else(|| "mist".to_owned()),
            upload: None,
        })
    }
}

impl Asked {
    /// Refuses what does not belong to `stack`.
    pub(crate) fn fits(&self, stack: &Stack) -> Result<(), Error> {
        if let Some(Uploaded { bucket, prefix, key }) = &self.upload {
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

fn uploaded(Upload { kind, detail }: Upload) -> Result<Asked, Error> {
    if kind != "Object Created" {
        return Err(invalid(format!("detail-type: `{kind}` is no upload")));
    }
    let key = detail.object.key;
    let ArtifactKey { prefix, stack, version } = ArtifactKey::parse(&key)?;
    Ok(Asked {
        operation: Operation::Deploy,
        stack,
        environment: None,
        version: Some(version),
        user: "upload".to_owned(),
        upload: Some(Uploaded { bucket: detail.bucket.name, prefix, key }),
    })
}

fn parse<T: DeserializeOwned>(input: Value) -> Result<T, Error> {
    mist_lambda::parse(input)
}

fn invalid(problem: String) -> Error {
    Error::InvalidInput { problem }
}
