//! The DNS record of a stack: whether it points to one of the environments.

use mist_core::{ports::Dns, release::target::Live, stack::settings::Stack};

use super::{environments::Found, finding::Finding};

const CHECK: &str = "record";

/// Checks that the record of `stack` points to one of the environments that were `found`.
pub(super) async fn check(dns: &impl Dns, stack: &Stack, found: Option<&Found>) -> Vec<Finding> {
    let about = stack.name.as_str();
    let record = match dns.record(&stack.record()).await {
        Ok(record) => record,
        Err(error) => {
            let action = "route53:ListResourceRecordSets";
            return vec![Finding::failed(about, CHECK, action, &error)];
        }
    };
    let domain = &stack.settings.domain;
    let mut findings = Vec::new();
    let wanted = stack.settings.record.ttl_seconds.get();
    if let Some(ttl) = record.ttl_seconds.filter(|ttl| *ttl > wanted) {
        findings.push(Finding::warning(
            about,
            "TTL",
            format!("clients cache the record of {domain} for {ttl} s"),
            format!(
                "set the TTL of the record to {wanted} s, at least {ttl} s before the first release"
            ),
        ));
    }
    let Some(Found { environments: [Some(a), Some(b)] }) = found else {
        let target = format!("{domain} points to {}; an environment is unknown", record.target);
        findings.push(Finding::skipped(about, CHECK, target));
        return findings;
    };
    findings.push(match Live::read(&record, [&a.cname, &b.cname]) {
        Live::Side(side) => {
            let environment = stack.settings.environments.on(side);
            Finding::good(about, CHECK, format!("{domain} points to side {side} ({environment})"))
        }
        Live::Neither => Finding::blocking(
            about,
            CHECK,
            format!(
                "record `{domain}` points to `{}`, not to `{}` or `{}`",
                record.target, a.cname, b.cname
            ),
            "point it to the environment that is to be live now",
        ),
    });
    findings
}

#[cfg(test)]
mod tests {
    use mist_core::dns::record::Record;
    use mist_testkit::{FakeDns, environment, stack};

    use super::{super::finding::Verdict, *};

    const A: &str = "demo-qa-a.us-east-1.elasticbeanstalk.com";

    fn both() -> Found {
        Found { environments: ["Demo-QA-A", "Demo-QA-B"].map(|name| Some(environment(name, "v1"))) }
    }

    fn pointing_to(target: &str, ttl: u32) -> FakeDns {
        let (which, target) = (stack().unwrap().record(), target.to_owned());
        FakeDns::with(Record { which, target, ttl_seconds: Some(ttl), alias: None })
    }

    async fn found(dns: &FakeDns) -> Vec<(Verdict, String)> {
        let findings = check(dns, &stack().unwrap(), Some(&both())).await;
        findings.into_iter().map(|it| (it.verdict, it.found)).collect()
    }

    #[tokio::test]
    async fn a_record_that_points_to_an_environment_is_good() {
        let good = "qa.mist.test points to side A (Demo-QA-A)".to_owned();
        assert_eq!(found(&pointing_to(A, 60)).await, [(Verdict::Good, good)]);
    }

    #[tokio::test]
    async fn a_record_that_points_elsewhere_blocks() {
        let found = found(&pointing_to("elsewhere.example.com", 60)).await;
        let elsewhere = "record `qa.mist.test` points to `elsewhere.example.com`, not to \
                         `demo-qa-a.us-east-1.elasticbeanstalk.com` or \
                         `demo-qa-b.us-east-1.elasticbeanstalk.com`";
        assert_eq!(found, [(Verdict::Blocking, elsewhere.to_owned())]);
    }

    #[tokio::test]
    async fn a_long_ttl_is_a_warning() {
        let found = found(&pointing_to(A, 300)).await;
        assert_eq!((found[0].0, found[1].0), (Verdict::Warning, Verdict::Good));
        assert!(found[0].1.contains("for 300 s"), "{found:?}");
    }

    #[tokio::test]
    async fn without_both_environments_the_check_is_skipped() {
        let one = Found { environments: [Some(environment("Demo-QA-A", "v1")), None] };
        let findings = check(&pointing_to(A, 60), &stack().unwrap(), Some(&one)).await;
        assert_eq!(findings[0].verdict, Verdict::Skipped);
    }
}
