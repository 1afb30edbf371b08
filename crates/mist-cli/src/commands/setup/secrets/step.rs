//! The step that makes a secret what it must be.

use mist_aws::secrets::keep::Kept;

use super::wanted::{ABOUT, Wanted};
use crate::commands::setup::finding::Finding;

/// The change to make to a secret.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Step {
    /// Create the secret.
    Create,
    /// Restore the removed secret, and store the value of the variables.
    Restore,
    /// Store the value of the variables.
    Replace,
}

/// The step and the finding for a secret that is `kept` in Secrets Manager; `same`: with the value of the variables.
pub(super) fn decide(
    wanted: &Wanted,
    kept: Option<Kept>,
    same: bool,
    replace: bool,
) -> (Option<Step>, Finding) {
    let Wanted { id, variables, value, .. } = wanted;
    let good = |found: String| Finding::good(ABOUT, id, found);
    match (kept, value) {
        (None, Some(_)) => {
            (Some(Step::Create), good(format!("missing; setup stores it from {variables}")))
        }
        (None, None) => {
            let found = format!("missing: {}", wanted.what);
            (None, Finding::blocking(ABOUT, id, found, remedy(wanted)))
        }
        (Some(Kept { removed: true, ours: true }), Some(_)) => {
            let found = format!("removed; setup restores it with {variables}");
            (Some(Step::Restore), good(found))
        }
        (Some(Kept { removed: true, .. }), _) => {
            let remedy = format!("aws secretsmanager restore-secret --secret-id {id}");
            (None, Finding::blocking(ABOUT, id, "removed, and can be restored", remedy))
        }
        (Some(_), None) => (None, good("exists".to_owned())),
        (Some(_), Some(_)) if same => {
            (None, good(format!("exists, with the value of {variables}")))
        }
        (Some(_), Some(_)) if replace => {
            let found = format!("differs from {variables}; setup replaces it");
            (Some(Step::Replace), good(found))
        }
        (Some(_), Some(_)) => {
            let found = format!("differs from {variables}; not changed");
            let remedy = "--replace-secrets, if the value of the environment variables is right";
            (None, Finding::warning(ABOUT, id, found, remedy))
        }
    }
}

fn remedy(wanted: &Wanted) -> String {
    let Wanted { id, variables, .. } = wanted;
    let command = format!("aws secretsmanager create-secret --name {id} --secret-string …");
    if variables.is_empty() {
        return format!("create it: {command}");
    }
    format!("set {variables} and run this again, or create it: {command}")
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;
    use crate::commands::setup::finding::Verdict;

    const STORED: Kept = Kept { ours: true, removed: false };

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
        let printed = format!("{finding:?}");
        assert!(!printed.contains("NRAK"), "{printed}");
        (step, finding.verdict)
    }

    #[test]
    fn a_missing_secret_is_stored_or_blocks() {
        let stored = decided(Some("NRAK-1"), None, false, false);
        assert_eq!(stored, (Some(Step::Create), Verdict::Good));
        assert_eq!(decided(None, None, false, false), (None, Verdict::Blocking));
    }

    #[test]
    fn a_different_value_is_replaced_only_on_request() {
        assert_eq!(decided(Some("NRAK-1"), Some(STORED), true, true), (None, Verdict::Good));
        assert_eq!(decided(Some("NRAK-1"), Some(STORED), false, false), (None, Verdict::Warning));
        let replaced = decided(Some("NRAK-1"), Some(STORED), false, true);
        assert_eq!(replaced, (Some(Step::Replace), Verdict::Good));
        assert_eq!(decided(None, Some(STORED), false, true), (None, Verdict::Good));
    }

    #[test]
    fn only_a_secret_that_mist_removed_is_restored() {
        let removed = |ours| Some(Kept { ours, removed: true });
        let restored = decided(Some("NRAK-1"), removed(true), false, false);
        assert_eq!(restored, (Some(Step::Restore), Verdict::Good));
        assert_eq!(decided(Some("x"), removed(false), false, true), (None, Verdict::Blocking));
        assert_eq!(decided(None, removed(true), false, false), (None, Verdict::Blocking));
    }
}
