//! Answers from zones in memory.

use super::*;

struct Given(Vec<RecordSet>);

impl Zones for Given {
    async fn all(&self) -> Result<Vec<Zone>, Error> {
        Ok(vec![Zone { id: "1".to_owned(), name: name("mist.test.") }])
    }

    async fn records_from(&self, _: &Zone, start: &Name) -> Result<Vec<RecordSet>, Error> {
        let mut sets: Vec<RecordSet> =
            self.0.iter().filter(|set| set.name >= *start).cloned().collect();
        sets.sort_by(|left, right| left.name.cmp(&right.name));
        Ok(sets)
    }
}

fn name(text: &str) -> Name {
    Name::from_ascii(text).unwrap()
}

fn set(owner: &str, kind: RecordType, value: &str) -> RecordSet {
    RecordSet {
        name: name(owner),
        kind,
        ttl: 30,
        values: vec![value.to_owned()],
        weight: None,
        alias: None,
    }
}

fn alias(owner: &str, target: &str) -> RecordSet {
    RecordSet {
        alias: Some(name(target)),
        ttl: 0,
        values: Vec::new(),
        ..set(owner, RecordType::A, "")
    }
}

async fn ask(
    sets: Vec<RecordSet>,
    owner: &str,
    kind: RecordType,
) -> (ResponseCode, Vec<String>, Option<u32>) {
    let address_of: AddressOf = Box::new(|name| {
        (name == "a.us-east-1.elasticbeanstalk.com").then_some(Ipv4Addr::new(127, 0, 1, 1))
    });
    let authority = Authority { zones: Given(sets), address_of, platform_ttl: 60 };
    let answer = authority.answer(&name(owner), kind).await.unwrap();
    let records = answer
        .records
        .iter()
        .map(|record| format!("{} {} {}", record.name, record.ttl, record.data));
    (answer.code, records.collect(), answer.soa.map(|soa| soa.ttl))
}

const ENVIRONMENT: &str = "a.us-east-1.elasticbeanstalk.com.";

#[tokio::test]
async fn a_cname_is_followed_to_the_address_of_the_environment() {
    let sets = vec![set("qa.mist.test.", RecordType::CNAME, ENVIRONMENT)];
    let (code, records, _) = ask(sets, "qa.mist.test.", RecordType::A).await;
    assert_eq!(code, ResponseCode::NoError);
    assert_eq!(
        records,
        [format!("qa.mist.test. 30 {ENVIRONMENT}"), format!("{ENVIRONMENT} 60 127.0.1.1")]
    );
}

#[tokio::test]
async fn the_cname_itself_can_be_queried() {
    let sets = vec![set("qa.mist.test.", RecordType::CNAME, ENVIRONMENT)];
    let (_, records, _) = ask(sets, "qa.mist.test.", RecordType::CNAME).await;
    assert_eq!(records, [format!("qa.mist.test. 30 {ENVIRONMENT}")]);
}

#[tokio::test]
async fn an_alias_gives_the_addresses_of_its_target_under_its_own_name() {
    let sets = vec![alias("mist.test.", ENVIRONMENT)];
    let (_, records, _) = ask(sets, "mist.test.", RecordType::A).await;
    assert_eq!(records, ["mist.test. 60 127.0.1.1"]);
}

#[tokio::test]
async fn a_name_without_records_of_that_type_is_no_data() {
    let sets = vec![set("qa.mist.test.", RecordType::A, "127.0.0.1")];
    assert_eq!(
        ask(sets, "qa.mist.test.", RecordType::TXT).await,
        (ResponseCode::NoError, vec![], Some(60))
    );
}

#[tokio::test]
async fn a_name_with_only_subdomains_is_no_data() {
    let sets = vec![set("deep.qa.mist.test.", RecordType::A, "127.0.0.1")];
    assert_eq!(ask(sets, "qa.mist.test.", RecordType::A).await.0, ResponseCode::NoError);
}

#[tokio::test]
async fn a_missing_name_is_cached_for_the_time_of_the_start_of_authority() {
    let soa = "ns.mist.test. admin.mist.test. 1 7200 900 1209600 20";
    let sets = vec![set("mist.test.", RecordType::SOA, soa)];
    assert_eq!(
        ask(sets, "no.mist.test.", RecordType::A).await,
        (ResponseCode::NXDomain, vec![], Some(20))
    );
}

#[tokio::test]
async fn a_missing_environment_is_no_such_name() {
    let (code, _, soa) = ask(vec![], "b.us-east-1.elasticbeanstalk.com.", RecordType::A).await;
    assert_eq!((code, soa), (ResponseCode::NXDomain, Some(60)));
}

#[tokio::test]
async fn an_unknown_zone_is_refused() {
    assert_eq!(
        ask(vec![], "example.com.", RecordType::A).await,
        (ResponseCode::Refused, vec![], None)
    );
}

#[tokio::test]
async fn a_wildcard_covers_missing_names_only() {
    let sets = vec![
        set("*.mist.test.", RecordType::A, "127.0.0.9"),
        set("qa.mist.test.", RecordType::TXT, "\"here\""),
    ];
    let (_, records, _) = ask(sets.clone(), "other.mist.test.", RecordType::A).await;
    assert_eq!(records, ["other.mist.test. 30 127.0.0.9"]);
    assert_eq!(ask(sets, "qa.mist.test.", RecordType::A).await.1, Vec::<String>::new());
}

#[tokio::test]
async fn a_circle_of_names_is_a_failure() {
    let sets = vec![
        set("a.mist.test.", RecordType::CNAME, "b.mist.test."),
        set("b.mist.test.", RecordType::CNAME, "a.mist.test."),
    ];
    assert_eq!(ask(sets, "a.mist.test.", RecordType::A).await.0, ResponseCode::ServFail);
}

#[test]
fn answers_follow_the_weights() {
    let weighted = |value: &str, weight| RecordSet {
        weight: Some(weight),
        ..set("qa.mist.test.", RecordType::CNAME, value)
    };
    let sets = [weighted("a.", 0), weighted("b.", 3), weighted("c.", 1)];
    let chosen: Vec<&str> = (0..4)
        .map(|roll| choose(&sets, RecordType::CNAME, roll).unwrap().values[0].as_str())
        .collect();
    assert_eq!(chosen, ["b.", "b.", "b.", "c."]);
}

#[test]
fn sets_of_weight_zero_are_chosen_equally() {
    let sets = ["a.", "b."]
        .map(|value| RecordSet { weight: Some(0), ..set("x.", RecordType::CNAME, value) });
    let chosen: Vec<&str> = (0..2)
        .map(|roll| choose(&sets, RecordType::CNAME, roll).unwrap().values[0].as_str())
        .collect();
    assert_eq!(chosen, ["a.", "b."]);
}
