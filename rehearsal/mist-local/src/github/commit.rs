//! Commits and the files in them.

use std::fmt::Write as _;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

/// A commit to make.
#[derive(Debug, Clone)]
pub struct NewCommit {
    /// The message.
    pub message: String,
    /// The author.
    pub author: String,
    /// The time, in seconds since 1970.
    pub time: i64,
    /// All files of the commit.
    pub files: Vec<File>,
}

impl NewCommit {
    /// A commit of `files` by Ada, in January 2026.
    pub fn new(message: &str, files: impl IntoIterator<Item = File>) -> Self {
        Self {
            message: message.to_owned(),
            author: "Ada".to_owned(),
            time: 1_767_323_044,
            files: files.into_iter().collect(),
        }
    }
}

/// A file in a commit.
#[derive(Debug, Clone)]
pub struct File {
    pub(crate) path: String,
    pub(crate) content: Content,
    pub(crate) executable: bool,
}

/// The content of a file.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    /// These bytes.
    Bytes(Vec<u8>),
    /// So many random bytes, which cannot be compressed.
    Noise(u64),
    /// A symbolic link to another file.
    Link(String),
}

impl File {
    /// A file of `content`.
    pub fn new(path: &str, content: impl AsRef<[u8]>) -> Self {
        Self::of(path, Content::Bytes(content.as_ref().to_vec()))
    }

    /// A symbolic link to `target`.
    pub fn link(path: &str, target: &str) -> Self {
        Self::of(path, Content::Link(target.to_owned()))
    }

    /// A file of `bytes` random bytes, which cannot be compressed.
    pub fn noise(path: &str, bytes: u64) -> Self {
        Self::of(path, Content::Noise(bytes))
    }

    /// The same file, executable.
    #[must_use]
    pub fn executable(self) -> Self {
        Self { executable: true, ..self }
    }

    fn of(path: &str, content: Content) -> Self {
        Self { path: path.to_owned(), content, executable: false }
    }

    /// The bytes of a file; `None` for noise and links.
    pub(crate) fn bytes(&self) -> Option<&[u8]> {
        match &self.content {
            Content::Bytes(bytes) => Some(bytes),
            Content::Noise(_) | Content::Link(_) => None,
        }
    }
}

/// A commit of a repository.
#[derive(Debug)]
pub(crate) struct Commit {
    pub(crate) parent: Option<String>,
    pub(crate) content: Arc<NewCommit>,
}

/// The SHA of a commit, from its content and its parent.
pub(crate) fn sha_of(parent: Option<&str>, commit: &NewCommit) -> String {
    let mut digest = Sha256::new();
    digest.update(format!("{parent:?} {} {} {}", commit.message, commit.author, commit.time));
    for file in &commit.files {
        digest.update(format!("\n{file:?}"));
    }
    let mut sha = String::new();
    // As long as the SHA of git.
    for byte in &digest.finalize()[..20] {
        _ = write!(sha, "{byte:02x}");
    }
    sha
}
