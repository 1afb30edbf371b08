//! `mist setup`: checks the prerequisites of releases, and stores secrets and configuration.

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
use self::{
    checks::CheckContext,
    finding::Finding,
    report::Report,
    secrets::{Step, Wanted},
    variables::Variables,
};
use super::config::{Stored, conflicts};
use crate::{
    account::Place, arguments::Setup, config_file, email::Email, failure::Failure, output::Format,
};

/// Checks all prerequisites of releases. Without `--check`, it stores what is missing: secrets, the configuration
/// of each stack that passes all checks, and the e-mail address for notifications.
pub(crate) async fn run(arguments: Setup, place: Place<'_>, format: Format) -> Result<(), Failure> {
    let file = arguments.file.display();
    let config = config_file::read(&arguments.file)?;
    if let Some(region) = place.region.filter(|region| *region != config.region) {
        let expected = &config.region;
        return Err(Failure::Setup(format!("{file} is for region {expected}, not {region}")));
    }
    let variables = Variables::read(|name| std::env::var(name).ok()).map_err(Failure::Setup)?;
    let aws = Place { region: Some(&config.region), ..place }.open().await?;
    let stacks: Vec<_> = config.stacks().collect();
    let mut report = Report::default();
    if installation::credentials(&aws, &mut report).await {
        if !arguments.check {
            let names: Vec<_> = stacks.iter().map(|stack| stack.name.as_str()).collect();
            place
                .announce(&aws, &format!("secrets, and configuration of {}", names.join(", ")))
                .await?;
        }
        let topic = installation::check(&aws, &mut report).await;
        report.add([installation::bucket(&aws, &config.artifacts.bucket).await]);
        let recipient = topic.as_deref().zip(arguments.email.as_ref());
        check_and_store(&aws, &stacks, &variables, recipient, &arguments, &mut report).await;
    }
    report.end(format)
}

async fn check_and_store(
    aws: &Aws,
    stacks: &[Stack],
    variables: &Variables,
    recipient: Option<(&str, &Email)>,
    arguments: &Setup,
    report: &mut Report,
) {
    let steps = check_secrets(aws, stacks, variables, arguments.replace_secrets, report).await;
    let dns = dns(aws, variables, report).await;
    let pending = secrets::pending(&steps);
    let context = CheckContext { aws, dns: &dns, pending: &pending };
    let mut zones = record::Zones::default();
    for stack in stacks {
        checks::stack(&context, &mut zones, stack, report).await;
    }
    check_stored(aws, stacks, report).await;
    let subscribe = match recipient {
        Some((topic, email)) => subscription::check(aws, topic, email, report).await,
        None => false,
    };
    if arguments.check {
        return;
    }
    store_secrets(aws, stacks, steps, report).await;
    for stack in stacks {
        push(aws, stack, report).await;
    }
    if let Some((topic, email)) = recipient.filter(|_| subscribe) {
        subscription::subscribe(aws, topic, email, report).await;
    }
}

/// Checks that `stacks` can be stored beside the other stacks of the account.
async fn check_stored(aws: &Aws, stacks: &[Stack], report: &mut Report) {
    let stored = match Stored::read(aws).await {
        Ok(stored) => stored,
        Err(error) => {
            let check = "other stacks";
            report.add(stacks.iter().map(|stack| {
                let about = stack.name.as_str();
                match &error {
                    Error::AccessDenied { .. } => Finding::warning(
                        about,
                        check,
                        "were not read: ssm:GetParametersByPath is not allowed",
                        "allow it to the user who runs mist",
                    ),
                    error => Finding::failed(about, check, "ssm:GetParametersByPath", error),
                }
            }));
            return;
        }
    };
    report.add(stacks.iter().flat_map(|stack| {
        let remedy = "correct mist.yaml, or push with `mist config push --replace`";
        let found = conflicts(stack, &stored, stacks, false).into_iter();
        found
            .map(move |found| Finding::blocking(stack.name.as_str(), "other stacks", found, remedy))
    }));
}

/// Checks the secrets of `stacks`, and returns the steps to take.
async fn check_secrets(
    aws: &Aws,
    stacks: &[Stack],
    variables: &Variables,
    replace: bool,
    report: &mut Report,
) -> Vec<(Wanted, Step)> {
    let wanted = secrets::wanted(stacks, variables);
    let steps = secrets::check(&aws.secrets(), wanted, replace, report).await;
    let on_github = stacks.iter().any(|stack| stack.settings.github.is_some());
    if variables.github.is_some() && !on_github {
        let found = "not stored: mist.yaml names no secret for it";
        report.add([Finding::skipped(secrets::ABOUT, "GITHUB_ACCESS_TOKEN", found)]);
    }
    steps
}

/// Takes `steps`, except for secrets that their service has rejected.
async fn store_secrets(
    aws: &Aws,
    stacks: &[Stack],
    steps: Vec<(Wanted, Step)>,
    report: &mut Report,
) {
    let (steps, rejected): (Vec<_>, Vec<_>) = steps.into_iter().partition(|(wanted, _)| {
        let is_rejected = |stack: &Stack| {
            secrets_of(stack).into_iter().any(|(id, check)| {
                id == Some(wanted.id.as_str()) && report.failed(stack.name.as_str(), check)
            })
        };
        !stacks.iter().any(is_rejected)
    });
    report.add(rejected.iter().map(|(wanted, _)| {
        Finding::skipped(secrets::ABOUT, &wanted.id, "not stored: its check failed")
    }));
    secrets::store(&aws.secrets(), steps, report).await;
}

/// The secrets of `stack` that a check uses at their service, and the name of that check.
fn secrets_of(stack: &Stack) -> [(Option<&str>, &'static str); 2] {
    let settings = &stack.settings;
    let key = settings.new_relic.as_ref().map(|it| it.api_key_secret.as_str());
    let token = settings.github.as_ref().map(|it| it.token_secret.as_str());
    [(key, new_relic::CHECK), (token, github::CHECK)]
}

/// The clients for Route 53: with the keys of the environment variables, else the stored keys, else the identity
/// of the user.
async fn dns(aws: &Aws, variables: &Variables, report: &mut Report) -> Aws {
    let keys = match &variables.dns {
        Some(keys) => Some(keys.clone()),
        None => stored_dns_keys(aws, report).await,
    };
    match keys {
        Some(keys) => aws.with_dns(&Identity::Keys(keys)).await,
        None => aws.clone(),
    }
}

/// The keys for Route 53 that are stored, if any.
async fn stored_dns_keys(aws: &Aws, report: &mut Report) -> Option<KeyPair> {
    let check = "keys for Route 53";
    let mut failed = |action: &str, error: &Error| {
        report.add([Finding::failed(secrets::ABOUT, check, action, error)]);
        None
    };
    match aws.secrets().look(secrets::DNS).await {
        Ok(Some(kept)) if !kept.removed => {}
        // A user without such keys need not have the permission to describe them.
        Ok(Some(_) | None) | Err(Error::AccessDenied { .. }) => return None,
        Err(error) => return failed("secretsmanager:DescribeSecret", &error),
    }
    let text = match aws.secrets().read(secrets::DNS).await {
        Ok(text) => text,
        Err(error) => return failed("secretsmanager:GetSecretValue", &error),
    };
    let keys = KeyPair::from_text(&text);
    if keys.is_none() {
        let found = format!("secret {} does not hold a key pair as JSON", secrets::DNS);
        let remedy = "set AWS_DNS_ACCESS_KEY_ID and AWS_DNS_SECRET_ACCESS_KEY, and run this again with \
                      --replace-secrets";
        report.add([Finding::blocking(secrets::ABOUT, check, found, remedy)]);
    }
    keys
}

// A configuration that is pushed already is not written again, so setup can be repeated.
async fn push(aws: &Aws, stack: &Stack, report: &mut Report) {
    let name = stack.name.as_str();
    if report.blocks(name) || report.blocks(installation::ABOUT) {
        report.add([Finding::skipped(name, "configuration", "not stored: a check failed")]);
        return;
    }
    if aws.stacks().load(&stack.name).await.is_ok_and(|pushed| pushed == *stack) {
        report.add([Finding::good(name, "configuration", "same as in mist.yaml")]);
        return;
    }
    match aws.stacks().push(stack.clone()).await {
        Ok(()) => report.stored(format!("wrote {}", StackDocument::parameter(&stack.name))),
        Err(error) => {
            report.add([Finding::failed(name, "configuration", "ssm:PutParameter", &error)]);
        }
    }
}
