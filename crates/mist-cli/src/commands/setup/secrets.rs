//! The secrets that the configuration refers to: which must be there, and which can be stored.

use std::collections::{BTreeMap, BTreeSet};

use mist_aws::{SecretsManager, secrets::Kept};
use mist_core::{error::Error, ports::Secrets, stack::settings::Stack};
use secrecy::{ExposeSecret as _, SecretString};

use super::{finding::Finding, report::Report, variables::Variables};

/// What the findings are about.
pub(super) const ABOUT: &str = "secrets";

/// Where the keys for Route 53 are kept.
pub(in crate::commands) const DNS: &str = "mist-dns/route53";

/// A secret that somebody needs.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    /// Its name.
    pub(super) id: String,
    /// What it is, for a person: its description as well.
    pub(super) what: &'static str,
    /// The variables that it is stored from; empty where a person must make it.
    pub(super) variables: &'static str,
    /// What these variables hold.
    pub(super) value: Option<SecretString>,
}

/// What must be done about a secret.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Step {
    /// Make it.
    Create,
    /// Have it back, with the value that is given.
    Restore,
    /// Give it the value that is given.
    Replace,
}

/// The secrets that `stacks` refer to, and those that `variables` are given for. Each is there once.
pub(super) fn wanted(stacks: &[Stack], variables: &Variables) -> Vec<Wanted> {
    let mut found = BTreeMap::new();
    let mut add = |wanted: Wanted| {
        found.entry(wanted.id.clone()).or_insert(wanted);
    };
    let keys = stacks
        .iter()
        .filter_map(|it| Some(it.settings.new_relic.as_ref()?.api_key_secret.as_str()));
    let new_relic_key = only_for_one(variables.new_relic.as_ref(), keys);
    let tokens =
        stacks.iter().filter_map(|it| Some(it.settings.github.as_ref()?.token_secret.as_str()));
    let github_token = only_for_one(variables.github.as_ref(), tokens);
    for stack in stacks {
        if let Some(new_relic) = &stack.settings.new_relic {
            add(Wanted {
                id: new_relic.api_key_secret.clone(),
                what: "The user key of New Relic",
                variables: "NEWRELIC_API_KEY",
                value: new_relic_key.clone(),
            });
        }
        if let Some(github) = &stack.settings.github {
            add(Wanted {
                id: github.token_secret.clone(),
                what: "The token for GitHub",
                variables: "GITHUB_ACCESS_TOKEN",
                value: github_token.clone(),
            });
        }
        if let Some(id) = &stack.settings.warm_up.basic_auth_secret {
            let what = "USER:PASSWORD for the warm-up";
            add(Wanted { id: id.clone(), what, variables: "", value: None });
        }
    }
    if let Some(keys) = &variables.dns {
        add(Wanted {
            id: DNS.to_owned(),
            what: "The keys for Route 53",
            variables: "AWS_DNS_ACCESS_KEY_ID and AWS_DNS_SECRET_ACCESS_KEY",
            value: Some(keys.to_text()),
        });
    }
    found.into_values().collect()
}

// Of several secrets nobody knows which one the value of a variable is for, and it must not reach the
// service of another.
fn only_for_one<'a>(
    value: Option<&SecretString>,
    secrets: impl Iterator<Item = &'a str>,
) -> Option<SecretString> {
    let different: BTreeSet<_> = secrets.collect();
    value.filter(|_| different.len() == 1).cloned()
}

/// What `steps` are going to store, by the name of the secret: with that, and else with what is stored, the
/// services are asked, as the functions will.
pub(super) fn pending(steps: &[(Wanted, Step)]) -> BTreeMap<String, SecretString> {
    let value = |(wanted, _): &(Wanted, Step)| Some((wanted.id.clone(), wanted.value.clone()?));
    steps.iter().filter_map(value).collect()
}

/// `given`, the value that is going to be stored as secret `id`, or else the one that is.
pub(super) async fn given_or_stored(
    given: Option<&SecretString>,
    secrets: &impl Secrets,
    id: &str,
) -> Result<SecretString, Error> {
    match given {
        Some(value) => Ok(value.clone()),
        None => secrets.read(id).await,
    }
}

/// Looks at each of `wanted`, tells how it is, and what must be done about it.
pub(super) async fn check(
    secrets: &SecretsManager,
    wanted: Vec<Wanted>,
    replace: bool,
    report: &mut Report,
) -> Vec<(Wanted, Step)> {
    let mut steps = Vec::new();
    for wanted in wanted {
        match look(secrets, &wanted).await {
            Ok((kept, same)) => {
                let (step, finding) = decide(&wanted, kept, same, replace);
                report.add([finding]);
                steps.extend(step.map(|step| (wanted, step)));
            }
            Err((action, error)) => {
                report.add([Finding::failed(ABOUT, &wanted.id, action, &error)]);
            }
        }
    }
    steps
}

// A value is read only where there is another one to compare it with.
async fn look(
    secrets: &SecretsManager,
    wanted: &Wanted,
) -> Result<(Option<Kept>, bool), (&'static str, Error)> {
    let kept = secrets.look(&wanted.id).await;
    let kept = kept.map_err(|error| ("secretsmanager:DescribeSecret", error))?;
    let (Some(Kept { removed: false, .. }), Some(value)) = (kept, &wanted.value) else {
        return Ok((kept, false));
    };
    let stored = secrets.read(&wanted.id).await;
    let stored = stored.map_err(|error| ("secretsmanager:GetSecretValue", error))?;
    Ok((kept, stored.expose_secret() == value.expose_secret()))
}

/// What must be done about a secret that was found as `kept` says, with the `same` value or another one.
fn decide(
    wanted: &Wanted,
    kept: Option<Kept>,
    same: bool,
    replace: bool,
) -> (Option<Step>, Finding) {
    let Wanted { id, variables, value, .. } = wanted;
    let good = |found: String| Finding::good(ABOUT, id, found);
    match (kept, value) {
        (None, Some(_)) => {
            (Some(Step::Create), good(format!("is not there yet; {variables} is to be stored")))
        }
        (None, None) => {
            let found = format!("is not there: {}", wanted.what);
            (None, Finding::blocking(ABOUT, id, found, by_hand(wanted)))
        }
        (Some(Kept { removed: true, ours: true }), Some(_)) => {
            let found = format!("was removed; it is to be had back, with {variables}");
            (Some(Step::Restore), good(found))
        }
        (Some(Kept { removed: true, .. }), _) => {
            let remedy = format!("aws secretsmanager restore-secret --secret-id {id}");
            (None, Finding::blocking(ABOUT, id, "was removed, and can be had back", remedy))
        }
        (Some(_), None) => (None, good("is there".to_owned())),
        (Some(_), Some(_)) if same => (None, good(format!("is there, as {variables} says"))),
        (Some(_), Some(_)) if replace => {
            let found = format!("has another value, which {variables} is to replace");
            (Some(Step::Replace), good(found))
        }
        (Some(_), Some(_)) => {
            let found = format!("has another value than {variables}; it was left as it is");
            let remedy = "--replace-secrets, if the value of the environment is the right one";
            (None, Finding::warning(ABOUT, id, found, remedy))
        }
    }
}

fn by_hand(wanted: &Wanted) -> String {
    let Wanted { id, variables, .. } = wanted;
    let command = format!("aws secretsmanager create-secret --name {id} --secret-string …");
    if variables.is_empty() {
        return format!("make it: {command}");
    }
    format!("set {variables} and run this again, or make it: {command}")
}

/// Takes each of `steps`, and tells.
pub(super) async fn store(
    secrets: &SecretsManager,
    steps: Vec<(Wanted, Step)>,
    report: &mut Report,
) {
    for (wanted, step) in steps {
        let Some(value) = &wanted.value else { continue };
        let id = &wanted.id;
        let (action, done) = match step {
            Step::Create => {
                ("secretsmanager:CreateSecret", secrets.create(id, value, wanted.what).await)
            }
            Step::Replace => ("secretsmanager:PutSecretValue", secrets.replace(id, value).await),
            Step::Restore => match secrets.restore(id).await {
                Ok(()) => ("secretsmanager:PutSecretValue", secrets.replace(id, value).await),
                failed @ Err(_) => ("secretsmanager:RestoreSecret", failed),
            },
        };
        match done {
            Ok(()) => {
                report.stored(format!(
                    "secret {id} was stored from {}{}",
                    wanted.variables,
                    used_if(id)
                ));
            }
            Err(error) => report.add([Finding::failed(ABOUT, id, action, &error)]),
        }
    }
}

// Only the functions that touch DNS may read that one, and only where the template was told to let them.
fn used_if(id: &str) -> &'static str {
    if id == DNS { "; functions read it if DnsSecretName of the template names it" } else { "" }
}

#[cfg(test)]
mod tests {
    use mist_aws::credentials::KeyPair;
    use mist_testkit::stack;

    use super::{super::finding::Verdict, *};

    const THERE: Kept = Kept { ours: true, removed: false };

    fn key(value: Option<&str>) -> Wanted {
        Wanted {
            id: "mist/new-relic".to_owned(),
            what: "The user key of New Relic",
            variables: "NEWRELIC_API_KEY",
            value: value.map(|value| SecretString::from(value.to_owned())),
        }
    }

    fn decided(
        value: Option<&str>,
        kept: Option<Kept>,
        same: bool,
        replace: bool,
    ) -> (Option<Step>, Verdict) {
        let (step, finding) = decide(&key(value), kept, same, replace);
        let told = format!("{finding:?}");
        assert!(!told.contains("NRAK"), "{told}");
        (step, finding.verdict)
    }

    #[test]
    fn what_is_not_there_is_stored_or_blocks() {
        let stored = decided(Some("NRAK-1"), None, false, false);
        assert_eq!(stored, (Some(Step::Create), Verdict::Good));
        assert_eq!(decided(None, None, false, false), (None, Verdict::Blocking));
    }

    #[test]
    fn the_same_value_is_left_and_another_one_is_replaced_only_when_asked() {
        assert_eq!(decided(Some("NRAK-1"), Some(THERE), true, true), (None, Verdict::Good));
        assert_eq!(decided(Some("NRAK-1"), Some(THERE), false, false), (None, Verdict::Warning));
        let replaced = decided(Some("NRAK-1"), Some(THERE), false, true);
        assert_eq!(replaced, (Some(Step::Replace), Verdict::Good));
        assert_eq!(decided(None, Some(THERE), false, true), (None, Verdict::Good));
    }

    #[test]
    fn only_what_mist_removed_is_had_back() {
        let removed = |ours| Some(Kept { ours, removed: true });
        let back = decided(Some("NRAK-1"), removed(true), false, false);
        assert_eq!(back, (Some(Step::Restore), Verdict::Good));
        assert_eq!(decided(Some("x"), removed(false), false, true), (None, Verdict::Blocking));
        assert_eq!(decided(None, removed(true), false, false), (None, Verdict::Blocking));
    }

    #[test]
    fn a_variable_that_could_be_for_several_secrets_is_for_none() {
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
    fn a_secret_that_two_stacks_share_is_wanted_once() {
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
