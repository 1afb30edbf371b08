//! The artifact bucket in memory.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use mist_core::{error::Error, ports::Artifacts, stack::artifact::Artifact};

use crate::mutex::lock;

/// The artifact bucket in memory. Every bucket name has the same objects.
#[derive(Debug, Default)]
pub struct FakeArtifacts {
    pub(crate) objects: Objects,
    pub(crate) written: Arc<Mutex<Written>>,
}

/// The pieces of all uploads.
#[derive(Debug, Default)]
pub(crate) struct Written {
    pub(crate) pieces: Vec<usize>,
    pub(crate) abandoned: usize,
    pub(crate) refuses: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Object {
    content: Vec<u8>,
    size: u64,
    order: usize,
}

/// The objects by key, shared with open uploads.
pub(crate) type Objects = Arc<Mutex<BTreeMap<String, Object>>>;

/// Puts `content` to `key`, and returns its entity tag.
pub(crate) fn put(objects: &Objects, key: &str, content: &[u8], size: u64) -> String {
    let mut objects = lock(objects);
    let order = objects.values().map(|object| object.order + 1).max().unwrap_or(0);
    let object = Object { content: content.to_vec(), size, order };
    let etag = etag(&object);
    objects.insert(key.to_owned(), object);
    etag
}

impl FakeArtifacts {
    /// A bucket with `bundles`, uploaded in this order.
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

    /// Uploads an object of `size` bytes that begins with `content` to `key`.
    pub fn upload_sized(&self, key: &str, content: &[u8], size: u64) {
        put(&self.objects, key, content, size);
    }

    /// The content of the object at `key`.
    pub fn content(&self, key: &str) -> Option<Vec<u8>> {
        lock(&self.objects).get(key).map(|object| object.content.clone())
    }

    fn object(&self, key: &str) -> Option<Object> {
        lock(&self.objects).get(key).cloned()
    }
}

// Not a digest: it only differs between the contents in tests.
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
        // The key tells the content, so a copy that is there needs no source.
        if self.object(key).is_some() {
            return Ok(());
        }
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
