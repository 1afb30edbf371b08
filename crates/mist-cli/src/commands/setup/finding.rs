//! The result of a check, and the remedy.

use mist_core::error::Error;
use serde::Serialize;

/// The verdict of a check, best first.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Verdict {
    /// The check passed.
    Good,
    /// The check does not apply, or could not be made.
    Skipped,
    /// Releases work, with restrictions.
    Warning,
    /// Releases would fail, or omit a step.
    Blocking,
}

impl Verdict {
    /// The sign at the start of a line.
    pub(crate) fn sign(self) -> &'static str {
        match self {
            Self::Good => "✓",
            Self::Skipped => "–",
            Self::Warning => "!",
            Self::Blocking => "✗",
        }
    }
}

/// The result of a check.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Finding {
    /// The subject: a stack, or `account`, `secrets`, `e-mail`.
    pub(crate) about: String,
    /// The name of the check.
    pub(crate) check: String,
    /// The verdict.
    pub(crate) verdict: Verdict,
    /// The state that was found.
    pub(crate) found: String,
    /// The remedy; absent if none is needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remedy: Option<String>,
}

impl Finding {
    /// A check that passed.
    pub(crate) fn good(about: &str, check: &str, found: impl Into<String>) -> Self {
        Self::new(about, check, Verdict::Good, found.into(), None)
    }

    /// A check that does not apply, or could not be made.
    pub(crate) fn skipped(about: &str, check: &str, found: impl Into<String>) -> Self {
        Self::new(about, check, Verdict::Skipped, found.into(), None)
    }

    /// A restriction that does not stop releases.
    pub(crate) fn warning(
        about: &str,
        check: &str,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::new(about, check, Verdict::Warning, found.into(), Some(remedy.into()))
    }

    /// A problem with which releases would fail, or omit a step.
    pub(crate) fn blocking(
        about: &str,
        check: &str,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::new(about, check, Verdict::Blocking, found.into(), Some(remedy.into()))
    }

    /// The failure of `action`, such as `s3:GetBucketNotification`, with `error`.
    pub(crate) fn failed(about: &str, check: &str, action: &str, error: &Error) -> Self {
        let (found, remedy) = match error {
            Error::AccessDenied { message, .. } => {
                // AWS usually names the missing permission, which can be another one.
                let action = refused_action(message).unwrap_or(action);
                let remedy =
                    format!("allow {action} to the user who runs mist, and run this again");
                (format!("{action} is not allowed"), remedy)
            }
            Error::Throttled { .. } | Error::ServiceUnavailable { .. } => {
                (format!("{action}: {error}"), "run this again".to_owned())
            }
            other => {
                let entry = other.code().replace('.', "").to_lowercase();
                (other.to_string(), format!("docs/RUNBOOK.md#{entry}"))
            }
        };
        Self::blocking(about, check, found, remedy)
    }

    fn new(
        about: &str,
        check: &str,
        verdict: Verdict,
        found: String,
        remedy: Option<String>,
    ) -> Self {
        Self { about: about.to_owned(), check: check.to_owned(), verdict, found, remedy }
    }
}

fn refused_action(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("not authorized to perform: ")?;
    let action = rest.split([' ', ',']).next()?;
    action.contains(':').then_some(action)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_permission_names_the_refused_action() {
        let denied = |message: &str| {
            let error = Error::AccessDenied { service: "s3", message: message.to_owned() };
            Finding::failed("account", "bucket", "s3:GetBucketNotification", &error)
        };
        let message = "AccessDeniedException: User: arn:aws:iam::1:user/ada is not authorized to perform: \
                    elasticbeanstalk:DescribeEnvironments on resource: *";
        let finding = denied(message);
        assert_eq!(finding.found, "elasticbeanstalk:DescribeEnvironments is not allowed");
        assert_eq!(denied("Access Denied").found, "s3:GetBucketNotification is not allowed");
        assert!(denied("").remedy.unwrap().starts_with("allow s3:GetBucketNotification to"));
    }

    #[test]
    fn another_error_names_its_entry_in_the_runbook() {
        let error = Error::HostedZoneMissing { zone: "Z1".to_owned() };
        let finding = Finding::failed("QA", "record", "route53:ListResourceRecordSets", &error);
        assert_eq!(finding.verdict, Verdict::Blocking);
        assert_eq!(finding.remedy.as_deref(), Some("docs/RUNBOOK.md#misthostedzonemissing"));
    }

    #[test]
    fn a_transient_error_is_to_be_tried_again() {
        let error = Error::Throttled { service: "sns", message: "slow".to_owned() };
        let finding = Finding::failed("e-mail", "subscription", "sns:Subscribe", &error);
        assert_eq!(finding.remedy.as_deref(), Some("run this again"));
    }
}
