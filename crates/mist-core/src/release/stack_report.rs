//! A stack as it is now: its record and both environments.

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

/// The stack to look at.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StackRef {
    /// The stack.
    pub stack: StackName,
    /// Its two environments.
    pub environments: Environments,
    /// The record that decides which side is live.
    pub record: RecordRef,
}

/// A stack as it is now.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StackReport {
    /// The stack.
    pub stack: StackName,
    /// Its name in DNS.
    pub domain: String,
    /// The target of its record.
    pub leads_to: String,
    /// The side that is live; null if the record points to neither.
    pub live: Option<Side>,
    /// Side A, then side B.
    pub sides: [SideReport; 2],
    /// The same in one sentence.
    pub summary: String,
}

/// One side of a stack as it is now.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SideReport {
    /// Which side.
    pub side: Side,
    /// Its environment.
    pub environment: String,
    /// The version that it runs; null when it runs none or is missing.
    pub version: Option<String>,
    /// `Ready`, `Updating` … or `Missing`.
    pub status: String,
    /// Its health.
    pub health: String,
    /// Whether it is live.
    pub live: bool,
    /// When it last changed.
    pub since: Option<Timestamp>,
}

/// Looks at the record and both environments. It refuses nothing: a stack that is not as it should be is worth a look.
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
    let (leads_to, live) = match dns.record(&which).await {
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
        summary: summary(&domain, &leads_to, live, &sides),
        live: match live {
            Live::Side(side) => Some(side),
            Live::Neither => None,
        },
        stack,
        domain,
        leads_to,
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

fn summary(domain: &str, leads_to: &str, live: Live, sides: &[SideReport; 2]) -> String {
    let described: Vec<_> = sides.iter().map(describe).collect();
    let described = described.join("; ");
    match live {
        Live::Side(side) => format!("{domain} points to side {side}. {described}."),
        Live::Neither => format!("{domain} points to neither side ({leads_to}). {described}."),
    }
}

fn describe(side: &SideReport) -> String {
    let SideReport { side, environment, version, status, health, live, .. } = side;
    let role = if *live { "live" } else { "idle" };
    let version = version.as_deref().unwrap_or("no version");
    format!("Side {side} ({environment}) is {role}: {version}, {status}, {health}")
}
