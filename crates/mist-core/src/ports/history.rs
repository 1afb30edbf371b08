//! The history of releases.

use std::collections::BTreeMap;

use crate::{
    error::Error,
    names::StackName,
    release::history::{PastRelease, Planned, ReleaseEnd},
};

/// The history of releases: the table `mist-releases`.
pub trait History {
    /// Opens `release`. Returns `false` if another execution opened it before. Opening it again changes nothing.
    fn open(&self, release: &PastRelease) -> impl Future<Output = Result<bool, Error>> + Send;

    /// Writes the plan of the release `id` of `stack`, unless it has ended.
    fn plan(
        &self,
        stack: &StackName,
        id: &str,
        planned: &Planned,
    ) -> impl Future<Output = Result<(), Error>> + Send;

    /// The newest `most` releases of `stack`, newest first. An item that cannot be read is [`Error::InvalidItem`] in its
    /// place.
    fn releases(
        &self,
        stack: &StackName,
        most: u32,
    ) -> impl Future<Output = Result<Vec<Result<PastRelease, Error>>, Error>> + Send;

    /// Ends the release `id` of `stack`, unless it has ended. A missing release is no error.
    fn end(
        &self,
        stack: &StackName,
        id: &str,
        end: &ReleaseEnd,
    ) -> impl Future<Output = Result<(), Error>> + Send;

    /// Writes the duration of each step of the release `id` of `stack` in seconds. A missing release is no error.
    fn note_steps(
        &self,
        stack: &StackName,
        id: &str,
        steps: &BTreeMap<String, f64>,
    ) -> impl Future<Output = Result<(), Error>> + Send;
}
