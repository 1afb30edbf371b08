//! The document that stores a stack of `mist.yaml` in SSM.

use serde::{Deserialize, Serialize};

use crate::{error::Error, names::StackName, stack::settings::Stack};

/// One stack as it is stored in the SSM parameter `/mist/stacks/NAME`.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StackDocument {
    /// The version of the format.
    pub format: u32,
    /// The stack.
    pub stack: Stack,
}

impl StackDocument {
    /// The format that this mist writes and reads.
    pub const FORMAT: u32 = 1;

    /// `stack` in the current format.
    pub fn new(stack: Stack) -> Self {
        Self { format: Self::FORMAT, stack }
    }

    /// The name of the SSM parameter of stack `name`.
    pub fn parameter(name: &StackName) -> String {
        format!("/mist/stacks/{name}")
    }

    /// Refuses a document of another `format`, before the rest is read and fails on some field.
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::stack::config::Config;

    #[test]
    fn a_document_can_be_read_again() {
        let config: Config = serde_json::from_value(json!({
            "application": "Demo",
            "region": "us-east-1",
            "artifacts": {"bucket": "artifacts"},
            "stacks": {
                "QA": {
                    "domain": "qa.mist.test",
                    "hostedZoneId": "Z1",
                    "environments": {"a": "Demo-QA-A", "b": "Demo-QA-B"}
                }
            }
        }))
        .unwrap();
        let stack = config.stacks().next().unwrap();
        let text = serde_json::to_string(&StackDocument::new(stack.clone())).unwrap();
        let document: StackDocument = serde_json::from_str(&text).unwrap();
        assert_eq!(document.stack, stack);
        assert_eq!(StackDocument::parameter(&stack.name), "/mist/stacks/QA");
    }

    #[test]
    fn a_document_of_another_format_is_outdated() {
        let name: StackName = "QA".parse().unwrap();
        assert!(StackDocument::check_format(&name, Some(1)).is_ok());
        for (format, found) in [(None, "none"), (Some(0), "0"), (Some(2), "2")] {
            let error = StackDocument::check_format(&name, format).unwrap_err();
            assert_eq!(error.code(), "Mist.OutdatedStackConfig");
            assert!(error.to_string().contains(&format!("has format {found}, not 1")), "{error}");
        }
    }
}
