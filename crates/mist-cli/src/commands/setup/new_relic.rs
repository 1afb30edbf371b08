//! The application in New Relic: whether exactly one has the configured name.

use mist_core::{
    ports::{Account, MarkError, Marker as _, Secrets},
    stack::{new_relic::NewRelic, settings::Stack},
};
use mist_new_relic::NewRelicMarker;
use secrecy::SecretString;

use super::{finding::Finding, secrets::given_or_stored};

/// The name of the check.
pub(super) const CHECK: &str = "New Relic";

/// Searches the application of `stack` in New Relic, with `given`, the key that is going to be stored, or else with
/// the stored key.
pub(super) async fn check(
    secrets: &impl Secrets,
    stack: &Stack,
    given: Option<&SecretString>,
) -> Finding {
    let about = stack.name.as_str();
    let Some(settings) = &stack.settings.new_relic else {
        return Finding::skipped(
            about,
            CHECK,
            "mist.yaml names no application; versions are not marked",
        );
    };
    let key = match given_or_stored(given, secrets, &settings.api_key_secret).await {
        Ok(key) => key,
        // A missing secret is a finding of its own.
        Err(error) => return Finding::skipped(about, CHECK, format!("no key: {error}")),
    };
    let found = match NewRelicMarker::new() {
        Ok(new_relic) => {
            let account = Account { settings, key: &key };
            new_relic.find(&account).await
        }
        Err(message) => Err(MarkError::Unavailable { message }),
    };
    judge(about, settings, found.map(drop))
}

fn judge(about: &str, settings: &NewRelic, found: Result<(), MarkError>) -> Finding {
    let name = &settings.application;
    match found {
        Ok(()) => {
            Finding::good(about, CHECK, format!("exactly one application is called `{name}`"))
        }
        // A marker that is missing does not fail a release.
        Err(error) if error.is_transient() => {
            Finding::warning(about, CHECK, error.to_string(), "run this again later")
        }
        Err(error @ MarkError::ApplicationMissing { .. }) => {
            let remedy = "none needed: releases work, and mist marks versions as soon as the application exists";
            Finding::warning(about, CHECK, error.to_string(), remedy)
        }
        Err(error) => Finding::blocking(
            about,
            CHECK,
            error.to_string(),
            format!(
                "correct `stacks.{about}.newRelic` in mist.yaml (application, region), or the key in \
                 secret {}",
                settings.api_key_secret
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use mist_testkit::{FakeSecrets, stack};

    use super::{super::finding::Verdict, *};

    #[tokio::test]
    async fn without_application_or_key_the_check_is_skipped() {
        let mut stack = stack().unwrap();
        let finding = check(&FakeSecrets::default(), &stack, None).await;
        assert_eq!(finding.verdict, Verdict::Skipped);
        assert!(finding.found.starts_with("no key: secret `mist/new-relic`"), "{finding:?}");
        stack.settings.new_relic = None;
        let finding = check(&FakeSecrets::default(), &stack, None).await;
        assert_eq!(finding.verdict, Verdict::Skipped);
    }
}
