//! `mist setup`: looks whether releases can work, and stores what they need.

mod certificate;
mod checks;
mod environments;
mod finding;
mod github;
mod installation;
mod new_relic;
mod record;
mod report;
mod secrets;
mod subscription;
mod variables;

use mist_aws::{
    Aws,
    credentials::{Identity, KeyPair},
};
use mist_core::{
    error::Error,
    ports::{Secrets as _, Stacks as _},
    stack::{document::StackDocument, settings::Stack},
};

pub(super) use self::secrets::DNS as DNS_SECRET;
use self::{checks::With, finding::Finding, report::Report, variables::Variables};
use super::account;
use crate::{
    arguments::{Format, Setup},
    config_file,
    failure::Failure,
};

/// Looks at everything that releases need. Unless it shall only look, it stores what is missing: secrets, the
/// configuration of each stack that passes all checks, and the address for notifications of failed releases.
pub(crate) async fn run(
    arguments: Setup,
    region: Option<&str>,
    profile: Option<&str>,
    format: Format,
) -> Result<(), Failure> {
    let file = arguments.file.display();
    let config = config_file::read(&arguments.file)?;
    if let Some(region) = region.filter(|region| *region != config.region) {
        let expected = &config.region;
        return Err(Failure::Setup(format!("{file} is for region {expected}, not {region}")));
    }
    let variables = Variables::read(|name| std::env::var(name).ok()).map_err(Failure::Setup)?;
    let aws = account(Some(&config.region), profile).await?;
    let stacks: Vec<_> = config.stacks().collect();
    let mut report = Report::default();
    if installation::credentials(&aws, &mut report).await {
        let bucket = &config.artifacts.bucket;
        all(&aws, &stacks, bucket, &variables, &arguments, &mut report).await;
    }
    report.end(format)
}

async fn all(
    aws: &Aws,
    stacks: &[Stack],
    bucket: &str,
    variables: &Variables,
    arguments: &Setup,
    report: &mut Report,
) {
    let installation = installation::check(aws, report).await;
    report.add([installation::bucket(aws, bucket).await]);
    let wanted = secrets::wanted(stacks, variables);
    let steps = secrets::check(&aws.secrets(), wanted, arguments.replace_secrets, report).await;
    let on_github = stacks.iter().any(|stack| stack.settings.github.is_some());
    if variables.github.is_some() && !on_github {
        let found = "mist.yaml names no secret for it; it is not stored";
        report.add([Finding::skipped(secrets::ABOUT, "GITHUB_ACCESS_TOKEN", found)]);
    }
    let dns = dns(aws, variables, report).await;
    let pending = secrets::pending(&steps);
    let with = With { aws, dns: &dns, pending: &pending };
    for stack in stacks {
        checks::stack(&with, stack, report).await;
    }
    let told = installation.topic.as_deref().zip(arguments.email.as_ref());
    let subscribe = match told {
        Some((topic, email)) => subscription::check(aws, topic, email, report).await,
        None => false,
    };
    if arguments.check {
        return;
    }
    let (steps, refused): (Vec<_>, Vec<_>) = steps.into_iter().partition(|(wanted, _)| {
        let named = |stack: &Stack| {
            secrets_of(stack).into_iter().any(|(id, check)| {
                id == Some(wanted.id.as_str()) && report.refused(stack.name.as_str(), check)
            })
        };
        !stacks.iter().any(named)
    });
    report.add(refused.iter().map(|(wanted, _)| {
        Finding::skipped(secrets::ABOUT, &wanted.id, "not stored: it was refused")
    }));
    secrets::store(&aws.secrets(), steps, report).await;
    for stack in stacks {
        push(aws, stack, report).await;
    }
    if let Some((topic, email)) = told.filter(|_| subscribe) {
        subscription::subscribe(aws, topic, email, report).await;
    }
}

/// The secrets of `stack` that a service was asked with, and the check that did.
fn secrets_of(stack: &Stack) -> [(Option<&str>, &'static str); 2] {
    let settings = &stack.settings;
    let key = settings.new_relic.as_ref().map(|it| it.api_key_secret.as_str());
    let token = settings.github.as_ref().map(|it| it.token_secret.as_str());
    [(key, new_relic::CHECK), (token, github::CHECK)]
}

/// Whoever may see the hosted zones: the keys of the environment, those that are stored, or just whoever runs
/// mist.
async fn dns(aws: &Aws, variables: &Variables, report: &mut Report) -> Aws {
    let check = "keys for Route 53";
    let keys = match &variables.dns {
        Some(keys) => Some(keys.clone()),
        None => match aws.secrets().look(secrets::DNS).await {
            Ok(Some(kept)) if !kept.removed => match aws.secrets().read(secrets::DNS).await {
                Ok(text) => {
                    let keys = KeyPair::from_text(&text);
                    if keys.is_none() {
                        let found = format!("{} does not hold two keys as JSON", secrets::DNS);
                        let remedy = "set AWS_DNS_ACCESS_KEY_ID and AWS_DNS_SECRET_ACCESS_KEY, and run this \
                                      again with --replace-secrets";
                        report.add([Finding::blocking(secrets::ABOUT, check, found, remedy)]);
                    }
                    keys
                }
                Err(error) => {
                    let action = "secretsmanager:GetSecretValue";
                    report.add([Finding::failed(secrets::ABOUT, check, action, &error)]);
                    None
                }
            },
            // Who has no such keys need not be allowed to look for them.
            Ok(Some(_) | None) | Err(Error::AccessDenied { .. }) => None,
            Err(error) => {
                let action = "secretsmanager:DescribeSecret";
                report.add([Finding::failed(secrets::ABOUT, check, action, &error)]);
                None
            }
        },
    };
    match keys {
        Some(keys) => aws.with_dns(&Identity::Keys(keys)).await,
        None => aws.clone(),
    }
}

// What was pushed already is left, so that running this twice is the same as once.
async fn push(aws: &Aws, stack: &Stack, report: &mut Report) {
    let name = stack.name.as_str();
    if report.blocks(name) || report.blocks(installation::ABOUT) {
        report.add([Finding::skipped(name, "configuration", "not stored: a check failed")]);
        return;
    }
    if aws.stacks().load(&stack.name).await.is_ok_and(|pushed| pushed == *stack) {
        report.add([Finding::good(name, "configuration", "is as in mist.yaml")]);
        return;
    }
    match aws.stacks().push(stack.clone()).await {
        Ok(()) => report.stored(format!("{} was written", StackDocument::parameter(&stack.name))),
        Err(error) => {
            report.add([Finding::failed(name, "configuration", "ssm:PutParameter", &error)]);
        }
    }
}
