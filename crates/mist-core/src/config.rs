//! `mist.yaml`, and the document that each of its stacks becomes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{ArtifactBucket, Error, Stack, StackName, StackSettings};

/// What `mist.yaml` says.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Config {
    /// The Beanstalk application that all stacks run.
    pub application: String,
    /// The AWS region of the environments, such as `eu-west-1`.
    pub region: String,
    /// Where bundles are uploaded to.
    pub artifacts: ArtifactBucket,
    /// The stacks by name.
    pub stacks: BTreeMap<StackName, StackSettings>,
}

impl Config {
    /// Each stack with all that it needs to stand alone.
    pub fn stacks(&self) -> impl Iterator<Item = Stack> {
        self.stacks.iter().map(|(name, settings)| Stack {
            name: name.clone(),
            application: self.application.clone(),
            region: self.region.clone(),
            artifacts: self.artifacts.clone(),
            settings: settings.clone(),
        })
    }

    /// What no single field can tell: two stacks that would fight over one environment or name.
    pub fn check(&self) -> Result<(), String> {
        let mut owners = BTreeMap::new();
        for (name, settings) in &self.stacks {
            let environments = &settings.environments;
            for claim in [
                format!("environment `{}`", environments.a),
                format!("environment `{}`", environments.b),
                format!("domain `{}`", settings.domain),
            ] {
                if let Some(other) = owners.insert(claim.clone(), name) {
                    return Err(format!(
                        "stacks.{name}: {claim} belongs to stack `{other}` already"
                    ));
                }
            }
        }
        Ok(())
    }
}

/// One stack as it is kept in the SSM parameter `/mist/stacks/NAME`.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StackDocument {
    /// The version of this shape.
    pub format: u32,
    /// The stack.
    pub stack: Stack,
}

impl StackDocument {
    /// The shape that this mist writes and reads.
    pub const FORMAT: u32 = 1;

    /// `stack` in the current shape.
    pub fn new(stack: Stack) -> Self {
        Self { format: Self::FORMAT, stack }
    }

    /// The name of the SSM parameter of stack `name`.
    pub fn parameter(name: &StackName) -> String {
        format!("/mist/stacks/{name}")
    }

    /// Refuses a document in another shape. Asked before the rest is read, which would only fail on
    /// some field of it.
    pub fn check_format(stack: &StackName, format: Option<u64>) -> Result<(), Error> {
        match format {
            Some(found) if found == u64::from(Self::FORMAT) => Ok(()),
            found => Err(Error::OutdatedStackConfig {
                parameter: Self::parameter(stack),
                found: found.map_or_else(|| "none".to_owned(), |number| number.to_string()),
                expected: Self::FORMAT,
            }),
        }
    }
}
