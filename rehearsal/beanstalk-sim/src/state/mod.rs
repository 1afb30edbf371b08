//! The state file: what the service knows, kept from one run of the simulator to the next.
//!
//! The file is replaced as a whole, so whoever reads it finds either the old or the new state. A lock file beside
//! it, `FILE.lock`, keeps a second simulator away; the operating system lets go of it however the first one ends.

mod document;
mod file;
mod keeper;

pub(crate) use document::Document;
pub(crate) use file::StateFile;
pub(crate) use keeper::{Keeper, keep};
