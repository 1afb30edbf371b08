//! Bundles for the tests of this module.

use std::io::{Cursor, Write};
use std::sync::Arc;

use axum::response::Response;
use tempfile::NamedTempFile;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::source::Source;

/// A ZIP file in memory.
pub(super) fn zip(entries: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, content) in entries {
        writer.start_file(*path, SimpleFileOptions::default()).unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A source with these files.
pub(super) fn bundle(entries: &[(&str, &str)]) -> Arc<Source> {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(&zip(entries)).unwrap();
    Arc::new(Source::unpack(file.path()).unwrap())
}

/// The body of an answer.
pub(super) async fn text(answer: Response) -> String {
    let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}
