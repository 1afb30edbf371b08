//! The errors of bundles that cannot be deployed.

use std::io;

use zip::result::ZipError;

use crate::bundles::LARGEST;

/// The most entries of a bundle.
pub(super) const ENTRIES: usize = 100_000;
/// The reason why a bundle cannot be deployed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SourceError {
    /// The bundle is not a ZIP or WAR file.
    #[error("the bundle is not a readable ZIP file: {0}")]
    NotAZip(ZipError),
    /// The bundle exceeds Beanstalk's limit.
    #[error("the bundle has {bytes} bytes, more than {LARGEST}")]
    TooLarge {
        /// The size in bytes.
        bytes: u64,
    },
    /// The bundle exceeds a limit of the simulator, against ZIP bombs.
    #[error("the bundle has {count} entries, more than {ENTRIES}")]
    TooManyEntries {
        /// The number of calls.
        count: usize,
    },
    /// The bundle exceeds a limit of the simulator, against ZIP bombs.
    #[error("the bundle unpacks to more than {bound} bytes, at entry `{entry}`")]
    Bomb {
        /// The limit in bytes, which grows with the bundle.
        bound: u64,
        /// The entry that exceeded the limit.
        entry: String,
    },
    /// The bundle is empty.
    #[error("the bundle has no files")]
    Empty,
    /// All entries are in one folder, where Beanstalk does not find the application.
    #[error("the bundle must not have a parent folder, but everything is in `{folder}`")]
    ParentFolder {
        /// The folder.
        folder: String,
    },
    /// An entry is invalid.
    #[error("entry `{entry}` of the bundle {refusal}")]
    Entry {
        /// The name, with unprintable characters escaped.
        entry: String,
        /// The reason.
        refusal: Refusal,
    },
    /// The operating system refuses, such as for a full disk.
    #[error("the bundle cannot be unpacked: {0}")]
    Io(#[from] io::Error),
}

/// The reason why an entry is refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// The name has an unknown encoding, as old tools write.
    #[error("has a name that is not UTF-8")]
    NotUtf8,
    /// Backslashes in place of slashes, as old tools for Windows write. `unzip` then ends with status 1, and the
    /// platform fails.
    #[error("appears to use backslashes as path separators")]
    Backslash,
    /// No file system accepts the name.
    #[error("has no usable name")]
    Unusable,
    /// The path begins with a slash.
    #[error("has an absolute path")]
    Absolute,
    /// The path contains `..`.
    #[error("has a path outside the bundle")]
    Outside,
    /// The target of the link is outside the bundle, or no path.
    #[error("is a link out of the bundle")]
    Link,
    /// Devices, pipes and sockets.
    #[error("is neither file nor folder")]
    Special,
    /// A file or a link is in the place of a folder.
    #[error("is both a folder and something else")]
    Both,
    /// The entry is damaged, encrypted, or packed by an unsupported method.
    #[error("cannot be read: {0}")]
    Unreadable(io::Error),
}
