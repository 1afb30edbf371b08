//! Does each side show a certificate for the stack's name?

use jiff::{SignedDuration, Timestamp};
use mist_core::stack::{settings::Stack, side::Side, warm_up::Scheme};
use mist_web::certificate::{Certificates, Shown};

use super::{environments::Found, finding::Finding};
use crate::output::moment;

const CHECK: &str = "certificate";

// Long enough to have a new one made by hand.
const SOON: SignedDuration = SignedDuration::from_hours(21 * 24);

/// Looks at the certificates of the sides that were `found`, where users reach them over https.
pub(super) async fn check(stack: &Stack, found: Option<&Found>) -> Vec<Finding> {
    let about = stack.name.as_str();
    let warm_up = &stack.settings.warm_up;
    if warm_up.scheme == Scheme::Http {
        return vec![Finding::skipped(about, CHECK, "`warmUp.scheme` is http")];
    }
    let certificates = match Certificates::of_system() {
        Ok(certificates) => certificates,
        Err(problem) => {
            let remedy = "install the certificates that this system shall trust";
            return vec![Finding::warning(about, CHECK, problem, remedy)];
        }
    };
    let mut findings = Vec::new();
    for (side, environment) in Side::BOTH.into_iter().zip(found.iter().flat_map(|it| &it.sides)) {
        let Some(environment) = environment else { continue };
        let domain = stack.settings.domain.as_str();
        let shown = certificates.look(&environment.address, warm_up.port(), domain).await;
        findings.push(judge(stack, side, &shown, Timestamp::now()));
    }
    findings
}

fn judge(stack: &Stack, side: Side, shown: &Shown, now: Timestamp) -> Finding {
    let about = stack.name.as_str();
    let (domain, environment) = (&stack.settings.domain, stack.settings.environments.on(side));
    match shown {
        Shown::Good { until } if until.duration_since(now) < SOON => Finding::warning(
            about,
            CHECK,
            format!("that of {environment} for {domain} ends at {}", moment(*until)),
            "renew it",
        ),
        Shown::Good { until } => Finding::good(
            about,
            CHECK,
            format!("{environment} has one for {domain} until {}", moment(*until)),
        ),
        Shown::Bad(problem) => Finding::blocking(
            about,
            CHECK,
            format!("that of {environment} is refused: {problem}"),
            format!("give the load balancer of {environment} a certificate that covers {domain}"),
        ),
        Shown::Nothing(problem) => Finding::warning(
            about,
            CHECK,
            format!("{environment} showed none: {problem}"),
            "see that it listens for https, and may be reached from here",
        ),
    }
}

#[cfg(test)]
mod tests {
    use mist_testkit::stack;

    use super::{super::finding::Verdict, *};

    const NOW: &str = "2026-01-02T03:04:05Z";

    fn judged(shown: &Shown) -> (Verdict, String) {
        let finding = judge(&stack().unwrap(), Side::B, shown, NOW.parse().unwrap());
        (finding.verdict, finding.found)
    }

    #[test]
    fn a_good_one_is_told_with_its_end_and_one_that_ends_soon_is_a_warning() {
        let until = |text: &str| Shown::Good { until: text.parse().unwrap() };
        let good = "Demo-QA-B has one for qa.mist.test until 2026-03-02 00:00:00 UTC".to_owned();
        assert_eq!(judged(&until("2026-03-02T00:00:00Z")), (Verdict::Good, good));
        let (verdict, found) = judged(&until("2026-01-10T00:00:00Z"));
        assert_eq!(verdict, Verdict::Warning);
        assert!(found.contains("ends at 2026-01-10"), "{found}");
    }

    #[test]
    fn one_that_browsers_refuse_blocks_and_one_that_cannot_be_seen_does_not() {
        let (verdict, found) = judged(&Shown::Bad("it has expired".to_owned()));
        assert_eq!(verdict, Verdict::Blocking);
        assert_eq!(found, "that of Demo-QA-B is refused: it has expired");
        let (verdict, _) = judged(&Shown::Nothing("connection refused".to_owned()));
        assert_eq!(verdict, Verdict::Warning);
    }

    #[tokio::test]
    async fn over_plain_http_there_is_none() {
        let findings = check(&stack().unwrap(), None).await;
        assert_eq!(findings[0].verdict, Verdict::Skipped);
    }
}
