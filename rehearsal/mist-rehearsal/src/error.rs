//! Why mist could not be installed in a local cloud.

/// Why mist could not be installed in a local cloud.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The cloud itself failed.
    #[error(transparent)]
    Cloud(#[from] mist_local::Error),
    /// mist failed.
    #[error(transparent)]
    Mist(#[from] mist_core::error::Error),
    /// A name of a stack is not one that mist takes.
    #[error("{0}")]
    Name(String),
    /// The template lacks an output.
    #[error("the template has no output `{name}`")]
    MissingOutput {
        /// The output.
        name: &'static str,
    },
    /// The sources of mist are not there.
    #[error("`{}` does not hold the sources of mist; set MIST_HOME to the checkout", path.display())]
    NoHome {
        /// Where they were looked for.
        path: std::path::PathBuf,
    },
}
