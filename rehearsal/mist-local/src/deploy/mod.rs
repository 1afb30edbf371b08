//! Deployment of a SAM template with its functions to the local CloudFormation.

mod stack;
mod template;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use aws_sdk_cloudformation::Client as CloudFormation;
use aws_sdk_s3::Client as S3;
use aws_sdk_s3::primitives::ByteStream;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::cloud::Cloud;
use crate::error::{Context, Error};
use crate::files::short_hash;
use crate::package;
use crate::settings::FromEndpoints;
use template::Asset;

pub use stack::Deployed;

/// The bucket of the functions' zips and the state machine's definition.
const BUCKET: &str = "mist-local-code";

/// A template, its functions and its parameters.
#[derive(Clone)]
pub struct Deployment {
    /// The SAM template, such as `infra/template.yaml`. Its intrinsic functions must have their long form.
    pub template: PathBuf,
    /// The name of the CloudFormation stack.
    pub stack: String,
    /// The functions' binaries by name. Each `CodeUri` ends in one of these names.
    pub functions: BTreeMap<String, PathBuf>,
    /// The parameters. All others have the defaults of the template.
    pub parameters: FromEndpoints,
}

impl Cloud {
    /// Creates or updates the stack, and returns its outputs.
    ///
    /// Fails with [`Error::StackFailed`] if CloudFormation fails, and with [`Error::Template`] if the template
    /// names a function without a binary.
    pub async fn deploy(&self, deployment: &Deployment) -> Result<Deployed, Error> {
        let path = &deployment.template;
        let mut template = template::read(path)?;
        let assets = template::assets(path, &template)?;
        let s3 = self.s3();
        make_bucket(&s3, BUCKET).await?;
        let mut uploads = JoinSet::new();
        for asset in assets {
            let upload = Upload::of(&asset, deployment, path, &self.folder())?;
            let s3 = s3.clone();
            uploads.spawn(async move { upload.send(&s3).await.map(|location| (asset, location)) });
        }
        while let Some(done) = uploads.join_next().await {
            let (asset, location) = done.map_err(|_| unfinished(path))??;
            template::replace(&mut template, &asset, location);
        }
        let parameters = (deployment.parameters)(self.endpoints());
        let cloud_formation = CloudFormation::new(self.sdk_config());
        stack::apply(&cloud_formation, &deployment.stack, &template.to_string(), &parameters).await
    }
}

/// Creates a bucket; does nothing if it exists.
pub(crate) async fn make_bucket(s3: &S3, bucket: &str) -> Result<(), Error> {
    match s3.create_bucket().bucket(bucket).send().await {
        Ok(_) => Ok(()),
        Err(error) => {
            let there = error.as_service_error().is_some_and(|error| {
                error.is_bucket_already_owned_by_you() || error.is_bucket_already_exists()
            });
            if there { Ok(()) } else { Err(Error::aws(format!("CreateBucket `{bucket}`"), &error)) }
        }
    }
}

/// One object of the code bucket.
struct Upload {
    key: String,
    body: Vec<u8>,
}

impl Upload {
    fn of(
        asset: &Asset,
        deployment: &Deployment,
        template: &Path,
        folder: &Path,
    ) -> Result<Self, Error> {
        match asset {
            Asset::Function { name, .. } => {
                let Some(binary) = deployment.functions.get(name) else {
                    let reason = format!("function `{name}` has no binary");
                    return Err(Error::Template { path: template.to_owned(), reason });
                };
                let package = package::link_function(folder, name, binary)?;
                let key = format!("functions/{name}/{}.zip", package.fingerprint);
                Ok(Self { key, body: package.zip })
            }
            Asset::Definition { file, .. } => {
                let text = fs::read(file).context(|| format!("read `{}`", file.display()))?;
                Ok(Self { key: format!("definitions/{}.json", short_hash(&text)), body: text })
            }
        }
    }

    async fn send(self, s3: &S3) -> Result<Value, Error> {
        let put = s3.put_object().bucket(BUCKET).key(&self.key).body(ByteStream::from(self.body));
        put.send()
            .await
            .map_err(|error| Error::aws(format!("PutObject `{}`", self.key), &error))?;
        Ok(json!({ "Bucket": BUCKET, "Key": self.key }))
    }
}

fn unfinished(path: &Path) -> Error {
    Error::Template { path: path.to_owned(), reason: "an upload was aborted".to_owned() }
}
