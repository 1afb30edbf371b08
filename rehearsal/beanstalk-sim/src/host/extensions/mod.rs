//! The configuration files of a bundle: `.ebextensions/*.config`.

mod document;
mod error;
mod options;

use std::fs;
use std::path::Path;

pub(super) use document::{Command, Document, PlacedFile, WorkingFolder};
pub(crate) use error::Broken;
pub(crate) use options::Setting;

use super::report::shown;

const FOLDER: &str = ".ebextensions";
const EXTENSION: &str = "config";

/// The configuration files of a bundle, by name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Extensions {
    pub(super) documents: Vec<Document>,
    /// The warnings about files that are skipped.
    pub(crate) warnings: Vec<String>,
}

impl Extensions {
    /// Reads all configuration files of a folder. It blocks.
    pub(super) fn read(bundle: &Path) -> Result<Self, Broken> {
        let Ok(entries) = fs::read_dir(bundle.join(FOLDER)) else { return Ok(Self::default()) };
        let is_config = |path: &Path| {
            path.is_file() && path.extension().is_some_and(|extension| extension == EXTENSION)
        };
        let mut paths: Vec<_> =
            entries.flatten().map(|entry| entry.path()).filter(|path| is_config(path)).collect();
        paths.sort();
        let mut all = Self::default();
        for path in paths {
            let file = path.file_name().unwrap_or_default().to_string_lossy();
            let name = format!("{FOLDER}/{}", shown(&file));
            let content =
                fs::read(&path).map_err(|error| Broken::new(&name, &error.to_string(), b""))?;
            match Document::parse(&name, &content)? {
                Ok(document) => all.documents.push(document),
                Err(key) => all.warnings.push(format!(
                    "Error processing file (Skipping): '{name}' - Contains invalid key: '{}'. For information about \
                     valid keys, see http://docs.aws.amazon.com/elasticbeanstalk/latest/dg/ebextensions.html",
                    shown(&key)
                )),
            }
        }
        Ok(all)
    }

    /// The option settings of all files. A later file overrides an earlier one.
    pub(crate) fn settings(&self) -> impl Iterator<Item = &Setting> {
        self.documents.iter().flat_map(|document| &document.settings)
    }

    /// The problems of `option_settings` that have another form.
    pub(crate) fn complaints(&self) -> impl Iterator<Item = &str> {
        self.documents.iter().filter_map(|document| document.bad_settings.as_deref())
    }

    /// Whether a deployment has to do something with these files, besides option settings.
    pub(super) fn has_steps(&self) -> bool {
        self.documents.iter().any(Document::has_steps)
    }
}

#[cfg(test)]
mod tests;
