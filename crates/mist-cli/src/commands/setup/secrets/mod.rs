//! The secrets that the configuration names: checks them, and stores those that the environment variables have.

mod step;
mod wanted;

use std::collections::BTreeMap;

use mist_aws::{SecretsManager, secrets::keep::Kept};
use mist_core::{error::Error, ports::Secrets};
use secrecy::{ExposeSecret as _, SecretString};

use self::step::decide;
pub(crate) use self::wanted::DNS;
pub(super) use self::{
    step::Step,
    wanted::{ABOUT, Wanted, wanted},
};
use super::{finding::Finding, report::Report};

/// The values that `steps` are going to store, by the name of the secret. The checks use them like the functions
/// will.
pub(super) fn pending(steps: &[(Wanted, Step)]) -> BTreeMap<String, SecretString> {
    let value = |(wanted, _): &(Wanted, Step)| Some((wanted.id.clone(), wanted.value.clone()?));
    steps.iter().filter_map(value).collect()
}

/// `given`, the value that is going to be stored as secret `id`, or else the stored value.
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

/// Checks each of `wanted`, and returns the steps to take.
pub(super) async fn check(
    secrets: &SecretsManager,
    wanted: Vec<Wanted>,
    replace: bool,
    report: &mut Report,
) -> Vec<(Wanted, Step)> {
    let mut steps = Vec::new();
    for wanted in wanted {
        match compare(secrets, &wanted).await {
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

// A stored value is read only if a variable has a value to compare it with.
async fn compare(
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

/// Takes each of `steps`, and reports it.
pub(super) async fn store(
    secrets: &SecretsManager,
    steps: Vec<(Wanted, Step)>,
    report: &mut Report,
) {
    for (wanted, step) in steps {
        let Some(value) = &wanted.value else { continue };
        let id = &wanted.id;
        let (action, result) = match step {
            Step::Create => {
                ("secretsmanager:CreateSecret", secrets.create(id, value, wanted.what).await)
            }
            Step::Replace => ("secretsmanager:PutSecretValue", secrets.replace(id, value).await),
            Step::Restore => match secrets.restore(id).await {
                Ok(()) => ("secretsmanager:PutSecretValue", secrets.replace(id, value).await),
                failed @ Err(_) => ("secretsmanager:RestoreSecret", failed),
            },
        };
        match result {
            Ok(()) => report.stored(format!(
                "stored secret {id} from {}{}",
                wanted.variables,
                condition_of_use(id)
            )),
            Err(error) => report.add([Finding::failed(ABOUT, id, action, &error)]),
        }
    }
}

// Only functions that use Route 53 may read this secret, and only if the template allows it.
fn condition_of_use(id: &str) -> &'static str {
    if id == DNS {
        "; functions use it only if the parameter DnsSecretName of the template names it"
    } else {
        ""
    }
}
