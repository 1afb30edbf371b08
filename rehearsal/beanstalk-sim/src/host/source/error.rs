//! Why bundles cannot be deployed.

use std::io;

use zip::result::ZipError;

use crate::bundles::LARGEST;

/// How many entries a bundle may have.
pub(super) const ENTRIES: usize = 100_000;
/// Why a bundle cannot be deployed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SourceError {
    /// Anything but a ZIP or WAR file.
    #[error("the bundle is no readable ZIP file: {0}")]
    NotAZip(ZipError),
    /// Beanstalk's own bound.
    #[error("the bundle has {bytes} bytes, more than {LARGEST}")]
    TooLarge {
        /// Its size.
        bytes: u64,
    },
    /// A bound of ours, against bombs.
    #[error("the bundle has {count} entries, more than {ENTRIES}")]
    TooManyEntries {
        /// How many.
        count: usize,
    },
    /// A bound of ours, against bombs.
    #[error("the bundle unpacks to more than {bound} bytes, at entry `{entry}`")]
    Bomb {
        /// The bound, which grows with the bundle.
        bound: u64,
        /// The entry that went beyond it.
        entry: String,
    },
    /// One of two would be lost.
    #[error("the bundle has two entries of one name")]
    Duplicate,
    /// There is nothing in it.
    #[error("the bundle has no files")]
    Empty,
    /// Everything is in one folder, so that Beanstalk does not find the application.
    #[error("the bundle must not have a parent folder, but everything is in `{folder}`")]
    ParentFolder {
        /// The folder.
        folder: String,
    },
    /// One entry makes the whole bundle unfit.
    #[error("entry `{entry}` of the bundle {refusal}")]
    Entry {
        /// Its name, with what cannot be printed escaped.
        entry: String,
        /// What is wrong with it.
        refusal: Refusal,
    },
    /// The disk is full, or the like.
    #[error("the bundle cannot be unpacked: {0}")]
    Io(#[from] io::Error),
}

/// What is wrong with an entry.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// Old tools write names in other encodings, which nobody can tell apart.
    #[error("has a name that is not UTF-8")]
    NotUtf8,
    /// As tools for Windows write them; Beanstalk's `unzip` fails on them too.
    #[error("has a backslash in its name")]
    Backslash,
    /// No file system takes it.
    #[error("has no usable name")]
    Unusable,
    /// It begins with a slash.
    #[error("has an absolute path")]
    Absolute,
    /// It has a `..` in it.
    #[error("leads outside")]
    Outside,
    /// Links could lead anywhere.
    #[error("is a link")]
    Link,
    /// Devices, pipes and sockets.
    #[error("is neither file nor folder")]
    Special,
    /// The same path is there already, or a file stands where a folder is needed.
    #[error("is there twice, or both as file and as folder")]
    Twice,
    /// Damaged, encrypted, or packed by a method nobody uses.
    #[error("cannot be read: {0}")]
    Unreadable(io::Error),
}
