//! Bundles and waits for the tests of this module.

use std::io::{Cursor, Write};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use axum::response::Response;
use tempfile::NamedTempFile;
use tokio::time::timeout;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::source::Source;
use crate::clock::pause;

/// The timeout of all waits.
pub(super) const PATIENCE: Duration = Duration::from_mins(1);

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

/// Waits until there is an answer.
pub(super) async fn until<T>(attempt: impl AsyncFn() -> Option<T>) -> T {
    let answer = async {
        loop {
            if let Some(answer) = attempt().await {
                return answer;
            }
            pause(Duration::from_millis(10)).await;
        }
    };
    timeout(PATIENCE, answer).await.expect("what was waited for")
}

/// Whether a process runs.
pub(super) fn runs(process: &str) -> bool {
    let output = Command::new("ps").args(["-o", "stat=", "-p", process]).output().unwrap();
    let state = String::from_utf8(output.stdout).unwrap();
    !state.trim().is_empty() && !state.starts_with('Z')
}

/// Waits until no process runs any more.
pub(super) async fn until_gone(processes: &[String]) {
    until(async || (!processes.iter().any(|process| runs(process))).then_some(())).await;
}
