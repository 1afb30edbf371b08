//! The artifact bucket in memory.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use mist_core::{
    checksum::Checksum, error::Error, names::VersionLabel, ports::Artifacts, release::content,
    stack::artifact::Artifact,
};

use crate::mutex::lock;

/// The artifact bucket in memory. It keeps all versions of its objects. Every bucket name has the same ones.
#[derive(Debug, Default)]
pub struct FakeArtifacts {
    pub(crate) objects: Objects,
    pub(crate) written: Arc<Mutex<Written>>,
    unsound: Mutex<BTreeMap<String, String>>,
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

/// The versions of each object by its key, shared with open uploads. The last one is current.
pub(crate) type Objects = Arc<Mutex<BTreeMap<String, Vec<Object>>>>;

/// Puts `content` to `key` as a new version.
pub(crate) fn put(objects: &Objects, key: &str, content: &[u8], size: u64) -> Artifact {
    let mut objects = lock(objects);
    let order = objects.values().map(Vec::len).sum();
    let object = Object { content: content.to_vec(), size, order };
    let artifact = artifact("artifacts", key, &object);
    objects.entry(key.to_owned()).or_default().push(object);
    artifact
}

fn artifact(bucket: &str, key: &str, object: &Object) -> Artifact {
    Artifact {
        bucket: bucket.to_owned(),
        key: key.to_owned(),
        etag: etag(object),
        version_id: Some(version_id(object)),
        size: object.size,
        checksum: Checksum::of(&object.content),
    }
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

    /// Uploads `content` to `key`, and returns what the bucket has of it.
    pub fn upload(&self, key: &str, content: &[u8]) -> Artifact {
        self.upload_sized(key, content, u64::try_from(content.len()).unwrap_or(u64::MAX))
    }

    /// Uploads an object of `size` bytes that begins with `content` to `key`.
    pub fn upload_sized(&self, key: &str, content: &[u8], size: u64) -> Artifact {
        put(&self.objects, key, content, size)
    }

    /// Lets a check of the bundle at `key` find `problem`.
    pub fn put_problem(&self, key: &str, problem: &str) {
        lock(&self.unsound).insert(key.to_owned(), problem.to_owned());
    }

    /// Deletes the object at `key`, with all its versions.
    pub fn delete(&self, key: &str) {
        lock(&self.objects).remove(key);
    }

    /// The content of the object at `key`.
    pub fn content(&self, key: &str) -> Option<Vec<u8>> {
        self.object(key, None).map(|object| object.content)
    }

    fn object(&self, key: &str, version: Option<&str>) -> Option<Object> {
        let objects = lock(&self.objects);
        let versions = objects.get(key)?;
        match version {
            None => versions.last().cloned(),
            Some(id) => versions.iter().find(|object| version_id(object) == id).cloned(),
        }
    }

    fn read(&self, bucket: &str, key: &str, version: Option<&str>) -> Result<Object, Error> {
        let missing = || Error::ArtifactMissing { bucket: bucket.into(), key: key.into() };
        self.object(key, version).ok_or_else(missing)
    }
}

// Not a digest: it only differs between the contents in tests.
fn etag(Object { content, size, .. }: &Object) -> String {
    let sum: u32 = content.iter().map(|byte| u32::from(*byte)).sum();
    format!("{size}-{sum}")
}

fn version_id(object: &Object) -> String {
    format!("version-{}", object.order)
}

impl Artifacts for FakeArtifacts {
    async fn find(
        &self,
        bucket: &str,
        key: &str,
        version: Option<&str>,
    ) -> Result<Artifact, Error> {
        let object = self.read(bucket, key, version)?;
        let artifact = artifact(bucket, key, &object);
        artifact.check(&object.content)?;
        Ok(artifact)
    }

    async fn describe(&self, bucket: &str, key: &str) -> Result<Artifact, Error> {
        Ok(artifact(bucket, key, &self.read(bucket, key, None)?))
    }

    async fn check(&self, artifact: &Artifact) -> Result<(), Error> {
        match lock(&self.unsound).get(&artifact.key).cloned() {
            Some(problem) => Err(Error::InvalidArtifact { key: artifact.key.clone(), problem }),
            None => Ok(()),
        }
    }

    async fn newest(&self, _bucket: &str, prefix: &str) -> Result<Option<String>, Error> {
        let objects = lock(&self.objects);
        let bundle = |key: &str| {
            let file = key.strip_prefix(prefix).filter(|file| !file.contains('/'));
            file.is_some_and(|file| [".zip", ".war"].iter().any(|ending| file.ends_with(ending)))
        };
        let last = |versions: &Vec<Object>| versions.last().map(|object| object.order);
        let bundles = objects.iter().filter(|(key, _)| bundle(key));
        Ok(bundles.max_by_key(|(_, versions)| last(versions)).map(|(key, _)| key.clone()))
    }

    async fn keep(
        &self,
        artifact: &Artifact,
        key: &str,
        version: &VersionLabel,
    ) -> Result<(), Error> {
        if let Ok(kept) = self.describe(&artifact.bucket, key).await {
            return content::same_copy(&kept, version, artifact.checksum);
        }
        let object = self.read(&artifact.bucket, &artifact.key, artifact.version_id.as_deref())?;
        if etag(&object) != artifact.etag {
            return Err(Error::ArtifactChanged { key: artifact.key.clone() });
        }
        self.upload_sized(key, &object.content, object.size);
        Ok(())
    }
}
