//! What `mist.yaml` says.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    names::StackName,
    stack::{
        settings::{ArtifactBucket, Stack, StackSettings},
        source::FETCHED,
    },
};

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

    /// What reading alone does not tell: a prefix that no upload can have, and two stacks that would
    /// fight over one environment or name.
    pub fn check(&self) -> Result<(), String> {
        let prefix = &self.artifacts.prefix;
        if !is_prefix(prefix) {
            return Err(format!(
                "artifacts.prefix: `{prefix}` must be parts with single slashes between them, \
                 and neither `.` nor `..`"
            ));
        }
        let first = prefix.split('/').next();
        let (versions, fetched) = (first == Some("versions"), first == Some(FETCHED));
        for (wrong, problem) in [
            (versions, "artifacts.prefix: `versions/` is where mist keeps what it deploys"),
            (fetched, "artifacts.prefix: `fetched/` is where mist puts what it fetches"),
            (self.application.is_empty(), "application: is empty"),
            (!is_bucket(&self.artifacts.bucket), "artifacts.bucket: is not the name of a bucket"),
            (!is_region(&self.region), "region: is not one, such as `eu-west-1`"),
            (self.stacks.is_empty(), "stacks: there is none"),
        ] {
            if wrong {
                return Err(problem.to_owned());
            }
        }
        let mut owners = BTreeMap::new();
        for (name, settings) in &self.stacks {
            settings.check().map_err(|problem| format!("stacks.{name}.{problem}"))?;
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

// The same that `ArtifactKey` asks of a key.
fn is_prefix(prefix: &str) -> bool {
    prefix.split('/').all(|part| !part.is_empty() && part != "." && part != "..")
}

// The rules of S3, but for the rare names that only look like addresses.
fn is_bucket(name: &str) -> bool {
    let allowed = |letter: char| {
        letter.is_ascii_lowercase() || letter.is_ascii_digit() || ".-".contains(letter)
    };
    (3..=63).contains(&name.len()) && name.chars().all(allowed)
}

fn is_region(name: &str) -> bool {
    let parts: Vec<_> = name.split('-').collect();
    let words = |part: &&str| !part.is_empty() && part.chars().all(|it| it.is_ascii_lowercase());
    let number = |part: &str| part.len() == 1 && part.chars().all(|it| it.is_ascii_digit());
    parts.len() >= 3
        && parts[..parts.len() - 1].iter().all(words)
        && parts.last().is_some_and(|part| number(part))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn given() -> Value {
        json!({
            "application": "Demo",
            "region": "us-east-1",
            "artifacts": {"bucket": "artifacts"},
            "stacks": {
                "QA": {
                    "domain": "qa.mist.test",
                    "hostedZoneId": "Z1",
                    "environments": {"a": "Demo-QA-A", "b": "Demo-QA-B"}
                },
                "UAT": {
                    "domain": "uat.mist.test",
                    "hostedZoneId": "Z1",
                    "environments": {"a": "Demo-UAT-A", "b": "Demo-UAT-B"}
                }
            }
        })
    }

    /// Reads `config` and checks it, as the command line does.
    fn read(config: Value) -> Result<Config, String> {
        let config: Config =
            serde_path_to_error::deserialize(config).map_err(|error| error.to_string())?;
        config.check()?;
        Ok(config)
    }

    /// What is wrong when the field at `pointer` is `value`.
    fn refused(pointer: &str, value: Value) -> String {
        let mut config = given();
        let (parent, field) = pointer.rsplit_once('/').unwrap();
        config.pointer_mut(parent).unwrap()[field] = value;
        read(config).unwrap_err()
    }

    #[test]
    fn what_is_not_said_is_as_usual() {
        let config = read(given()).unwrap();
        let stacks: Vec<_> = config.stacks().collect();
        let names: Vec<_> = stacks.iter().map(|stack| stack.name.as_str()).collect();
        assert_eq!(names, ["QA", "UAT"]);
        let Stack { application, artifacts, settings, .. } = &stacks[0];
        assert_eq!((application.as_str(), artifacts.prefix.as_str()), ("Demo", "releases"));
        assert_eq!(settings.record.kind, crate::dns::record::RecordType::Cname);
        assert_eq!(settings.record.ttl_seconds.get(), 60);
        assert_eq!(settings.deploy_timeout_seconds.get(), 2700);
        assert_eq!(settings.health_grace_seconds.get(), 120);
        assert_eq!(settings.warm_up, crate::stack::warm_up::WarmUp::default());
    }

    #[test]
    fn refuses_a_field_that_it_does_not_know() {
        for pointer in [
            "/aplication",
            "/artifacts/folder",
            "/stacks/QA/dns",
            "/stacks/QA/environments/c",
            "/stacks/QA/record/ttl",
            "/stacks/QA/warmUp/path",
        ] {
            let mut config = given();
            config["stacks"]["QA"]["record"] = json!({});
            config["stacks"]["QA"]["warmUp"] = json!({});
            let (parent, field) = pointer.rsplit_once('/').unwrap();
            config.pointer_mut(parent).unwrap()[field] = json!("x");
            let problem = read(config).unwrap_err();
            assert!(problem.contains(&format!("unknown field `{field}`")), "{problem}");
        }
    }

    #[test]
    fn refuses_a_value_that_is_out_of_range() {
        let qa = "/stacks/QA";
        for (pointer, value, problem) in [
            ("deployTimeoutSeconds", 0, "0 is not from 1 to 5400"),
            ("deployTimeoutSeconds", 5401, "5401 is not from 1 to 5400"),
            ("healthGraceSeconds", 901, "901 is not from 0 to 900"),
        ] {
            assert_eq!(
                refused(&format!("{qa}/{pointer}"), json!(value)),
                format!("stacks.QA.{pointer}: {problem}")
            );
        }
        assert_eq!(
            refused("/stacks/QA/record", json!({"ttlSeconds": 0})),
            "stacks.QA.record.ttlSeconds: 0 is not from 1 to 86400"
        );
        assert_eq!(
            refused("/stacks/QA/warmUp", json!({"requests": 10_001})),
            "stacks.QA.warmUp.requests: 10001 is not from 1 to 10000"
        );
    }

    #[test]
    fn refuses_names_that_aws_would_refuse() {
        assert_eq!(
            refused("/stacks/QA/environments/a", json!("x")),
            "stacks.QA.environments.a: `x` is not an environment name: \
             4 to 40 letters, digits and inner hyphens"
        );
        assert_eq!(
            refused("/stacks/QA/domain", json!("qa.mist.test.")),
            "stacks.QA.domain: `qa.mist.test.` is not a domain name in lower case, \
             such as `qa.example.com`"
        );
        assert_eq!(
            refused("/stacks/Q A", given()["stacks"]["QA"].clone()),
            "stacks.Q A: `Q A` is not a stack name: 1 to 32 letters, digits and hyphens"
        );
    }

    #[test]
    fn refuses_a_stack_whose_sides_are_the_same() {
        assert_eq!(
            refused("/stacks/QA/environments/b", json!("Demo-QA-A")),
            "stacks.QA.environments: environments: `a` and `b` are both `Demo-QA-A`"
        );
    }

    #[test]
    fn refuses_two_stacks_that_share_an_environment_or_a_name() {
        assert_eq!(
            refused("/stacks/UAT/environments/b", json!("Demo-QA-A")),
            "stacks.UAT: environment `Demo-QA-A` belongs to stack `QA` already"
        );
        assert_eq!(
            refused("/stacks/UAT/domain", json!("qa.mist.test")),
            "stacks.UAT: domain `qa.mist.test` belongs to stack `QA` already"
        );
    }

    #[test]
    fn refuses_a_prefix_that_no_upload_can_have() {
        for prefix in ["", "/releases", "releases/", "a//b", "../releases", "a/./b"] {
            assert_eq!(
                refused("/artifacts/prefix", json!(prefix)),
                format!(
                    "artifacts.prefix: `{prefix}` must be parts with single slashes between them, \
                     and neither `.` nor `..`"
                )
            );
        }
        let mut config = given();
        config["artifacts"]["prefix"] = json!("releases/web");
        read(config).unwrap();
    }

    #[test]
    fn refuses_what_would_only_fail_in_the_middle_of_a_release() {
        let cases = [
            ("/application", json!(""), "application: is empty"),
            ("/region", json!("mars"), "region: is not one"),
            ("/artifacts/bucket", json!("No Bucket"), "artifacts.bucket: is not"),
            ("/artifacts/prefix", json!("versions"), "artifacts.prefix: `versions/`"),
            ("/artifacts/prefix", json!("fetched/x"), "artifacts.prefix: `fetched/`"),
            ("/stacks/QA/source", json!("github"), "stacks.QA.github: `source: github` needs"),
            ("/stacks/QA/source", json!("ftp"), "stacks.QA.source: unknown variant"),
            (
                "/stacks/QA/github",
                json!({"repository": "shop"}),
                "stacks.QA.github.repository: `shop` is not a repository",
            ),
            (
                "/stacks/QA/github",
                json!({"repository": "demo/shop", "tokenSecret": "github"}),
                "stacks.QA.github.tokenSecret: must begin with `mist/github`",
            ),
            (
                "/stacks/QA/github",
                json!({"repository": "demo/shop", "apiUrl": "http://x"}),
                "stacks.QA.github.apiUrl: must begin with",
            ),
            ("/stacks", json!({}), "stacks: there is none"),
            ("/stacks/QA/hostedZoneId", json!("qa"), "stacks.QA.hostedZoneId: `qa`"),
            (
                "/stacks/QA/warmUp",
                json!({"basicAuthSecret": "other", "scheme": "https"}),
                "stacks.QA.warmUp.basicAuthSecret: mist may read",
            ),
            (
                "/stacks/QA/warmUp",
                json!({"basicAuthSecret": "mist/qa"}),
                "stacks.QA.warmUp.basicAuthSecret: over `http`",
            ),
            (
                "/stacks/QA/newRelic",
                json!({"application": "a", "apiKeySecret": "mist/k", "endpoint": "http://x"}),
                "stacks.QA.newRelic.endpoint: must begin with",
            ),
        ];
        for (pointer, value, problem) in cases {
            let told = refused(pointer, value);
            assert!(told.starts_with(problem), "{told}");
        }
    }
}
