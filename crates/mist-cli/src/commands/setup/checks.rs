//! The checks of a stack.

use std::collections::BTreeMap;

use mist_aws::{Aws, SystemClock};
use mist_core::{ports::Locks as _, stack::settings::Stack};
use mist_github::GitHubApi;
use secrecy::SecretString;

use super::{
    certificate, environments,
    finding::Finding,
    github, new_relic,
    record::{self, Zones},
    report::Report,
};

/// The clients and the secrets that the checks use.
pub(super) struct CheckContext<'a> {
    /// The account of the installation.
    pub(super) aws: &'a Aws,
    /// The clients with the identity that can read the hosted zones.
    pub(super) dns: &'a Aws,
    /// The values that are going to be stored, by the name of the secret.
    pub(super) pending: &'a BTreeMap<String, SecretString>,
}

/// Runs every check of a stack.
pub(super) async fn stack(
    context: &CheckContext<'_>,
    zones: &mut Zones,
    stack: &Stack,
    report: &mut Report,
) {
    let CheckContext { aws, dns, pending } = context;
    let (found, findings) = environments::check(&aws.beanstalk(), stack).await;
    report.add(findings);
    report.add(record::check((&dns.dns(), &SystemClock), zones, stack, found.as_ref()).await);
    report.add(certificate::check(stack, found.as_ref()).await);
    let key = stack.settings.new_relic.as_ref().and_then(|it| pending.get(&it.api_key_secret));
    report.add([new_relic::check(&aws.secrets(), stack, key).await]);
    let token = stack.settings.github.as_ref().and_then(|it| pending.get(&it.token_secret));
    report.add([match GitHubApi::new() {
        Ok(api) => github::check(&api, &aws.secrets(), stack, token).await,
        Err(problem) => Finding::skipped(stack.name.as_str(), github::CHECK, problem),
    }]);
    report.add([lock(aws, stack).await]);
}

async fn lock(aws: &Aws, stack: &Stack) -> Finding {
    let (about, check) = (stack.name.as_str(), "lock");
    match aws.locks().state(&stack.name).await {
        Ok(_) => Finding::good(about, check, "can be read"),
        Err(error) => Finding::failed(about, check, "dynamodb:GetItem", &error),
    }
}
