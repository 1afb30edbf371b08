//! The artifact bucket in memory.

use std::{collections::BTreeMap, sync::Mutex};

use mist_core::{Artifact, Error, ports::Artifacts};

use crate::lock;

/// The artifact bucket in memory. Every bucket name leads to the same objects.
#[derive(Debug, Default)]
pub struct FakeArtifacts {
    objects: Mutex<BTreeMap<String, (Vec<u8>, usize)>>,
}

impl FakeArtifacts {
    /// A bucket in which `bundles` were uploaded in this order.
    pub fn with<const N: usize>(bundles: [(&str, &[u8]); N]) -> Self {
        let fake = Self::default();
        for (key, content) in bundles {
            fake.upload(key, content);
        }
        fake
    }

    /// Uploads `content` to `key`.
    pub fn upload(&self, key: &str, content: &[u8]) {
        let mut objects = lock(&self.objects);
        let order = objects.len();
        objects.insert(key.to_owned(), (content.to_vec(), order));
    }

    /// What lies at `key`.
    pub fn content(&self, key: &str) -> Option<Vec<u8>> {
        lock(&self.objects).get(key).map(|(content, _)| content.clone())
    }
}

// Not a digest: only different for the contents that tests use.
fn etag(content: &[u8]) -> String {
    let sum: u32 = content.iter().map(|byte| u32::from(*byte)).sum();
    format!("{}-{sum}", content.len())
}

impl Artifacts for FakeArtifacts {
    async fn find(&self, bucket: &str, key: &str) -> Result<Artifact, Error> {
        let Some(content) = self.content(key) else {
            return Err(Error::ArtifactMissing { bucket: bucket.into(), key: key.into() });
        };
        let artifact = Artifact {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            etag: etag(&content),
            size: u64::try_from(content.len()).unwrap_or(u64::MAX),
        };
        artifact.check(&content)?;
        Ok(artifact)
    }

    async fn newest(&self, _bucket: &str, prefix: &str) -> Result<Option<String>, Error> {
        let objects = lock(&self.objects);
        let keys = objects.iter().filter(|(key, _)| key.starts_with(prefix));
        Ok(keys.max_by_key(|(_, (_, order))| *order).map(|(key, _)| key.clone()))
    }

    async fn keep(&self, artifact: &Artifact, key: &str) -> Result<(), Error> {
        match self.content(&artifact.key) {
            Some(content) if etag(&content) == artifact.etag => self.upload(key, &content),
            _ => return Err(Error::ArtifactChanged { key: artifact.key.clone() }),
        }
        Ok(())
    }
}
