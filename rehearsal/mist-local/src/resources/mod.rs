//! AWS resources that exist before an installation: applications, environments, records, bundles and secrets.

mod beanstalk;
mod bundle;
mod dns;
mod stack;

pub use bundle::{BUNDLES, bundle};
pub use dns::{Record, ZONE};
pub use stack::{Stack, StackSpec, Version};

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_secretsmanager::Client as SecretsManager;
use aws_sdk_secretsmanager::operation::create_secret::CreateSecretError;

use crate::cloud::Cloud;
use crate::deploy::make_bucket;
use crate::error::Error;

impl Cloud {
    /// Creates an application of Elastic Beanstalk; does nothing if it exists.
    pub async fn application(&self, name: &str) -> Result<(), Error> {
        beanstalk::make_application(self, name).await
    }

    /// Builds a stack, and waits until both environments are Ready and the record points to side A.
    ///
    /// Several stacks can be built at the same time, also of one application.
    pub async fn stack(&self, spec: StackSpec) -> Result<Stack, Error> {
        Box::pin(stack::build(self, spec)).await
    }

    /// Puts an object into a bucket, which is created unless it exists.
    pub async fn upload(
        &self,
        bucket: &str,
        key: &str,
        bytes: impl Into<Vec<u8>>,
    ) -> Result<(), Error> {
        self.bucket(bucket).await?;
        let body = ByteStream::from(bytes.into());
        let put = self.s3().put_object().bucket(bucket).key(key).body(body).send().await;
        put.map_err(|error| Error::aws(format!("PutObject `{bucket}/{key}`"), &error))?;
        Ok(())
    }

    /// Stores a secret as text, in place of an existing value. Returns the ARN.
    pub async fn secret(&self, name: &str, value: &str) -> Result<String, Error> {
        let client = SecretsManager::new(self.sdk_config());
        let made = client.create_secret().name(name).secret_string(value).send().await;
        let arn = match made {
            Ok(made) => made.arn,
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(CreateSecretError::is_resource_exists_exception) =>
            {
                let put =
                    client.put_secret_value().secret_id(name).secret_string(value).send().await;
                put.map_err(|error| Error::aws(format!("PutSecretValue `{name}`"), &error))?.arn
            }
            Err(error) => return Err(Error::aws(format!("CreateSecret `{name}`"), &error)),
        };
        Ok(arn.unwrap_or_default())
    }

    /// The identifier of the hosted zone [`ZONE`], which the first call creates.
    pub async fn zone(&self) -> Result<String, Error> {
        let mut shared = self.shared().lock().await;
        if let Some(id) = &shared.zone {
            return Ok(id.clone());
        }
        let id = dns::make_zone(self, ZONE).await?;
        shared.zone = Some(id.clone());
        Ok(id)
    }

    /// Points a record of the zone [`ZONE`] to an environment's CNAME, as a person does by hand.
    pub async fn point(&self, name: &str, target: &str, record: Record) -> Result<(), Error> {
        let zone = self.zone().await?;
        dns::point(self, &zone, name, target, record).await
    }

    /// Sets the minimum, maximum and desired capacity of the Auto Scaling group `name`, as a person does by hand.
    pub async fn resize(&self, name: &str, sizes: [u32; 3]) -> Result<(), Error> {
        beanstalk::resize(self, name, sizes).await
    }

    async fn bucket(&self, name: &str) -> Result<(), Error> {
        let mut shared = self.shared().lock().await;
        if !shared.buckets.iter().any(|bucket| bucket == name) {
            make_bucket(&self.s3(), name).await?;
            shared.buckets.push(name.to_owned());
        }
        Ok(())
    }
}
