//! Environment manifests: `env.yaml` in a bundle, which describes its environment.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The name of the file.
pub(crate) const FILE: &str = "env.yaml";

/// An environment manifest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Manifest {
    pub(crate) environment_name: Option<String>,
    pub(crate) solution_stack: Option<String>,
    #[serde(rename = "CName")]
    pub(crate) cname: Option<String>,
    pub(crate) environment_tier: Tier,
    /// The options by namespace and name.
    pub(crate) option_settings: BTreeMap<String, BTreeMap<String, String>>,
    /// The names of environments, by the link names in the application.
    pub(crate) environment_links: BTreeMap<String, String>,
}

/// The tier of an environment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Tier {
    pub(crate) name: Option<String>,
}

/// The error for a bundle without a readable manifest.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ManifestError {
    #[error("the source bundle has no env.yaml")]
    Missing,
    #[error("env.yaml cannot be read: {0}")]
    Malformed(String),
}

impl Manifest {
    /// Reads a manifest.
    pub(crate) fn parse(text: &str) -> Result<Self, ManifestError> {
        serde_saphyr::from_str(text).map_err(|error| ManifestError::Malformed(error.to_string()))
    }
}

/// The environment name of a manifest, in which a final plus is replaced by the group.
pub(crate) fn in_group(name: &str, group: Option<&str>) -> Option<String> {
    match name.strip_suffix('+') {
        Some(start) => group.map(|group| format!("{start}-{group}")),
        None => Some(name.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_manifest_names_an_environment_its_options_and_its_links() {
        let manifest = Manifest::parse(
            "AWSConfigurationTemplateVersion: 1.1.0.0\n\
             EnvironmentName: front+\n\
             EnvironmentTier:\n  Type: Standard\n  Name: WebServer\n\
             OptionSettings:\n  aws:elasticbeanstalk:command:\n    BatchSize: '30'\n\
             EnvironmentLinks:\n  WORKER: worker+\n",
        )
        .unwrap();
        assert_eq!(manifest.environment_name.as_deref(), Some("front+"));
        assert_eq!(manifest.environment_tier.name.as_deref(), Some("WebServer"));
        assert_eq!(manifest.option_settings["aws:elasticbeanstalk:command"]["BatchSize"], "30");
        assert_eq!(manifest.environment_links["WORKER"], "worker+");
    }

    #[test]
    fn a_plus_stands_for_the_group() {
        assert_eq!(in_group("front+", Some("dev")).as_deref(), Some("front-dev"));
        assert_eq!(in_group("front+", None), None);
        assert_eq!(in_group("front", Some("dev")).as_deref(), Some("front"));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "\\PC*") {
            let _ = Manifest::parse(&text);
        }
    }
}
