//! The content of `mist.yaml`.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{
    names::StackName,
    stack::{
        helpers,
        settings::{ArtifactBucket, Stack, StackSettings},
        source::FETCHED,
    },
};

/// The content of `mist.yaml`. Keys that begin with `x-` are ignored: they hold what the file repeats, for its own anchors.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(extend("patternProperties" = {"^x-": true})))]
// The traits are implemented below, with the functions that are derived.
#[serde(rename_all = "camelCase", deny_unknown_fields, remote = "Self")]
pub struct Config {
    /// The Beanstalk application that all stacks run.
    pub application: String,
    /// The AWS region of the environments, such as `eu-west-1`.
    pub region: String,
    /// The bucket that bundles are uploaded to.
    pub artifacts: ArtifactBucket,
    /// The stacks by name.
    pub stacks: BTreeMap<StackName, StackSettings>,
}

impl<'de> Deserialize<'de> for Config {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(helpers::Ignoring(deserializer))
    }
}

impl Serialize for Config {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
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

    /// Checks what no single field shows: a prefix that no upload can have, and two stacks that share an
    /// environment or a domain. The error is the first problem, and names the field.
    pub fn check(&self) -> Result<(), String> {
        self.problems().into_iter().next().map_or(Ok(()), Err)
    }

    /// All problems that no single field shows. Each begins with its field and a colon.
    pub fn problems(&self) -> Vec<String> {
        let prefix = &self.artifacts.prefix;
        let first = prefix.split('/').next();
        let (versions, fetched) = (first == Some("versions"), first == Some(FETCHED));
        let form = format!(
            "artifacts.prefix: `{prefix}` must be parts with single slashes between them, and neither `.` nor `..`"
        );
        let whole = [
            (!is_prefix(prefix), form.as_str()),
            (versions, "artifacts.prefix: `versions/` is reserved for kept copies"),
            (fetched, "artifacts.prefix: `fetched/` is reserved for fetched bundles"),
            (self.application.is_empty(), "application: is empty"),
            (!is_bucket(&self.artifacts.bucket), "artifacts.bucket: is not a bucket name"),
            (!is_region(&self.region), "region: is not a region, such as `eu-west-1`"),
            (self.stacks.is_empty(), "stacks: is empty"),
        ];
        let wrong = whole.into_iter().filter(|(wrong, _)| *wrong);
        let mut problems: Vec<_> = wrong.map(|(_, problem)| problem.to_owned()).collect();
        let mut owners = BTreeMap::new();
        for (name, settings) in &self.stacks {
            let own = settings.check().err();
            problems.extend(own.map(|problem| format!("stacks.{name}.{problem}")));
            for claim in settings.claims() {
                if let Some(other) =
                    owners.insert(claim.clone(), name).filter(|other| *other != name)
                {
                    problems
                        .push(format!("stacks.{name}: {claim} belongs to stack `{other}` already"));
                }
            }
        }
        problems
    }
}

// The same as `ArtifactKey` requires of a key.
fn is_prefix(prefix: &str) -> bool {
    prefix.split('/').all(|part| !part.is_empty() && part != "." && part != "..")
}

// The rules of S3, except for names that look like IP addresses.
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

    /// The error for `value` in the field at `pointer`.
    fn refused(pointer: &str, value: Value) -> String {
        let mut config = given();
        let (parent, field) = pointer.rsplit_once('/').unwrap();
        config.pointer_mut(parent).unwrap()[field] = value;
        read(config).unwrap_err()
    }

    #[test]
    fn absent_fields_have_their_defaults() {
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
    fn refuses_an_unknown_field() {
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
    fn keys_that_begin_with_x_are_for_the_file_itself() {
        let mut config = given();
        config["x-warm"] = json!({"requests": 20, "any": ["thing"]});
        assert_eq!(read(config.clone()), read(given()));
        config["xwarm"] = json!({});
        let problem = read(config).unwrap_err();
        assert!(problem.contains("unknown field `xwarm`"), "{problem}");
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
    fn the_id_of_a_hosted_zone_is_taken_as_route_53_shows_it() {
        let mut config = given();
        config["stacks"]["QA"]["hostedZoneId"] = json!("/hostedzone/Z1");
        assert_eq!(read(config), read(given()));
    }

    #[test]
    fn a_name_in_other_letters_is_hinted_to_punycode() {
        assert_eq!(
            refused("/stacks/QA/domain", json!("qa.bücher.example")),
            "stacks.QA.domain: `qa.bücher.example` is not a domain name as Route 53 has it: write other letters in \
             punycode, such as `xn--bcher-kva.example`"
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
    fn refuses_a_stack_with_the_same_environment_twice() {
        assert_eq!(
            refused("/stacks/QA/environments/b", json!("Demo-QA-A")),
            "stacks.QA.environments: environments: `a` and `b` are both `Demo-QA-A`"
        );
    }

    #[test]
    fn refuses_two_stacks_that_share_an_environment_or_a_domain() {
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
    fn refuses_a_name_that_another_stack_moves() {
        for name in ["uat.mist.test", "www.uat.mist.test"] {
            let mut config = given();
            config["stacks"]["UAT"]["alsoKnownAs"] = json!(["www.uat.mist.test"]);
            config["stacks"]["QA"]["alsoKnownAs"] = json!([name]);
            assert_eq!(
                read(config).unwrap_err(),
                format!("stacks.UAT: domain `{name}` belongs to stack `QA` already")
            );
        }
    }

    #[test]
    fn names_all_problems_at_once() {
        let mut config = given();
        config["region"] = json!("mars");
        config["stacks"]["QA"]["hostedZoneId"] = json!("qa");
        config["stacks"]["UAT"]["domain"] = json!("qa.mist.test");
        let config: Config = serde_json::from_value(config).unwrap();
        assert_eq!(
            config.problems(),
            [
                "region: is not a region, such as `eu-west-1`",
                "stacks.QA.hostedZoneId: `qa` is not the id of a hosted zone",
                "stacks.UAT: domain `qa.mist.test` belongs to stack `QA` already",
            ]
        );
        assert_eq!(config.check().unwrap_err(), config.problems()[0]);
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
    fn refuses_settings_that_would_fail_during_a_release() {
        let cases = [
            ("/application", json!(""), "application: is empty"),
            ("/region", json!("mars"), "region: is not a region"),
            ("/artifacts/bucket", json!("No Bucket"), "artifacts.bucket: is not"),
            ("/artifacts/prefix", json!("versions"), "artifacts.prefix: `versions/`"),
            ("/artifacts/prefix", json!("fetched/x"), "artifacts.prefix: `fetched/`"),
            ("/stacks/QA/source", json!("github"), "stacks.QA.github: `source: github` requires"),
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
            ("/stacks", json!({}), "stacks: is empty"),
            ("/stacks/QA/hostedZoneId", json!("qa"), "stacks.QA.hostedZoneId: `qa`"),
            (
                "/stacks/QA/warmUp",
                json!({"basicAuthSecret": "other", "scheme": "https"}),
                "stacks.QA.warmUp.basicAuthSecret: must begin with `mist/`",
            ),
            (
                "/stacks/QA/warmUp",
                json!({"basicAuthSecret": "mist/qa"}),
                "stacks.QA.warmUp.basicAuthSecret: requires `scheme: https`",
            ),
            (
                "/stacks/QA/newRelic",
                json!({"application": "a", "apiKeySecret": "mist/k", "endpoint": "http://x"}),
                "stacks.QA.newRelic.endpoint: must begin with",
            ),
        ];
        for (pointer, value, problem) in cases {
            let message = refused(pointer, value);
            assert!(message.starts_with(problem), "{message}");
        }
    }
}
