//! The current state of a stack: its record and both environments.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use strum::Display;

use crate::{
    beanstalk::environment::Environment,
    dns::{names::StackNames, set::RecordSet},
    error::Error,
    names::StackName,
    ports::{Beanstalk, Dns},
    release::{
        records::{Listing, OwnRecord, StackRecords},
        target::Live,
    },
    stack::{settings::Environments, side::Side},
};

/// The stack to report.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StackRef {
    /// The stack.
    pub stack: StackName,
    /// Its two environments.
    pub environments: Environments,
    /// The names whose records decide which environment is live.
    pub record: StackNames,
}

/// The current state of a stack.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StackReport {
    /// The stack.
    pub stack: StackName,
    /// Its DNS name.
    pub domain: String,
    /// The target of its record, or the reason why it is unknown.
    #[serde(rename = "leadsTo")]
    pub target: String,
    /// All records of its names, that of the domain first; empty if they cannot be read.
    pub names: Vec<NameReport>,
    /// The other records of the zone that point to one of the environments; null if that is unknown.
    pub unlisted: Option<Vec<String>>,
    /// The side of the live environment; null if records point to both or to neither, or cannot be read.
    pub live: Option<Side>,
    /// Side A, then side B.
    pub sides: [SideReport; 2],
    /// The report in one sentence.
    pub summary: String,
}

/// A record of one of the stack's names.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NameReport {
    /// The name.
    pub name: String,
    /// The type.
    #[serde(rename = "type")]
    pub kind: String,
    /// The target.
    #[serde(rename = "leadsTo")]
    pub target: String,
    /// The side of the environment that it points to; null if it points to neither.
    pub side: Option<Side>,
}

/// What an environment is to the users of a stack.
#[derive(Clone, Copy, Debug, Display, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[strum(serialize_all = "camelCase")]
pub enum Role {
    /// A record points to it.
    Live,
    /// All records point to the other environment.
    Idle,
    /// No record points to an environment of the stack.
    #[serde(rename = "not live")]
    #[strum(serialize = "not live")]
    NotLive,
    /// The records cannot be read, or mist does not know where they point.
    Unknown,
}

/// The current state of one environment.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SideReport {
    /// Its side.
    pub side: Side,
    /// Its name.
    pub environment: String,
    /// Its version; null if it has none or is missing.
    pub version: Option<String>,
    /// Its status: `Ready`, `Updating` … or `Missing`.
    pub status: String,
    /// Its health.
    pub health: String,
    /// Whether it is known to be live.
    pub live: bool,
    /// What it is to users.
    pub role: Role,
    /// The time of its last update; null if that is unknown.
    pub since: Option<Timestamp>,
}

/// Reads the record and both environments. A stack that is not in the required state is no error.
pub async fn look(
    beanstalk: &impl Beanstalk,
    dns: &impl Dns,
    stack: StackRef,
) -> Result<StackReport, Error> {
    let StackRef { stack, environments, record: which } = stack;
    let found = beanstalk.environments(&[&environments.a, &environments.b]).await?;
    let [a, b] = Side::BOTH.map(|side| {
        let name = environments.on(side).as_str();
        found.iter().find(|environment| environment.name == name)
    });
    let cname = |side: Option<&Environment>| side.map_or("", |it| it.cname.as_str()).to_owned();
    let Readings { records, target, live } = records(dns, &which, [&cname(a), &cname(b)]).await?;
    let sides = [(Side::A, a), (Side::B, b)]
        .map(|(side, found)| report(side, environments.on(side).as_str(), found, role(live, side)));
    let unlisted = records.as_ref().filter(|records| records.complete);
    Ok(StackReport {
        summary: summary((&which, &target), live, records.as_ref(), &sides),
        live: match live {
            Some(Live::Side(side)) => Some(side),
            Some(Live::Both | Live::Neither) | None => None,
        },
        names: records.as_ref().map(names).unwrap_or_default(),
        unlisted: unlisted.map(|records| records.others.iter().map(RecordSet::described).collect()),
        stack,
        domain: which.name.to_string(),
        target,
        sides,
    })
}

/// What the zone says about a stack.
struct Readings {
    /// The records; `None` if they cannot be read.
    records: Option<StackRecords>,
    /// The target of the domain, or the reason why it is unknown.
    target: String,
    /// The live environment; `None` if that is unknown.
    live: Option<Live>,
}

async fn records(dns: &impl Dns, names: &StackNames, cnames: [&str; 2]) -> Result<Readings, Error> {
    let unknown = |error: &Error| Readings { records: None, target: error.to_string(), live: None };
    let listing = match Listing::quick(dns, names).await {
        Ok(listing) => listing,
        Err(error @ Error::HostedZoneMissing { .. }) => return Ok(unknown(&error)),
        Err(error) => return Err(error),
    };
    // Records of another type than the configured one reach users as well.
    let reaches = |set: &RecordSet| {
        names.owns(&set.name)
            && (set.points_to(&cnames) || names.own().any(|own| set.points_to(&[own.as_str()])))
    };
    let reached = listing.sets.iter().any(reaches);
    match StackRecords::read(names, cnames, listing) {
        Ok(records) => {
            let target = records.own.first().map(|own| own.record.target.clone());
            let (target, live) = (target.unwrap_or_default(), Some(records.live()));
            Ok(Readings { records: Some(records), target, live })
        }
        Err(Error::RecordMissing { name, .. }) if name == names.name.as_str() && !reached => {
            let target = "nowhere".to_owned();
            Ok(Readings { records: None, target, live: Some(Live::Neither) })
        }
        Err(error @ (Error::RecordMissing { .. } | Error::UnsupportedRecord { .. })) => {
            Ok(unknown(&error))
        }
        Err(error) => Err(error),
    }
}

fn names(StackRecords { own, strays, .. }: &StackRecords) -> Vec<NameReport> {
    let own = own.iter().map(|OwnRecord { record, side }| NameReport {
        name: record.which.name.to_string(),
        kind: record.which.kind.to_string(),
        target: record.target.clone(),
        side: *side,
    });
    let strays = strays.iter().map(|set| NameReport {
        name: set.name.clone(),
        kind: set.kind.clone(),
        target: set.values(),
        side: None,
    });
    own.chain(strays).collect()
}

fn role(live: Option<Live>, side: Side) -> Role {
    match live {
        None => Role::Unknown,
        Some(Live::Neither) => Role::NotLive,
        Some(Live::Both) => Role::Live,
        Some(Live::Side(live)) if live == side => Role::Live,
        Some(Live::Side(_)) => Role::Idle,
    }
}

fn report(side: Side, name: &str, found: Option<&Environment>, role: Role) -> SideReport {
    let text = |text: fn(&Environment) -> String, missing: &str| {
        found.map_or_else(|| missing.to_owned(), text)
    };
    SideReport {
        side,
        environment: name.to_owned(),
        version: found.and_then(|environment| environment.version.clone()),
        status: text(|environment| environment.status.to_string(), "Missing"),
        health: text(|environment| environment.health.to_string(), "Grey"),
        live: role == Role::Live,
        role,
        since: found.and_then(|environment| environment.updated),
    }
}

fn summary(
    (names, target): (&StackNames, &str),
    live: Option<Live>,
    records: Option<&StackRecords>,
    sides: &[SideReport; 2],
) -> String {
    let domain = &names.name;
    let all = match names.also_known_as.len() {
        0 => domain.to_string(),
        more => format!("{domain}, and {more} more of its names,"),
    };
    let [a, b] = sides.each_ref().map(|side| side.environment.as_str());
    let described = || records.map(StackRecords::described).unwrap_or_default();
    let is_elsewhere = records.is_some_and(|records| records.elsewhere().is_some());
    let mut sentences = vec![match live {
        Some(Live::Side(side)) if is_elsewhere => {
            format!("only some records point to side {side}: {}", described())
        }
        Some(Live::Side(side)) => format!("{all} points to side {side}"),
        Some(Live::Both) => format!("the records point to both {a} and {b}: {}", described()),
        Some(Live::Neither) => format!("{domain} points to neither {a} nor {b} ({target})"),
        None => format!("it is unknown whether {domain} points to {a} or {b} ({target})"),
    }];
    if let Some(records) = records.filter(|records| !records.others.is_empty()) {
        let unlisted = records.unlisted();
        sentences
            .push(format!("Records that the stack does not list point there, too: {unlisted}"));
    }
    sentences.push(sides.iter().map(describe).collect::<Vec<_>>().join("; "));
    format!("{}.", sentences.join(". "))
}

fn describe(side: &SideReport) -> String {
    let SideReport { side, environment, version, status, health, role, .. } = side;
    let version = version.as_deref().unwrap_or("no version");
    let role = match role {
        Role::Unknown => "live or idle".to_owned(),
        known => known.to_string(),
    };
    format!("Side {side} ({environment}) is {role}: {version}, {status}, {health}")
}
