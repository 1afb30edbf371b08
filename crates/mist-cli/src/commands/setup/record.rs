//! Does the stack's name lead to one of its sides?

use mist_core::{ports::Dns, release::target::Live, stack::settings::Stack};

use super::{environments::Found, finding::Finding};

const CHECK: &str = "record";

/// Looks at the record of `stack`, which must lead to one of the environments that were `found`.
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
            format!("clients remember for {ttl} s where {domain} leads to"),
            format!("set the TTL of the record to {wanted} s some time before the first release"),
        ));
    }
    let Some(Found { sides: [Some(a), Some(b)] }) = found else {
        let leads = format!("{domain} leads to {}, and not both sides are known", record.target);
        findings.push(Finding::skipped(about, CHECK, leads));
        return findings;
    };
    findings.push(match Live::read(&record, [&a.cname, &b.cname]) {
        Live::Side(side) => {
            let environment = stack.settings.environments.on(side);
            Finding::good(about, CHECK, format!("{domain} leads to side {side} ({environment})"))
        }
        Live::Neither => Finding::blocking(
            about,
            CHECK,
            format!("{domain} leads to {}, which is neither side", record.target),
            format!("make it lead to {} or {}, the side that shall be live now", a.cname, b.cname),
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

    fn sides() -> Found {
        Found { sides: ["Demo-QA-A", "Demo-QA-B"].map(|name| Some(environment(name, "v1"))) }
    }

    fn leading(target: &str, ttl: u32) -> FakeDns {
        let (which, target) = (stack().unwrap().record(), target.to_owned());
        FakeDns::with(Record { which, target, ttl_seconds: Some(ttl), alias: None })
    }

    async fn told(dns: &FakeDns) -> Vec<(Verdict, String)> {
        let findings = check(dns, &stack().unwrap(), Some(&sides())).await;
        findings.into_iter().map(|it| (it.verdict, it.found)).collect()
    }

    #[tokio::test]
    async fn a_name_that_leads_to_a_side_is_good() {
        let good = "qa.mist.test leads to side A (Demo-QA-A)".to_owned();
        assert_eq!(told(&leading(A, 60)).await, [(Verdict::Good, good)]);
    }

    #[tokio::test]
    async fn a_name_that_leads_elsewhere_blocks() {
        let told = told(&leading("elsewhere.example.com", 60)).await;
        let elsewhere = "qa.mist.test leads to elsewhere.example.com, which is neither side";
        assert_eq!(told, [(Verdict::Blocking, elsewhere.to_owned())]);
    }

    #[tokio::test]
    async fn a_long_ttl_is_a_warning() {
        let told = told(&leading(A, 300)).await;
        assert_eq!((told[0].0, told[1].0), (Verdict::Warning, Verdict::Good));
        assert!(told[0].1.contains("for 300 s"), "{told:?}");
    }

    #[tokio::test]
    async fn without_both_sides_it_cannot_be_told() {
        let one = Found { sides: [Some(environment("Demo-QA-A", "v1")), None] };
        let findings = check(&leading(A, 60), &stack().unwrap(), Some(&one)).await;
        assert_eq!(findings[0].verdict, Verdict::Skipped);
    }
}
