//! Multipart uploads of bundles in memory.

use std::sync::{Arc, Mutex};

use mist_core::{
    error::Error,
    ports::{Bundles, Upload},
    stack::artifact::Artifact,
};

use crate::{
    artifacts::{FakeArtifacts, Objects, Written, put},
    mutex::lock,
};

/// An upload of a bundle.
#[derive(Debug)]
pub struct FakeUpload {
    bucket: String,
    key: String,
    content: Vec<u8>,
    objects: Objects,
    written: Arc<Mutex<Written>>,
}

impl FakeArtifacts {
    /// The sizes of all pieces that were written, in bytes.
    pub fn pieces(&self) -> Vec<usize> {
        lock(&self.written).pieces.clone()
    }

    /// The number of uploads that were abandoned.
    pub fn abandoned(&self) -> usize {
        lock(&self.written).abandoned
    }

    /// Makes all further pieces fail.
    pub fn refuse_pieces(&self) {
        lock(&self.written).refuses = true;
    }
}

impl Bundles for FakeArtifacts {
    type Upload = FakeUpload;

    async fn begin(&self, bucket: &str, key: &str) -> Result<FakeUpload, Error> {
        Ok(FakeUpload {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            content: Vec::new(),
            objects: Arc::clone(&self.objects),
            written: Arc::clone(&self.written),
        })
    }
}

impl Upload for FakeUpload {
    async fn write(&mut self, piece: Vec<u8>) -> Result<(), Error> {
        let mut written = lock(&self.written);
        if written.refuses {
            return Err(Error::AccessDenied { service: "s3", message: "AccessDenied".to_owned() });
        }
        written.pieces.push(piece.len());
        self.content.extend(piece);
        Ok(())
    }

    async fn finish(self) -> Result<Artifact, Error> {
        let size = u64::try_from(self.content.len()).unwrap_or(u64::MAX);
        Ok(Artifact { bucket: self.bucket, ..put(&self.objects, &self.key, &self.content, size) })
    }

    async fn abandon(self) {
        lock(&self.written).abandoned += 1;
    }
}
