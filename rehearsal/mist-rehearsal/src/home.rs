//! The checkout of mist that is installed.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use mist_local::Progress;

use crate::error::Error;

/// The checkout that is installed: template, definition and functions.
#[derive(Clone, Debug)]
pub struct Home {
    root: PathBuf,
}

impl Home {
    /// The checkout in `MIST_HOME`, or else the one that this program was built from.
    pub fn find() -> Result<Self, Error> {
        let built_from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let root = std::env::var_os("MIST_HOME").map_or(built_from, PathBuf::from);
        let root = root.canonicalize().unwrap_or(root);
        if root.join("infra/template.yaml").is_file() {
            Ok(Self { root })
        } else {
            Err(Error::NoHome { path: root })
        }
    }

    /// The root of the checkout.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder that cargo builds into.
    pub fn target(&self) -> PathBuf {
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| self.root.join("target"), PathBuf::from)
    }

    /// Builds the functions and the `mist` command, as the script `mist` does.
    pub async fn build(&self, progress: &Progress) -> Result<BTreeMap<String, PathBuf>, Error> {
        Ok(mist_local::build_functions(&self.root, &["mist-cli"], progress).await?)
    }

    /// The template, which is the same as on AWS.
    pub fn template(&self) -> PathBuf {
        self.root.join("infra/template.yaml")
    }
}
