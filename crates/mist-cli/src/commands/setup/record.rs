//! The DNS records of a stack: whether they point to one of the environments, and no other record does.

use std::collections::BTreeMap;

use mist_core::{
    dns::{names::StackNames, set::RecordSet},
    error::Error,
    names::RecordName,
    ports::{Clock, Dns},
    release::{
        records::{Listing, MOST_SETS, OwnRecord, StackRecords},
        target::Live,
    },
    stack::settings::Stack,
};

use super::{environments::Found, finding::Finding};

const CHECK: &str = "record";

/// The hosted zones that this command has read, by their id: many stacks share one zone.
#[derive(Debug, Default)]
pub(super) struct Zones(BTreeMap<String, Listing>);

impl Zones {
    /// All record sets of the zone of `names`. One that is too large for that is read at the names of each stack.
    async fn whole(
        &mut self,
        (dns, clock): (&impl Dns, &impl Clock),
        names: &StackNames,
    ) -> Result<Listing, Error> {
        if let Some(listing) = self.0.get(&names.zone) {
            return Ok(listing.clone());
        }
        let listing = Listing::whole(dns, clock, names).await?;
        if listing.complete {
            self.0.insert(names.zone.clone(), listing.clone());
        }
        Ok(listing)
    }
}

/// Checks that the records of `stack` point to one of the environments that were `found`, and that no other record of the
/// zone does. Reads the whole zone, once for all its stacks.
pub(super) async fn check(
    ports: (&impl Dns, &impl Clock),
    zones: &mut Zones,
    stack: &Stack,
    found: Option<&Found>,
) -> Vec<Finding> {
    let about = stack.name.as_str();
    let names = stack.names();
    let both = found.and_then(|Found { environments: [a, b] }| a.as_ref().zip(b.as_ref()));
    let cnames = both.map_or(["", ""], |(a, b)| [a.cname.as_str(), b.cname.as_str()]);
    let listing = zones.whole(ports, &names).await;
    let records = match listing.and_then(|it| StackRecords::read(&names, cnames, it)) {
        Ok(records) => records,
        Err(error) => {
            let action = "route53:ListResourceRecordSets";
            return vec![Finding::failed(about, CHECK, action, &error)];
        }
    };
    let mut findings: Vec<_> = ttls(stack, &records).collect();
    if both.is_none() {
        let described = records.described();
        let found = format!("points to an unknown environment: {described}");
        findings.push(Finding::skipped(about, CHECK, found));
        return findings;
    }
    findings.push(live(stack, &records, cnames));
    findings.extend(others(stack, &records));
    findings
}

/// A warning for each record that DNS caches keep for longer than the stack wants.
fn ttls(stack: &Stack, records: &StackRecords) -> impl Iterator<Item = Finding> {
    let wanted = stack.settings.record.ttl_seconds.get();
    let long = records.own.iter().filter_map(move |OwnRecord { record, .. }| {
        Some((&record.which.name, record.ttl_seconds.filter(|ttl| *ttl > wanted)?))
    });
    long.map(move |(name, ttl)| {
        Finding::warning(
            stack.name.as_str(),
            "TTL",
            format!("clients cache the record of {name} for {ttl} s"),
            format!(
                "set the TTL of the record to {wanted} s, at least {ttl} s before the first release"
            ),
        )
    })
}

/// Whether all records point to the same environment.
fn live(stack: &Stack, records: &StackRecords, [a, b]: [&str; 2]) -> Finding {
    let (about, domain) = (stack.name.as_str(), &stack.settings.domain);
    if let Some(record) = records.elsewhere() {
        let (name, target) = (&record.which.name, &record.target);
        return Finding::blocking(
            about,
            CHECK,
            format!("record `{name}` points to `{target}`, not to `{a}` or `{b}`"),
            "point it to the environment that is to be live now",
        );
    }
    let Live::Side(side) = records.live() else {
        return Finding::blocking(
            about,
            CHECK,
            format!("the records point to both environments: {}", records.described()),
            "point all of them to the environment that is to be live now",
        );
    };
    let environment = stack.settings.environments.on(side);
    let more = match records.own.as_slice() {
        [_] => String::new(),
        own => {
            let more = own.iter().skip(1).map(|own| own.record.which.to_string());
            format!(", and so do {}", more.collect::<Vec<_>>().join(", "))
        }
    };
    Finding::good(about, CHECK, format!("{domain} points to side {side} ({environment}){more}"))
}

/// The other records of the zone that matter: those that a release would leave behind, and those for IPv6 that reach
/// no environment.
fn others(stack: &Stack, records: &StackRecords) -> Vec<Finding> {
    let (about, check) = (stack.name.as_str(), "other records");
    let mut findings = Vec::new();
    findings.extend(records.others.iter().map(|set| {
        Finding::blocking(
            about,
            check,
            format!("{} points to an environment, and would not move", RecordSet::described(set)),
            match set.name.parse::<RecordName>() {
                Ok(_) => "add the name to `alsoKnownAs` or `fixedNames` in mist.yaml, or delete the record",
                Err(_) => "point the record elsewhere, or delete it",
            },
        )
    }));
    findings.extend(records.strays.iter().map(|set| {
        Finding::warning(
            about,
            check,
            format!("{} does not reach an environment", set.described()),
            "users with IPv6 may not reach the stack: point it to the environment, or delete it",
        )
    }));
    if !records.complete {
        findings.push(Finding::warning(
            about,
            check,
            format!("only the first {MOST_SETS} record sets of the zone were read"),
            "whether any of the rest points to an environment is unknown",
        ));
    }
    if findings.is_empty() {
        findings.push(Finding::good(about, check, "none points to an environment"));
    }
    findings
}

#[cfg(test)]
mod tests {
    use mist_core::dns::record::{Record, RecordKind, RecordRef};
    use mist_testkit::{FakeClock, FakeDns, environment, stack};

    use super::{super::finding::Verdict, *};

    const A: &str = "demo-qa-a.us-east-1.elasticbeanstalk.com";
    const B: &str = "demo-qa-b.us-east-1.elasticbeanstalk.com";

    fn both() -> Found {
        Found { environments: ["Demo-QA-A", "Demo-QA-B"].map(|name| Some(environment(name, "v1"))) }
    }

    fn pointing_to(target: &str, ttl: u32) -> FakeDns {
        let StackNames { zone, name, .. } = stack().unwrap().names();
        let which = RecordRef { zone, name, kind: RecordKind::Cname };
        let target = target.to_owned();
        FakeDns::with(Record { which, target, ttl_seconds: Some(ttl), alias: None })
    }

    async fn found(dns: &FakeDns) -> Vec<(Verdict, String)> {
        found_by(dns, &stack().unwrap()).await
    }

    async fn found_by(dns: &FakeDns, stack: &Stack) -> Vec<(Verdict, String)> {
        let ports = (dns, &FakeClock::default());
        let findings = check(ports, &mut Zones::default(), stack, Some(&both())).await;
        findings.into_iter().map(|it| (it.verdict, it.found)).collect()
    }

    #[tokio::test]
    async fn a_record_that_points_to_an_environment_is_good() {
        let good = "qa.mist.test points to side A (Demo-QA-A)".to_owned();
        let alone = "none points to an environment".to_owned();
        let expected = [(Verdict::Good, good), (Verdict::Good, alone)];
        assert_eq!(found(&pointing_to(A, 60)).await, expected);
    }

    #[tokio::test]
    async fn a_record_that_points_elsewhere_blocks() {
        let found = found(&pointing_to("elsewhere.example.com", 60)).await;
        let elsewhere = "record `qa.mist.test` points to `elsewhere.example.com`, not to \
                         `demo-qa-a.us-east-1.elasticbeanstalk.com` or \
                         `demo-qa-b.us-east-1.elasticbeanstalk.com`";
        assert_eq!(found[0], (Verdict::Blocking, elsewhere.to_owned()));
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
        let ports = (&pointing_to(A, 60), &FakeClock::default());
        let findings = check(ports, &mut Zones::default(), &stack().unwrap(), Some(&one)).await;
        assert_eq!(findings[0].verdict, Verdict::Skipped);
    }

    #[tokio::test]
    async fn all_names_of_the_stack_are_in_the_finding() {
        let mut stack = stack().unwrap();
        stack.settings.also_known_as = vec!["www.mist.test".parse().unwrap()];
        let dns = pointing_to(A, 60);
        dns.add_cname("www.mist.test", A);
        let found = found_by(&dns, &stack).await;
        let good = "qa.mist.test points to side A (Demo-QA-A), and so do CNAME `www.mist.test`";
        assert_eq!(found[0], (Verdict::Good, good.to_owned()));
    }

    #[tokio::test]
    async fn records_that_point_to_both_environments_block() {
        let dns = pointing_to(A, 60);
        dns.add_alias("AAAA", "qa.mist.test", B);
        let found = found(&dns).await;
        assert_eq!(found[0].0, Verdict::Blocking);
        assert!(
            found[0].1.starts_with("the records point to both environments: CNAME"),
            "{found:?}"
        );
    }

    #[tokio::test]
    async fn an_unlisted_record_blocks_and_a_fixed_one_does_not() {
        let dns = pointing_to(A, 60);
        dns.add_cname("blue.mist.test", B);
        let unlisted = found(&dns).await;
        assert_eq!(unlisted[1].0, Verdict::Blocking);
        assert!(unlisted[1].1.contains("CNAME `blue.mist.test`"), "{unlisted:?}");
        let mut stack = stack().unwrap();
        stack.settings.fixed_names = vec!["blue.mist.test".parse().unwrap()];
        assert_eq!(found_by(&dns, &stack).await[1].0, Verdict::Good);
    }

    #[tokio::test]
    async fn a_name_that_no_key_accepts_is_not_to_be_listed() {
        let dns = pointing_to(A, 60);
        dns.add_cname(r"a\057b.mist.test", B);
        let ports = (&dns, &FakeClock::default());
        let stack = stack().unwrap();
        let findings = check(ports, &mut Zones::default(), &stack, Some(&both())).await;
        let remedies = format!("{findings:?}");
        assert!(remedies.contains("point the record elsewhere, or delete it"), "{remedies}");
        assert!(!remedies.contains("fixedNames"), "{remedies}");
    }

    #[tokio::test]
    async fn stacks_of_one_zone_read_it_once() {
        let (dns, mut zones) = (pointing_to(A, 60), Zones::default());
        for number in 0..600 {
            dns.add_cname(&format!("n{number}.mist.test"), "elsewhere.example.com");
        }
        for _ in 0..5 {
            let ports = (&dns, &FakeClock::default());
            check(ports, &mut zones, &stack().unwrap(), Some(&both())).await;
        }
        assert_eq!(dns.pages(), 3);
    }

    #[tokio::test]
    async fn a_record_for_ipv6_that_reaches_no_environment_is_a_warning() {
        let dns = pointing_to(A, 60);
        dns.add_alias("AAAA", "qa.mist.test", "elsewhere.example.com");
        let found = found(&dns).await;
        assert_eq!((found[0].0, found[1].0), (Verdict::Good, Verdict::Warning));
    }
}
