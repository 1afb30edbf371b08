//! The certificate that each environment presents for the domain of the stack.

use jiff::{SignedDuration, Timestamp};
use mist_certificates::{Certificate, Certificates};
use mist_core::stack::{settings::Stack, side::Side, warm_up::Scheme};

use super::{environments::Found, finding::Finding};
use crate::output::moment;

const CHECK: &str = "certificate";

// Enough time to obtain a new certificate by hand.
const SOON: SignedDuration = SignedDuration::from_hours(21 * 24);

/// Checks the certificates of the environments that were `found`, unless users reach them over http.
pub(super) async fn check(stack: &Stack, found: Option<&Found>) -> Vec<Finding> {
    let about = stack.name.as_str();
    let warm_up = &stack.settings.warm_up;
    if warm_up.scheme == Scheme::Http {
        return vec![Finding::skipped(about, CHECK, "`warmUp.scheme` is http")];
    }
    let certificates = match Certificates::of_system() {
        Ok(certificates) => certificates,
        Err(problem) => {
            let remedy = "install the root certificates of this system";
            return vec![Finding::warning(about, CHECK, problem, remedy)];
        }
    };
    let mut findings = Vec::new();
    for (side, environment) in
        Side::BOTH.into_iter().zip(found.iter().flat_map(|it| &it.environments))
    {
        let Some(environment) = environment else { continue };
        let domain = stack.settings.domain.as_str();
        let shown = certificates.check(&environment.address, warm_up.port(), domain).await;
        findings.push(judge(stack, side, &shown, Timestamp::now()));
    }
    findings
}

fn judge(stack: &Stack, side: Side, shown: &Certificate, now: Timestamp) -> Finding {
    let about = stack.name.as_str();
    let (domain, environment) = (&stack.settings.domain, stack.settings.environments.on(side));
    match shown {
        Certificate::Valid { until } if until.duration_since(now) < SOON => Finding::warning(
            about,
            CHECK,
            format!(
                "the certificate of `{environment}` for {domain} expires at {}",
                moment(*until)
            ),
            "renew the certificate",
        ),
        Certificate::Valid { until } => Finding::good(
            about,
            CHECK,
            format!("`{environment}` has a certificate for {domain} until {}", moment(*until)),
        ),
        Certificate::Invalid(problem) => Finding::blocking(
            about,
            CHECK,
            format!("the certificate of `{environment}` is invalid: {problem}"),
            format!("give the load balancer of `{environment}` a certificate that covers {domain}"),
        ),
        Certificate::Unavailable(problem) => Finding::warning(
            about,
            CHECK,
            format!("`{environment}` presented no certificate: {problem}"),
            "check that it listens for https and that this machine can reach it",
        ),
    }
}

#[cfg(test)]
mod tests {
    use mist_testkit::stack;

    use super::{super::finding::Verdict, *};

    const NOW: &str = "2026-01-02T03:04:05Z";

    fn judged(shown: &Certificate) -> (Verdict, String) {
        let finding = judge(&stack().unwrap(), Side::B, shown, NOW.parse().unwrap());
        (finding.verdict, finding.found)
    }

    #[test]
    fn a_certificate_that_expires_soon_is_a_warning() {
        let until = |text: &str| Certificate::Valid { until: text.parse().unwrap() };
        let good = "`Demo-QA-B` has a certificate for qa.mist.test until 2026-03-02 00:00:00 UTC"
            .to_owned();
        assert_eq!(judged(&until("2026-03-02T00:00:00Z")), (Verdict::Good, good));
        let (verdict, found) = judged(&until("2026-01-10T00:00:00Z"));
        assert_eq!(verdict, Verdict::Warning);
        assert!(found.contains("expires at 2026-01-10"), "{found}");
    }

    #[test]
    fn an_invalid_certificate_blocks_and_a_missing_one_is_a_warning() {
        let (verdict, found) = judged(&Certificate::Invalid("it has expired".to_owned()));
        assert_eq!(verdict, Verdict::Blocking);
        assert_eq!(found, "the certificate of `Demo-QA-B` is invalid: it has expired");
        let (verdict, _) = judged(&Certificate::Unavailable("connection refused".to_owned()));
        assert_eq!(verdict, Verdict::Warning);
    }

    #[tokio::test]
    async fn over_plain_http_no_certificate_is_checked() {
        let findings = check(&stack().unwrap(), None).await;
        assert_eq!(findings[0].verdict, Verdict::Skipped);
    }
}
