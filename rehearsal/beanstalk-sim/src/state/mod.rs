//! The state file, which keeps the state of the service between runs.
//!
//! The file is replaced atomically, so readers see either the old or the new state. A lock file beside it,
//! `FILE.lock`, excludes a second simulator. The operating system releases it in any case when the first one ends.

mod document;
mod file;
mod keeper;

pub(crate) use document::Document;
pub(crate) use file::StateFile;
pub(crate) use keeper::{Keeper, keep};
