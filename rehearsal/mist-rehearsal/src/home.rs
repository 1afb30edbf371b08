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

    /// Builds the functions and the `mist` command, as the script `mist` does, unless nothing has changed.
    pub async fn build(&self, progress: &Progress) -> Result<BTreeMap<String, PathBuf>, Error> {
        let target = self.target();
        Ok(mist_local::build_functions(&self.root, &target, &["mist-cli"], progress).await?)
    }

    /// The folder of the local cloud `name`; that of the cloud without a name is the target folder.
    pub fn cloud(&self, name: Option<&str>) -> PathBuf {
        name.map_or_else(|| self.target(), |name| self.clouds().join(name))
    }

    /// The names of the local clouds that were started by a name, whether they run or not.
    pub fn names(&self) -> Vec<String> {
        let folders = std::fs::read_dir(self.clouds()).into_iter().flatten().flatten();
        let mut names: Vec<_> =
            folders.filter_map(|folder| folder.file_name().into_string().ok()).collect();
        names.sort_unstable();
        names
    }

    fn clouds(&self) -> PathBuf {
        self.target().join("mist-local/clouds")
    }

    /// The template, which is the same as on AWS.
    pub fn template(&self) -> PathBuf {
        self.root.join("infra/template.yaml")
    }
}
