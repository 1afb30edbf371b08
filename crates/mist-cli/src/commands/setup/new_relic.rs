//! Is there just one application of that name in New Relic?

use mist_core::{
    ports::{Account, MarkError, Marker as _, Secrets},
    stack::settings::Stack,
};
use mist_web::NewRelicMarker;
use secrecy::SecretString;

use super::{finding::Finding, secrets::given_or_stored};

/// What the findings are called.
pub(super) const CHECK: &str = "New Relic";

/// Looks for the application of `stack` in New Relic, with `given`, the key that is going to be stored, or else
/// the one that is.
pub(super) async fn check(
    secrets: &impl Secrets,
    stack: &Stack,
    given: Option<&SecretString>,
) -> Finding {
    let about = stack.name.as_str();
    let Some(settings) = &stack.settings.new_relic else {
        return Finding::skipped(about, CHECK, "mist.yaml names no application; nothing is marked");
    };
    let key = match given_or_stored(given, secrets, &settings.api_key_secret).await {
        Ok(key) => key,
        // That the secret is missing is a finding of its own.
        Err(error) => return Finding::skipped(about, CHECK, format!("no key: {error}")),
    };
    let looked = match NewRelicMarker::new() {
        Ok(new_relic) => {
            let account = Account { settings, key: &key };
            new_relic.find(&account).await
        }
        Err(message) => Err(MarkError::Unavailable { message }),
    };
    let name = &settings.application;
    match looked {
        Ok(_) => Finding::good(about, CHECK, format!("`{name}` is there once")),
        // No release fails by what is not marked.
        Err(error) if error.is_transient() => {
            Finding::warning(about, CHECK, error.to_string(), "run this again later")
        }
        Err(error @ MarkError::ApplicationMissing { .. }) => {
            let remedy = "releases go on; the first mark is made once the application is there";
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
    async fn without_application_or_key_there_is_nothing_to_look_for() {
        let mut stack = stack().unwrap();
        let finding = check(&FakeSecrets::default(), &stack, None).await;
        assert_eq!(finding.verdict, Verdict::Skipped);
        assert!(finding.found.starts_with("no key: secret `mist/new-relic`"), "{finding:?}");
        stack.settings.new_relic = None;
        let finding = check(&FakeSecrets::default(), &stack, None).await;
        assert_eq!(finding.verdict, Verdict::Skipped);
    }
}
