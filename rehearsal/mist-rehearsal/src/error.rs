//! The errors of an installation in a local cloud.

/// The reason why mist cannot be installed in a local cloud.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The local cloud failed.
    #[error(transparent)]
    Cloud(#[from] mist_local::Error),
    /// An adapter of mist failed.
    #[error(transparent)]
    Mist(#[from] mist_core::error::Error),
    /// A name or a number is not valid for mist.
    #[error("{0}")]
    Name(String),
    /// The template lacks an output.
    #[error("the template has no output `{name}`")]
    MissingOutput {
        /// The output.
        name: &'static str,
    },
    /// The folder is not a checkout of mist.
    #[error("`{}` is not a checkout of mist; set MIST_HOME to the checkout", path.display())]
    NoHome {
        /// The folder.
        path: std::path::PathBuf,
    },
}
