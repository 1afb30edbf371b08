//! The deployment log of an operation, which one instance uploads to the storage bucket during the operation.
//!
//! The key, the first and the last line, `[ERROR]` with the output of the failed step, and the property that turns
//! uploads off are those of the developer guide ("Viewing deployment logs for an Elastic Beanstalk environment"). The
//! form of a line is *assumed* to be that of `eb-engine.log`. The log leaves out what an application prints when it
//! starts.

use std::sync::{Arc, Mutex};

use crate::bundles::{Bundles, Location, Unavailable};
use crate::engine::{Engine, Superseded};
use crate::shared_world::lock;

/// The environment property that turns uploads off.
pub(super) const DISABLED: &str = "EB_DEPLOYMENT_LOG_S3_DISABLED";
/// The first line of a command.
pub(super) const STARTING: &str = "Starting Application deployment";
/// The last line of a command that succeeds.
pub(super) const COMPLETED: &str = "Completed Application deployment";

/// The log of one operation.
#[derive(Debug)]
pub(super) struct DeploymentLog {
    /// The first instance to upload, which does so for the entire operation.
    instance: String,
    location: Location,
    text: Mutex<String>,
    /// Whether the store takes uploads. Held during an upload, so that no older text replaces a newer one.
    is_stored: tokio::sync::Mutex<bool>,
}

impl DeploymentLog {
    pub(super) fn new(
        engine: &Engine,
        environment_id: &str,
        request_id: &str,
        instance: &str,
    ) -> Self {
        let key = format!(
            "resources/environments/logs/deployments/{environment_id}/eb-deployment-{request_id}.log"
        );
        Self {
            instance: instance.to_owned(),
            location: Location { bucket: engine.storage_bucket(), key },
            text: Mutex::default(),
            is_stored: tokio::sync::Mutex::new(true),
        }
    }

    /// Adds a line and uploads the log in the background, if it is the log of this instance.
    pub(super) fn add(
        self: &Arc<Self>,
        engine: &Engine,
        instance: &str,
        level: &str,
        message: &str,
    ) {
        if instance != self.instance {
            return;
        }
        let time = engine.clock.date().strftime("%Y/%m/%d %H:%M:%S%.6f");
        let line = format!("{time} [{level}] {message}\n");
        lock(&self.text).push_str(&line);
        engine.spawn(Arc::clone(self).upload(Arc::clone(&engine.bundles)));
    }

    /// Uploads the log, best effort. After a failure, this log is not uploaded again.
    async fn upload(self: Arc<Self>, bundles: Arc<dyn Bundles>) -> Result<(), Superseded> {
        let mut is_stored = self.is_stored.lock().await;
        if *is_stored {
            let text = lock(&self.text).clone().into_bytes();
            if let Err(error) = put(&*bundles, &self.location, text).await {
                tracing::warn!("cannot upload deployment log `{}`: {error}", self.location.key);
                *is_stored = false;
            }
        }
        Ok(())
    }
}

async fn put(bundles: &dyn Bundles, location: &Location, text: Vec<u8>) -> Result<(), Unavailable> {
    if bundles.put(location, text.clone()).await.is_ok() {
        return Ok(());
    }
    // The first log of an account comes before its bucket.
    bundles.ensure_bucket(&location.bucket).await?;
    bundles.put(location, text).await
}
