//! Bundles in memory, for tests without S3.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;

use super::store::{Answer, Bundles, Location, Unavailable};

/// A store of bundles in memory.
#[derive(Debug, Default)]
pub struct MemoryBundles {
    bundles: Mutex<BTreeMap<Location, Bytes>>,
}

impl MemoryBundles {
    /// Stores a bundle and replaces the previous one.
    pub fn put(&self, bucket: &str, key: &str, bundle: impl Into<Vec<u8>>) {
        let location = Location { bucket: bucket.to_owned(), key: key.to_owned() };
        self.lock().insert(location, Bytes::from(bundle.into()));
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Location, Bytes>> {
        self.bundles.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, location: &Location) -> Result<Bytes, Unavailable> {
        self.lock()
            .get(location)
            .cloned()
            .ok_or_else(|| Unavailable { reason: "Not Found".to_owned() })
    }
}

impl Bundles for MemoryBundles {
    fn check<'a>(&'a self, location: &'a Location) -> Answer<'a, ()> {
        Box::pin(async { self.get(location).map(drop) })
    }

    fn fetch<'a>(&'a self, location: &'a Location, file: &'a Path) -> Answer<'a, ()> {
        Box::pin(async move {
            let bundle = self.get(location)?;
            tokio::fs::write(file, bundle).await.map_err(|error| Unavailable::from(&error))
        })
    }

    fn put<'a>(&'a self, location: &'a Location, content: Vec<u8>) -> Answer<'a, ()> {
        self.put(&location.bucket, &location.key, content);
        Box::pin(async { Ok(()) })
    }

    fn delete<'a>(&'a self, location: &'a Location) -> Answer<'a, ()> {
        self.lock().remove(location);
        Box::pin(async { Ok(()) })
    }

    fn ensure_bucket<'a>(&'a self, _bucket: &'a str) -> Answer<'a, ()> {
        Box::pin(async { Ok(()) })
    }
}
