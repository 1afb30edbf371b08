//! The current state of a stack: its record and both environments.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    beanstalk::environment::Environment,
    dns::record::RecordRef,
    error::Error,
    names::StackName,
    ports::{Beanstalk, Dns},
    release::target::Live,
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
    /// The record that decides which environment is live.
    pub record: RecordRef,
}

/// The current state of a stack.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StackReport {
    /// The stack.
    pub stack: StackName,
    /// Its DNS name.
    pub domain: String,
    /// The target of its record.
    #[serde(rename = "leadsTo")]
    pub target: String,
    /// The side of the live environment; null if the record points to neither.
    pub live: Option<Side>,
    /// Side A, then side B.
    pub sides: [SideReport; 2],
    /// The report in one sentence.
    pub summary: String,
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
    /// Whether it is live.
    pub live: bool,
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
    let (target, live) = match dns.record(&which).await {
        Ok(record) => {
            let cname =
                |side: Option<&Environment>| side.map_or("", |it| it.cname.as_str()).to_owned();
            let live = Live::read(&record, [&cname(a), &cname(b)]);
            (record.target, live)
        }
        Err(Error::RecordMissing { .. }) => ("nowhere".to_owned(), Live::Neither),
        Err(error @ (Error::UnsupportedRecord { .. } | Error::HostedZoneMissing { .. })) => {
            (error.to_string(), Live::Neither)
        }
        Err(error) => return Err(error),
    };
    let sides = [(Side::A, a), (Side::B, b)]
        .map(|(side, found)| report(side, environments.on(side).as_str(), found, live));
    let domain = which.name.to_string();
    Ok(StackReport {
        summary: summary(&domain, &target, live, &sides),
        live: match live {
            Live::Side(side) => Some(side),
            Live::Neither => None,
        },
        stack,
        domain,
        target,
        sides,
    })
}

fn report(side: Side, name: &str, found: Option<&Environment>, live: Live) -> SideReport {
    let text = |text: fn(&Environment) -> String, missing: &str| {
        found.map_or_else(|| missing.to_owned(), text)
    };
    SideReport {
        side,
        environment: name.to_owned(),
        version: found.and_then(|environment| environment.version.clone()),
        status: text(|environment| environment.status.to_string(), "Missing"),
        health: text(|environment| environment.health.to_string(), "Grey"),
        live: live == Live::Side(side),
        since: found.and_then(|environment| environment.updated),
    }
}

fn summary(domain: &str, target: &str, live: Live, sides: &[SideReport; 2]) -> String {
    let described: Vec<_> = sides.iter().map(describe).collect();
    let described = described.join("; ");
    match live {
        Live::Side(side) => format!("{domain} points to side {side}. {described}."),
        Live::Neither => {
            let [a, b] = sides.each_ref().map(|side| side.environment.as_str());
            format!("{domain} points to neither {a} nor {b} ({target}). {described}.")
        }
    }
}

fn describe(side: &SideReport) -> String {
    let SideReport { side, environment, version, status, health, live, .. } = side;
    let role = if *live { "live" } else { "idle" };
    let version = version.as_deref().unwrap_or("no version");
    format!("Side {side} ({environment}) is {role}: {version}, {status}, {health}")
}
