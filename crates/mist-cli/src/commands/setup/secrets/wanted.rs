//! The secrets that the configuration names, and the values that the environment variables have for them.

use std::collections::{BTreeMap, BTreeSet};

use mist_core::stack::settings::Stack;
use secrecy::SecretString;

use crate::commands::setup::variables::Variables;

/// The subject of the findings.
pub(crate) const ABOUT: &str = "secrets";

/// The name of the secret with the keys for Route 53.
pub(crate) const DNS: &str = "mist-dns/route53";

/// A secret that mist needs.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// The name of the secret.
    pub(crate) id: String,
    /// The contents, for a person; also the description of the secret.
    pub(super) what: &'static str,
    /// The variables that the secret is stored from; empty if a person must create it.
    pub(super) variables: &'static str,
    /// The value of these variables.
    pub(super) value: Option<SecretString>,
}

/// The secrets that `stacks` name, and those that `variables` are set for. Each is listed once.
pub(crate) fn wanted(stacks: &[Stack], variables: &Variables) -> Vec<Wanted> {
    let values = Values::new(stacks, variables);
    let mut found = BTreeMap::new();
    for wanted in stacks.iter().flat_map(|stack| values.of(stack)) {
        found.entry(wanted.id.clone()).or_insert(wanted);
    }
    if let Some(keys) = &variables.dns {
        let wanted = Wanted {
            id: DNS.to_owned(),
            what: "The keys for Route 53",
            variables: "AWS_DNS_ACCESS_KEY_ID and AWS_DNS_SECRET_ACCESS_KEY",
            value: Some(keys.to_text()),
        };
        found.entry(wanted.id.clone()).or_insert(wanted);
    }
    found.into_values().collect()
}

/// The values of the variables that belong to secrets of stacks.
struct Values {
    new_relic: Option<SecretString>,
    github: Option<SecretString>,
}

impl Values {
    fn new(stacks: &[Stack], variables: &Variables) -> Self {
        let keys = stacks
            .iter()
            .filter_map(|it| Some(it.settings.new_relic.as_ref()?.api_key_secret.as_str()));
        let tokens =
            stacks.iter().filter_map(|it| Some(it.settings.github.as_ref()?.token_secret.as_str()));
        Self {
            new_relic: if_unambiguous(variables.new_relic.as_ref(), keys),
            github: if_unambiguous(variables.github.as_ref(), tokens),
        }
    }

    /// The secrets that `stack` names.
    fn of(&self, stack: &Stack) -> Vec<Wanted> {
        let settings = &stack.settings;
        let new_relic = settings.new_relic.as_ref().map(|new_relic| Wanted {
            id: new_relic.api_key_secret.clone(),
            what: "The user key of New Relic",
            variables: "NEWRELIC_API_KEY",
            value: self.new_relic.clone(),
        });
        let github = settings.github.as_ref().map(|github| Wanted {
            id: github.token_secret.clone(),
            what: "The token for GitHub",
            variables: "GITHUB_ACCESS_TOKEN",
            value: self.github.clone(),
        });
        let basic_auth = settings.warm_up.basic_auth_secret.as_ref().map(|id| Wanted {
            id: id.clone(),
            what: "USER:PASSWORD for the warm-up",
            variables: "",
            value: None,
        });
        [new_relic, github, basic_auth].into_iter().flatten().collect()
    }
}

// With several secrets it is ambiguous which one the variable is for, and its value must not reach the service of
// another.
fn if_unambiguous<'a>(
    value: Option<&SecretString>,
    secrets: impl Iterator<Item = &'a str>,
) -> Option<SecretString> {
    let different: BTreeSet<_> = secrets.collect();
    value.filter(|_| different.len() == 1).cloned()
}

#[cfg(test)]
mod tests {
    use mist_aws::credentials::KeyPair;
    use mist_testkit::stack;

    use super::*;

    #[test]
    fn a_variable_that_is_ambiguous_is_for_no_secret() {
        let mut uat = stack().unwrap();
        uat.name = "UAT".parse().unwrap();
        if let Some(new_relic) = &mut uat.settings.new_relic {
            new_relic.api_key_secret = "mist/new-relic-eu".to_owned();
        }
        let variables = Variables { new_relic: Some("NRAK-1".into()), ..Variables::default() };
        let both = wanted(&[stack().unwrap(), uat], &variables);
        assert!(both.iter().all(|it| it.value.is_none()), "{both:?}");
        let one = wanted(&[stack().unwrap()], &variables);
        assert!(one.iter().all(|it| it.value.is_some()), "{one:?}");
    }

    #[test]
    fn a_secret_that_two_stacks_share_is_listed_once() {
        let mut uat = stack().unwrap();
        uat.name = "UAT".parse().unwrap();
        uat.settings.warm_up.basic_auth_secret = Some("mist/uat/basic-auth".to_owned());
        let keys = KeyPair::new("AKIA1".to_owned(), "secret".into());
        let variables = Variables { dns: Some(keys), ..Variables::default() };
        let wanted = wanted(&[stack().unwrap(), uat], &variables);
        let ids: Vec<_> = wanted.iter().map(|it| it.id.as_str()).collect();
        assert_eq!(ids, ["mist-dns/route53", "mist/new-relic", "mist/uat/basic-auth"]);
    }
}
