//! `mist rollback`: makes live again what was live before.

use mist_aws::Aws;
use serde_json::{Value, json};

use super::operation;
use crate::{
    arguments::{Format, Rollback},
    failure::Failure,
};

/// Makes the other side live again as it is, or releases the version that was named.
pub(crate) async fn run(aws: &Aws, arguments: Rollback, format: Format) -> Result<(), Failure> {
    operation::start(aws, input(&arguments), None, &arguments.run, format).await
}

// The other side runs one version only, so any other one needs a deployment.
fn input(arguments: &Rollback) -> Value {
    let input = match &arguments.to {
        Some(version) => json!({ "operation": "deploy", "version": version }),
        None => json!({ "operation": "rollback" }),
    };
    operation::with(&arguments.choices, input)
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::arguments::{Arguments, Command};

    fn asked(words: &[&str]) -> Value {
        let words = ["mist", "rollback", "-s", "QA"].iter().chain(words);
        match Arguments::parse_from(words).command {
            Command::Rollback(rollback) => input(&rollback),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn without_a_version_the_other_side_goes_live_as_it_is() {
        assert_eq!(asked(&[]), json!({ "operation": "rollback" }));
    }

    #[test]
    fn a_version_that_is_named_is_released_as_any_other() {
        let expected = json!({ "operation": "deploy", "version": "v1", "acceptDrift": true });
        assert_eq!(asked(&["--to", "v1", "--accept-drift"]), expected);
    }
}
