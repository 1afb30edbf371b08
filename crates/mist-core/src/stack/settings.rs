//! A stack: one DNS name, and the two environments that its record can point to.

use serde::{Deserialize, Deserializer, Serialize};

use crate::{
    beanstalk::health::AllowedHealth,
    dns::names::StackNames,
    names::{DomainName, EnvironmentName, RecordName, StackName},
    stack::{
        bake::BakeSettings,
        dns_names,
        lock::LockSettings,
        new_relic::NewRelic,
        ranged::Ranged,
        side::Side,
        source::{GitHub, Source},
        warm_up::{Scheme, WarmUp},
    },
    url::is_secure,
};

pub use super::dns_names::RecordSettings;

/// A stack with all settings of a release.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Stack {
    /// Its name: `QA`, `UAT`, `LIVE`.
    pub name: StackName,
    /// The Beanstalk application that it runs.
    pub application: String,
    /// The AWS region of its environments.
    pub region: String,
    /// The bucket that its bundles are uploaded to.
    pub artifacts: ArtifactBucket,
    /// The settings that differ from stack to stack.
    pub settings: StackSettings,
}

impl Stack {
    /// The names whose records decide which environment is live.
    pub fn names(&self) -> StackNames {
        let StackSettings { domain, hosted_zone_id, record, also_known_as, fixed_names, .. } =
            &self.settings;
        StackNames {
            zone: hosted_zone_id.clone(),
            name: domain.clone(),
            kind: record.kind,
            also_known_as: also_known_as.clone(),
            fixed_names: fixed_names.clone(),
        }
    }

    /// The address for its users.
    pub fn url(&self) -> String {
        format!("{}://{}", self.settings.warm_up.scheme.as_str(), self.settings.domain)
    }

    /// The side of `environment`; `None` if it does not belong to the stack.
    pub fn side_of(&self, environment: &EnvironmentName) -> Option<Side> {
        Side::BOTH.into_iter().find(|side| self.settings.environments.on(*side) == environment)
    }
}

/// The bucket that bundles are uploaded to.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ArtifactBucket {
    /// The S3 bucket.
    pub bucket: String,
    /// The prefix of keys, without slashes at its ends. An upload to `PREFIX/STACK/LABEL.zip` starts a release.
    #[serde(default = "default_prefix")]
    pub prefix: String,
}

fn default_prefix() -> String {
    "releases".to_owned()
}

/// The settings of one stack in `mist.yaml`.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StackSettings {
    /// The DNS name for users, such as `qa.example.com`.
    pub domain: DomainName,
    /// The other DNS names for users in the same hosted zone, such as `www.example.com`: at most 20. Their records move
    /// with that of `domain`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(length(max = 20)))]
    pub also_known_as: Vec<DomainName>,
    /// The names in the hosted zone that point to one of the environments on purpose, such as `blue.example.com`. mist
    /// neither moves nor refuses them, and never checks whether their environment is in use.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fixed_names: Vec<RecordName>,
    /// The id of the Route 53 hosted zone that holds these names, such as `Z0123456789ABC`. `/hostedzone/` may be before it.
    #[serde(deserialize_with = "zone_id")]
    pub hosted_zone_id: String,
    /// The form of the DNS record.
    #[serde(default)]
    pub record: RecordSettings,
    /// The two environments.
    pub environments: Environments,
    /// The longest time that a deployment may take, in seconds: 1 to 5400.
    #[serde(default = "default_deploy_timeout")]
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 5400)))]
    pub deploy_timeout_seconds: Ranged<1, 5400>,
    /// The longest time that a deployed environment may take to become healthy, in seconds: 0 to 900.
    #[serde(default = "default_health_grace")]
    #[cfg_attr(feature = "schema", schemars(range(min = 0, max = 900)))]
    pub health_grace_seconds: Ranged<0, 900>,
    /// The time that a deployed environment must have been healthy without a break, in seconds: 0 to 900.
    #[serde(default = "default_health_stable")]
    #[cfg_attr(feature = "schema", schemars(range(min = 0, max = 900)))]
    pub health_stable_seconds: Ranged<0, 900>,
    /// The health statuses with which a version may go live and stay live.
    #[serde(default)]
    pub allowed_health: AllowedHealth,
    /// The requests that an environment must answer before it goes live.
    #[serde(default)]
    pub warm_up: WarmUp,
    /// The longest time after a swap until users reach the new environment by the stack's name, in seconds: 10 to
    /// 900.
    #[serde(default = "default_verify")]
    #[cfg_attr(feature = "schema", schemars(range(min = 10, max = 900)))]
    pub verify_seconds: Ranged<10, 900>,
    /// The settings of the bake: how a version is watched after it went live.
    #[serde(default)]
    pub bake: BakeSettings,
    /// The time after a swap that the old environment stays unchanged, in seconds: 0 to 86400. The former TTL of the
    /// record is added, since DNS caches hold the name of the environment as well.
    #[serde(default = "default_drain")]
    #[cfg_attr(feature = "schema", schemars(range(min = 0, max = 86400)))]
    pub drain_seconds: Ranged<0, 86400>,
    /// Whether an environment gets at least the capacity of the live one before it goes live.
    #[serde(default = "default_match_size")]
    pub match_size: bool,
    /// The settings of the lock that the releases of the stack share.
    #[serde(default)]
    pub lock: LockSettings,
    /// The settings of New Relic, where mist makes markers. Absent: mist makes none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_relic: Option<NewRelic>,
    /// The source of the version if a request names none: `s3` by default.
    #[serde(default, skip_serializing_if = "Source::is_default")]
    pub source: Source,
    /// The repository of source `github`. Without that source, only a request with a ref uses it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub github: Option<GitHub>,
}

impl StackSettings {
    /// What only one stack can have, for messages: its environments and the names that it moves.
    pub fn claims(&self) -> Vec<String> {
        let environments = Side::BOTH.map(|side| self.environments.on(side));
        let mut claims: Vec<_> =
            environments.map(|environment| format!("environment `{environment}`")).into();
        let names = std::iter::once(&self.domain).chain(&self.also_known_as);
        claims.extend(names.map(|name| format!("domain `{name}`")));
        claims
    }

    /// Checks what no single field shows, and what would otherwise fail during a release. The error names the field.
    pub(crate) fn check(&self) -> Result<(), String> {
        let zone = &self.hosted_zone_id;
        if !zone.starts_with('Z') || !zone.chars().all(|letter| letter.is_ascii_alphanumeric()) {
            return Err(format!("hostedZoneId: `{zone}` is not the id of a hosted zone"));
        }
        dns_names::check(&self.domain, &self.also_known_as, &self.fixed_names)?;
        let password = self.warm_up.basic_auth_secret.as_deref();
        let key = self.new_relic.as_ref().map(|it| it.api_key_secret.as_str());
        for (field, secret) in
            [("warmUp.basicAuthSecret", password), ("newRelic.apiKeySecret", key)]
        {
            if secret.is_some_and(|secret| !secret.starts_with("mist/")) {
                return Err(format!(
                    "{field}: must begin with `mist/`: mist may read no other secret"
                ));
            }
        }
        if password.is_some() && self.warm_up.scheme == Scheme::Http {
            return Err("warmUp.basicAuthSecret: requires `scheme: https`; over `http`, the password can be read".to_owned());
        }
        let endpoint = self.new_relic.as_ref().map(NewRelic::endpoint);
        if endpoint.is_some_and(|endpoint| !is_secure(endpoint)) {
            return Err(
                "newRelic.endpoint: must begin with `https://`, to protect the key".to_owned()
            );
        }
        if let Some(github) = &self.github {
            github.check()?;
        } else if self.source == Source::Github {
            return Err("github: `source: github` requires `github.repository`".to_owned());
        }
        Ok(())
    }
}

/// An id without the part that Route 53 puts before it in its answers.
fn zone_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let id = String::deserialize(deserializer)?;
    Ok(id.strip_prefix("/hostedzone/").map_or(id.clone(), str::to_owned))
}

fn default_deploy_timeout() -> Ranged<1, 5400> {
    Ranged::new(2700)
}

fn default_health_grace() -> Ranged<0, 900> {
    Ranged::new(120)
}

fn default_health_stable() -> Ranged<0, 900> {
    Ranged::new(30)
}

fn default_verify() -> Ranged<10, 900> {
    Ranged::new(180)
}

fn default_match_size() -> bool {
    true
}

// The TTL that Beanstalk gives the names of environments.
fn default_drain() -> Ranged<0, 86400> {
    Ranged::new(60)
}

/// The two environments of a stack.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "EnvironmentPair")]
pub struct Environments {
    /// The environment of side A.
    pub a: EnvironmentName,
    /// The environment of side B: another one than that of side A.
    pub b: EnvironmentName,
}

impl Environments {
    /// The environment of `side`.
    pub fn on(&self, side: Side) -> &EnvironmentName {
        match side {
            Side::A => &self.a,
            Side::B => &self.b,
        }
    }
}

/// [`Environments`] before they are compared.
#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct EnvironmentPair {
    a: EnvironmentName,
    b: EnvironmentName,
}

impl TryFrom<EnvironmentPair> for Environments {
    type Error = String;

    fn try_from(EnvironmentPair { a, b }: EnvironmentPair) -> Result<Self, String> {
        if a == b {
            return Err(format!("environments: `a` and `b` are both `{a}`"));
        }
        Ok(Self { a, b })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::dns::record::RecordType;

    fn given() -> Value {
        json!({
            "name": "QA",
            "application": "Demo",
            "region": "us-east-1",
            "artifacts": {"bucket": "artifacts"},
            "settings": {
                "domain": "qa.mist.test",
                "hostedZoneId": "Z1",
                "environments": {"a": "Demo-QA-A", "b": "Demo-QA-B"}
            }
        })
    }

    fn read(stack: Value) -> Result<Stack, String> {
        serde_path_to_error::deserialize(stack).map_err(|error| error.to_string())
    }

    #[test]
    fn each_environment_has_its_side() {
        let stack = read(given()).unwrap();
        for (side, name) in [(Side::A, "Demo-QA-A"), (Side::B, "Demo-QA-B")] {
            let environment = name.parse().unwrap();
            assert_eq!(stack.settings.environments.on(side), &environment);
            assert_eq!(stack.side_of(&environment), Some(side));
        }
        assert_eq!(stack.side_of(&"Demo-UAT-A".parse().unwrap()), None);
    }

    #[test]
    fn the_record_is_a_cname_unless_it_is_configured_as_an_alias() {
        let mut stack = given();
        assert_eq!(read(stack.clone()).unwrap().names().kind, RecordType::Cname);
        stack["settings"]["record"] = json!({"type": "ALIAS"});
        assert_eq!(read(stack.clone()).unwrap().names().kind, RecordType::Alias);
        stack["settings"]["record"] = json!({"type": "alias"});
        let problem = read(stack).unwrap_err();
        assert!(problem.starts_with("settings.record.type: unknown variant `alias`"), "{problem}");
    }

    #[test]
    fn refuses_the_same_environment_twice() {
        let mut stack = given();
        stack["settings"]["environments"]["b"] = json!("Demo-QA-A");
        let problem = read(stack).unwrap_err();
        assert!(problem.starts_with("settings.environments: "), "{problem}");
        assert!(problem.ends_with("`a` and `b` are both `Demo-QA-A`"), "{problem}");
    }

    #[test]
    fn refuses_an_unknown_field() {
        let mut stack = given();
        stack["settings"]["newRelic"] =
            json!({"application": "Demo QA", "apiKeySecret": "mist/new-relic", "apiKey": "x"});
        let problem = read(stack).unwrap_err();
        assert!(problem.starts_with("settings.newRelic.apiKey: unknown field"), "{problem}");
    }
}
