//! Where the releases of a stack are marked in New Relic, and what a mark tells besides the version.

use serde::{Deserialize, Serialize};

/// Where releases are marked.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewRelic {
    /// The name of the application in New Relic. Exactly one must have it.
    pub application: String,
    /// The name of the secret in Secrets Manager that holds the key: a user key (`NRAK-…`), or with
    /// `api: rest` a REST API key as well.
    pub api_key_secret: String,
    /// Where the account has its data: `us` or `eu`.
    #[serde(default)]
    pub region: NewRelicRegion,
    /// How marks are made: `nerdGraph`, or `rest` where there is only a REST API key.
    #[serde(default)]
    pub api: NewRelicApi,
    /// Where the API is, instead of at the address of `region`: that of NerdGraph, or with `api: rest`
    /// what stands before `/applications.json`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
}

impl NewRelic {
    /// Where the API is, without a slash at the end.
    pub fn endpoint(&self) -> &str {
        let usual = match (self.api, self.region) {
            (NewRelicApi::NerdGraph, NewRelicRegion::Us) => "https://api.newrelic.com/graphql",
            (NewRelicApi::NerdGraph, NewRelicRegion::Eu) => "https://api.eu.newrelic.com/graphql",
            (NewRelicApi::Rest, NewRelicRegion::Us) => "https://api.newrelic.com/v2",
            (NewRelicApi::Rest, NewRelicRegion::Eu) => "https://api.eu.newrelic.com/v2",
        };
        self.endpoint.as_deref().map_or(usual, |endpoint| endpoint.trim_end_matches('/'))
    }
}

/// Where an account of New Relic has its data.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum NewRelicRegion {
    /// In the United States.
    #[default]
    Us,
    /// In the European Union.
    Eu,
}

/// How marks are made.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum NewRelicApi {
    /// With change tracking, over GraphQL. Takes user keys only.
    #[default]
    NerdGraph,
    /// With the older REST API (v2). Takes REST API keys and user keys.
    Rest,
}

/// The commit that a label names: `git-SHA-MILLISECONDS`, as Beanstalk's own tools once named what they
/// pushed. `None` for every other label.
pub fn commit_of(label: &str) -> Option<&str> {
    let (commit, time) = label.strip_prefix("git-")?.split_once('-')?;
    let hexadecimal = commit.bytes().all(|letter| letter.is_ascii_hexdigit());
    let number = !time.is_empty() && time.bytes().all(|letter| letter.is_ascii_digit());
    (hexadecimal && number && (7..=64).contains(&commit.len())).then_some(commit)
}

/// Where a person sees an execution of Step Functions in the console of AWS. `None` for what is no ARN of one.
pub fn execution_link(arn: &str) -> Option<String> {
    let mut parts = arn.splitn(7, ':');
    let (scheme, partition, service) = (parts.next()?, parts.next()?, parts.next()?);
    let (region, _account, kind) = (parts.next()?, parts.next()?, parts.next()?);
    if (scheme, service, kind) != ("arn", "states", "execution") || parts.next()?.is_empty() {
        return None;
    }
    let console = match partition {
        "aws" => format!("{region}.console.aws.amazon.com"),
        "aws-us-gov" => "console.amazonaws-us-gov.com".to_owned(),
        "aws-cn" => format!("{region}.console.amazonaws.cn"),
        _ => return None,
    };
    Some(format!("https://{console}/states/home?region={region}#/v2/executions/details/{arn}"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn settings(extra: &Value) -> NewRelic {
        let mut settings = json!({"application": "Demo QA", "apiKeySecret": "mist/new-relic"});
        for (field, value) in extra.as_object().into_iter().flatten() {
            settings[field] = value.clone();
        }
        serde_json::from_value(settings).unwrap()
    }

    #[test]
    fn new_relic_is_in_the_us_unless_it_is_said_to_be_elsewhere() {
        for (extra, expected) in [
            (json!({}), "https://api.newrelic.com/graphql"),
            (json!({"region": "eu"}), "https://api.eu.newrelic.com/graphql"),
            (json!({"api": "rest"}), "https://api.newrelic.com/v2"),
            (json!({"api": "rest", "region": "eu"}), "https://api.eu.newrelic.com/v2"),
            (json!({"region": "eu", "endpoint": "https://nr.test/v2/"}), "https://nr.test/v2"),
        ] {
            assert_eq!(settings(&extra).endpoint(), expected, "{extra}");
        }
    }

    #[test]
    fn a_label_of_the_git_kind_names_its_commit() {
        let commit = "6d119ce0c3b0f6c2d4a1f0b3d2c5e7f8a9b0c1d2";
        assert_eq!(commit_of(&format!("git-{commit}-1384962378123")), Some(commit));
        for label in ["v2", "git-6d119ce", "git-main-1384962378123", "git-6d119ce-", "git-6d-1"] {
            assert_eq!(commit_of(label), None, "{label}");
        }
    }

    #[test]
    fn an_execution_can_be_seen_in_the_console_of_its_partition() {
        let arn = "arn:aws:states:eu-west-1:111122223333:execution:blue-green:release-1";
        assert_eq!(
            execution_link(arn).unwrap(),
            "https://eu-west-1.console.aws.amazon.com/states/home?region=eu-west-1#/v2/executions/details/arn:aws:states:eu-west-1:111122223333:execution:blue-green:release-1"
        );
        let link = execution_link(&arn.replace("arn:aws:", "arn:aws-us-gov:")).unwrap();
        assert!(link.starts_with("https://console.amazonaws-us-gov.com/"), "{link}");
        let machine = "arn:aws:states:eu-west-1:111122223333:stateMachine:blue-green";
        for other in ["release-1", machine, "arn:aws-mars:states:x:1:execution:a:b"] {
            assert_eq!(execution_link(other), None, "{other}");
        }
    }
}
