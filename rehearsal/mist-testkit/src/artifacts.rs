//! The artifact bucket in memory.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use mist_core::{error::Error, ports::Artifacts, stack::artifact::Artifact};

use crate::{bundles::Written, lock};

/// The artifact bucket in memory. Every bucket name leads to the same objects.
#[derive(Debug, Default)]
pub struct FakeArtifacts {
    pub(crate) objects: Objects,
    pub(crate) written: Arc<Mutex<Written>>,
}

#[derive(Clone, Debug)]
pub(crate) struct Object {
    content: Vec<u8>,
    size: u64,
    order: usize,
}

/// The objects by key, shared with uploads that go on.
pub(crate) type Objects = Arc<Mutex<BTreeMap<String, Object>>>;

/// Puts `content` to `key`, and gives its entity tag.
pub(crate) fn put(objects: &Objects, key: &str, content: &[u8], size: u64) -> String {
    let mut objects = lock(objects);
    let order = objects.values().map(|object| object.order + 1).max().unwrap_or(0);
    let object = Object { content: content.to_vec(), size, order };
    let etag = etag(&object);
    objects.insert(key.to_owned(), object);
    etag
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
        self.upload_sized(key, content, u64::try_from(content.len()).unwrap_or(u64::MAX));
    }

    /// Uploads to `key` what begins with `content` and is `size` bytes large.
    pub fn upload_sized(&self, key: &str, content: &[u8], size: u64) {
        put(&self.objects, key, content, size);
    }

    /// What lies at `key`.
    pub fn content(&self, key: &str) -> Option<Vec<u8>> {
        lock(&self.objects).get(key).map(|object| object.content.clone())
    }

    fn object(&self, key: &str) -> Option<Object> {
        lock(&self.objects).get(key).cloned()
    }
}

// Not a digest: only different for the contents that tests use.
fn etag(Object { content, size, .. }: &Object) -> String {
    let sum: u32 = content.iter().map(|byte| u32::from(*byte)).sum();
    format!("{size}-{sum}")
}

impl Artifacts for FakeArtifacts {
    async fn find(&self, bucket: &str, key: &str) -> Result<Artifact, Error> {
        let Some(object) = self.object(key) else {
            return Err(Error::ArtifactMissing { bucket: bucket.into(), key: key.into() });
        };
        let artifact = Artifact {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            etag: etag(&object),
            size: object.size,
        };
        artifact.check(&object.content)?;
        Ok(artifact)
    }

    async fn newest(&self, _bucket: &str, prefix: &str) -> Result<Option<String>, Error> {
        let objects = lock(&self.objects);
        let bundle = |key: &str| {
            let file = key.strip_prefix(prefix).filter(|file| !file.contains('/'));
            file.is_some_and(|file| [".zip", ".war"].iter().any(|ending| file.ends_with(ending)))
        };
        let bundles = objects.iter().filter(|(key, _)| bundle(key));
        Ok(bundles.max_by_key(|(_, object)| object.order).map(|(key, _)| key.clone()))
    }

    async fn keep(&self, artifact: &Artifact, key: &str) -> Result<(), Error> {
        match self.object(&artifact.key) {
            None => Err(Error::ArtifactMissing {
                bucket: artifact.bucket.clone(),
                key: artifact.key.clone(),
            }),
            Some(object) if etag(&object) == artifact.etag => {
                self.upload_sized(key, &object.content, object.size);
                Ok(())
            }
            Some(_) => Err(Error::ArtifactChanged { key: artifact.key.clone() }),
        }
    }
}
