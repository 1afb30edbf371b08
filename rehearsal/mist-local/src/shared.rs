//! Resources that all stacks of a cloud share.

/// The hosted zone and the buckets of a cloud, each created at its first use.
#[derive(Debug, Default)]
pub(crate) struct SharedResources {
    /// The identifier of the hosted zone; `None` until it is created.
    pub(crate) zone: Option<String>,
    /// The names of the buckets that exist.
    pub(crate) buckets: Vec<String>,
}
