//! Which records belong to a stack, and which of the rest point to its environments.

mod movable;

use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::Timestamp;

use super::*;
use crate::{
    dns::{
        record::{AliasTarget, Change, RecordType},
        set::{Page, Place},
    },
    ports::Clock,
};

const A: &str = "demo-a.us-east-1.elasticbeanstalk.com";
const B: &str = "demo-b.us-east-1.elasticbeanstalk.com";

/// A stack at the apex of a zone.
fn apex(also_known_as: &[&str]) -> StackNames {
    StackNames {
        zone: "Z1".to_owned(),
        name: "mist.test".parse().unwrap(),
        kind: RecordType::Alias,
        also_known_as: also_known_as.iter().map(|name| name.parse().unwrap()).collect(),
        fixed_names: vec!["blue.mist.test".parse().unwrap(), "*.blue.mist.test".parse().unwrap()],
    }
}

fn set(kind: &str, name: &str, target: &str) -> RecordSet {
    let is_alias = kind != "CNAME" && target.contains(".com");
    let alias = AliasTarget { zone: "Z117KPS5GTRQ2G".to_owned(), evaluate_health: false };
    RecordSet {
        name: name.to_owned(),
        kind: kind.to_owned(),
        targets: vec![target.to_owned()],
        ttl_seconds: (!is_alias).then_some(60),
        alias: is_alias.then_some(alias),
        feature: None,
    }
}

fn read(names: &StackNames, sets: &[RecordSet]) -> Result<StackRecords, Error> {
    StackRecords::read(names, [A, B], Listing { sets: sets.to_vec(), complete: true })
}

fn refused<T: std::fmt::Debug>(answer: Result<T, Error>) -> String {
    let error = answer.unwrap_err();
    format!("{}: {error}", error.code())
}

#[test]
fn twins_are_read_together() {
    let twins = [set("A", "mist.test", A), set("AAAA", "mist.test", &format!("{A}."))];
    let records = read(&apex(&[]), &twins).unwrap();
    assert_eq!((records.live(), records.own.len()), (Live::Side(Side::A), 2));
    assert_eq!(records.own[0].record.which.to_string(), "A `mist.test`", "the domain's is first");
}

#[test]
fn twins_that_disagree_leave_no_environment_idle() {
    let twins = [set("A", "mist.test", B), set("AAAA", "mist.test", A)];
    let records = read(&apex(&[]), &twins).unwrap();
    assert_eq!(records.live(), Live::Both);
    assert_eq!(records.described(), format!("A `mist.test` to `{B}`, AAAA `mist.test` to `{A}`"));
}

#[test]
fn a_twin_that_points_to_neither_environment_stays() {
    for target in ["2001:db8::1", "elsewhere.example.com"] {
        let twins = [set("A", "mist.test", A), set("AAAA", "mist.test", target)];
        let records = read(&apex(&[]), &twins).unwrap();
        assert_eq!((records.own.len(), records.strays.len()), (1, 1), "{target}");
        assert_eq!(records.live(), Live::Side(Side::A));
    }
}

#[test]
fn configured_names_move_whatever_their_form() {
    let sets = [
        set("A", "mist.test", A),
        set("CNAME", "www.mist.test", A),
        set("A", "shop.mist.test", A),
        set("AAAA", "shop.mist.test", A),
        set("TXT", "mist.test", "v=spf1"),
    ];
    let records = read(&apex(&["www.mist.test", "shop.mist.test"]), &sets).unwrap();
    assert_eq!((records.own.len(), records.others.len()), (4, 0));
}

#[test]
fn a_name_that_points_to_another_name_of_the_stack_moves_with_that() {
    let sets = [set("A", "mist.test", A), set("CNAME", "www.mist.test", "mist.test.")];
    let records = read(&apex(&["www.mist.test"]), &sets).unwrap();
    assert_eq!((records.own.len(), records.live()), (1, Live::Side(Side::A)));
}

#[test]
fn a_configured_name_needs_a_record_that_points_to_an_environment() {
    let domain = set("A", "mist.test", A);
    let names = apex(&["www.mist.test"]);
    let missing = refused(read(&names, std::slice::from_ref(&domain)));
    assert!(
        missing.starts_with(
            "Mist.RecordMissing: hosted zone `Z1` has no CNAME or ALIAS record `www.mist.test`"
        ),
        "{missing}"
    );
    let address = refused(read(&names, &[domain.clone(), set("A", "www.mist.test", "192.0.2.1")]));
    assert_eq!(
        address,
        "Mist.UnsupportedRecord: mist cannot move record `www.mist.test`: it is no alias"
    );
    let sets = [domain, set("CNAME", "www.mist.test", "elsewhere.example.com")];
    let records = read(&names, &sets).unwrap();
    assert_eq!(records.elsewhere().unwrap().which.name.as_str(), "www.mist.test");
}

#[test]
fn the_domain_needs_a_record_of_its_form() {
    let twin = [set("AAAA", "mist.test", A)];
    let missing = refused(read(&apex(&[]), &twin));
    assert!(
        missing.starts_with("Mist.RecordMissing: hosted zone `Z1` has no ALIAS record"),
        "{missing}"
    );
    let weighted = RecordSet { feature: Some("is weighted"), ..set("A", "mist.test", A) };
    assert_eq!(
        refused(read(&apex(&[]), &[weighted])),
        "Mist.UnsupportedRecord: mist cannot move record `mist.test`: it is weighted"
    );
}

#[test]
fn every_other_name_of_either_environment_is_refused() {
    let stack = "LIVE".parse().unwrap();
    let domain = set("A", "mist.test", A);
    let with = |other: RecordSet| {
        let records = read(&apex(&[]), &[domain.clone(), other]).unwrap();
        refused(records.refuse_others(&stack))
    };
    for (kind, target) in [("CNAME", A), ("A", B), ("AAAA", B)] {
        let found = with(set(kind, "www.mist.test", target));
        let expected = format!(
            "Mist.UnlistedRecord: records that stack `LIVE` does not list point to its environments: {kind} `www.mist.test` to `{target}`; "
        );
        assert!(found.starts_with(&expected), "{found}");
    }
    let wildcard = with(set("CNAME", "*.mist.test", B));
    assert!(wildcard.starts_with("Mist.UnsupportedRecord: mist cannot move record `*.mist.test`: it is a wildcard, and points to"), "{wildcard}");
    assert!(wildcard.ends_with("; list it in `fixedNames`, or point it elsewhere"), "{wildcard}");
    let latency = RecordSet { feature: Some("is weighted"), ..set("A", "eu.mist.test", A) };
    assert!(with(latency).contains("`eu.mist.test`: it is weighted, and points to"));
}

#[test]
fn a_remedy_names_a_field_only_if_the_field_accepts_the_name() {
    for name in [r"a\057b.mist.test", "a.*.mist.test"] {
        let sets = [set("A", "mist.test", A), set("CNAME", name, B)];
        let found =
            refused(read(&apex(&[]), &sets).unwrap().refuse_others(&"LIVE".parse().unwrap()));
        assert!(found.starts_with("Mist.UnsupportedRecord: ") && found.contains(name), "{found}");
        assert!(found.ends_with("; point it elsewhere, or delete it"), "{found}");
    }
}

#[test]
fn names_that_stay_on_purpose_and_names_of_others_are_accepted() {
    let sets = [
        set("A", "mist.test", A),
        set("CNAME", "blue.mist.test", A),
        set("CNAME", "*.blue.mist.test", B),
        set("CNAME", "docs.mist.test", "docs.example.com"),
    ];
    let records = read(&apex(&[]), &sets).unwrap();
    records.refuse_others(&"LIVE".parse().unwrap()).unwrap();
}

#[test]
fn a_message_lists_only_some_records() {
    let mut sets = vec![set("A", "mist.test", A)];
    sets.extend((0..8).map(|n| set("CNAME", &format!("n{n}.mist.test"), A)));
    let found = refused(read(&apex(&[]), &sets).unwrap().refuse_others(&"LIVE".parse().unwrap()));
    assert!(found.contains("`n4.mist.test`") && found.contains(", 3 more; "), "{found}");
    assert!(!found.contains("`n5.mist.test`"), "{found}");
}

#[test]
fn a_record_that_appears_vanishes_or_differs_is_a_change() {
    let domain = set("A", "mist.test", A);
    let twins = [domain.clone(), set("AAAA", "mist.test", A)];
    let (one, two) = (read(&apex(&[]), &[domain]).unwrap(), read(&apex(&[]), &twins).unwrap());
    two.compare(&two.records()).unwrap();
    let appeared = refused(two.compare(&one.records()));
    assert!(appeared.contains("it pointed to nothing and now points to"), "{appeared}");
    let vanished = refused(one.compare(&two.records()));
    assert!(vanished.contains("and now points to nothing"), "{vanished}");
    let moved = read(&apex(&[]), &[set("A", "mist.test", B), set("AAAA", "mist.test", A)]).unwrap();
    assert!(refused(moved.compare(&two.records())).starts_with("Mist.RecordChanged: "));
}

/// A zone of so many pages, each with a record of its own. The domain is on the last page.
struct Pages {
    pages: usize,
    reads: AtomicUsize,
}

impl Pages {
    fn of(pages: usize) -> Self {
        Self { pages, reads: AtomicUsize::new(0) }
    }
}

impl Dns for Pages {
    async fn page(&self, _: &str, from: Option<&Place>) -> Result<Page, Error> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        let name = from.map_or("0", |place| place.name.as_str());
        let at = name.parse().unwrap_or(self.pages - 1);
        let mut sets = vec![set("CNAME", &format!("n{at}.mist.test"), A)];
        let last = at + 1 >= self.pages;
        if last {
            sets.push(set("A", "mist.test", A));
        }
        let place = Place { name: (at + 1).to_string(), kind: None, identifier: None };
        Ok(Page { sets, next: (!last).then_some(place) })
    }

    async fn replace(&self, _: &[(Record, Record)]) -> Result<Change, Error> {
        panic!("a look changes nothing")
    }
}

/// The pauses so far.
#[derive(Default)]
struct Pauses(AtomicUsize);

impl Clock for Pauses {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    async fn pause(&self, _: std::time::Duration) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// The last expression of `future`, which never waits.
fn now<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    match future.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop())) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => panic!("it waits"),
    }
}

#[test]
fn a_plan_reads_each_page_once_with_pauses_between_them() {
    let (zone, clock) = (Pages::of(34), Pauses::default());
    let listing = now(Listing::whole(&zone, &clock, &apex(&[]))).unwrap();
    assert_eq!((listing.sets.len(), listing.complete), (35, true));
    assert_eq!((zone.reads.into_inner(), clock.0.into_inner()), (34, 33));
}

#[test]
fn a_zone_that_is_too_large_is_read_up_to_the_limit_and_at_the_names_of_the_stack() {
    let (zone, clock) = (Pages::of(1000), Pauses::default());
    let listing = now(Listing::whole(&zone, &clock, &apex(&["www.mist.test"]))).unwrap();
    assert!(!listing.complete);
    assert!(listing.sets.iter().any(|set| set.name == "mist.test"));
    assert_eq!((zone.reads.into_inner(), clock.0.into_inner()), (100 + 2, 99 + 2));
}

#[test]
fn a_later_look_reads_one_page_or_the_names_of_the_stack() {
    for (pages, reads) in [(1, 1), (2, 2), (34, 2)] {
        let zone = Pages::of(pages);
        let listing = now(Listing::quick(&zone, &apex(&[]))).unwrap();
        assert!(listing.sets.iter().any(|set| set.name == "mist.test"), "{pages} pages");
        assert_eq!((listing.complete, zone.reads.into_inner()), (pages == 1, reads));
    }
}
