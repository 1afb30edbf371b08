//! The current state of a stack with its lock and its newest release: what `mist status` and its page show.

use jiff::Timestamp;
use serde::Serialize;

use crate::{release::stack_report::NameReport, stack::side::Side};

/// The current state of a stack.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StackStatus {
    /// Its name.
    pub stack: String,
    /// Its DNS name; null if its configuration cannot be read.
    pub domain: Option<String>,
    /// The target of its record; null if it cannot be read.
    pub target: Option<String>,
    /// All records of its names, that of the domain first; empty if they cannot be read.
    pub names: Vec<NameReport>,
    /// The other records of the zone that point to one of the environments; null if that is unknown.
    pub unlisted: Option<Vec<String>>,
    /// The side of the live environment; null if records point to both or to neither, or cannot be read.
    pub live: Option<Side>,
    /// Whether it is unknown which environment is live: the records cannot be read, or mist does not understand them.
    pub live_unknown: bool,
    /// Side A, then side B; empty if they cannot be read.
    pub sides: Vec<SideStatus>,
    /// What was changed without mist since the last release; null if nothing was.
    pub drift: Option<String>,
    /// The execution that holds the lock; null if the lock is free.
    pub running: Option<Running>,
    /// The number of releases that wait for the lock.
    pub queued: usize,
    /// The newest release; null if there is none.
    pub last: Option<Last>,
    /// Why something could not be read; null if everything was.
    pub problem: Option<String>,
}

impl StackStatus {
    /// What a person should know about the records, each in a part of a sentence.
    pub fn record_remarks(&self) -> Vec<String> {
        let Self { domain, target, names, unlisted, live, live_unknown, .. } = self;
        let mut remarks = Vec::new();
        let shown = |names: &mut dyn Iterator<Item = &NameReport>| {
            let shown = names.map(|it| format!("{} {} → {}", it.kind, it.name, it.target));
            shown.collect::<Vec<_>>().join(", ")
        };
        let elsewhere = shown(&mut names.iter().filter(|name| name.side.is_none()));
        if live.is_some() && !elsewhere.is_empty() {
            remarks.push(format!("records point to neither environment: {elsewhere}"));
        }
        if let (Some(domain), Some(target), None) = (domain, target, live) {
            let on = |side| names.iter().any(|name| name.side == Some(side));
            let both = Side::BOTH.into_iter().all(on);
            remarks.push(if both {
                let shown = shown(&mut names.iter());
                format!("the records point to both environments, so neither is idle: {shown}")
            } else if *live_unknown {
                format!("it is unknown where {domain} points: {target}")
            } else {
                format!("{domain} points to neither environment ({target})")
            });
        }
        if let Some(unlisted) = unlisted.as_ref().filter(|unlisted| !unlisted.is_empty()) {
            let unlisted = unlisted.join(", ");
            remarks.push(format!("mist.yaml does not list records that point there: {unlisted}"));
        }
        remarks
    }
}

/// The current state of an environment.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SideStatus {
    /// Its side.
    pub side: Side,
    /// Its name.
    pub environment: String,
    /// Its version; null if it has none.
    pub version: Option<String>,
    /// Its status: `Ready`, `Updating` … or `Missing`.
    pub status: String,
    /// Its health.
    pub health: String,
    /// Whether it is live.
    pub live: bool,
    /// The number of its instances in service; null if it cannot be read.
    pub instances: Option<u32>,
    /// The number of instances that it is to have; null if it cannot be read.
    pub desired: Option<u32>,
}

/// The execution that holds the lock.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Running {
    /// Its ARN.
    pub execution: String,
    /// Its operation with version and user.
    pub reason: String,
    /// The time at which it acquired the lock.
    pub since: Timestamp,
    /// The step that it is in; null if that cannot be read.
    pub step: Option<String>,
}

/// The newest release.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Last {
    /// Its version; null if it has none.
    pub version: Option<String>,
    /// Its operation.
    pub operation: String,
    /// Who started it.
    pub started_by: String,
    /// The time of its start.
    pub started_at: Timestamp,
    /// Its verdict: `done`, `running`, or the name of its error.
    pub verdict: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(kind: &str, side: Option<Side>) -> NameReport {
        let target = side.map_or_else(|| "elsewhere".to_owned(), |side| format!("env-{side}"));
        NameReport { name: "qa.mist.test".to_owned(), kind: kind.to_owned(), target, side }
    }

    fn status(names: Vec<NameReport>) -> StackStatus {
        StackStatus {
            domain: Some("qa.mist.test".to_owned()),
            target: Some("elsewhere".to_owned()),
            names,
            ..StackStatus::default()
        }
    }

    #[test]
    fn records_that_need_a_person_are_remarked_upon() {
        let both = status(vec![name("A", Some(Side::B)), name("AAAA", Some(Side::A))]);
        assert_eq!(
            both.record_remarks(),
            [
                "the records point to both environments, so neither is idle: A qa.mist.test → env-B, AAAA qa.mist.test → env-A"
            ]
        );
        let neither = status(vec![name("CNAME", None)]);
        assert_eq!(
            neither.record_remarks(),
            ["qa.mist.test points to neither environment (elsewhere)"]
        );
        let one = status(vec![name("CNAME", Some(Side::A)), name("AAAA", None)]);
        let one = StackStatus { live: Some(Side::A), ..one };
        assert_eq!(
            one.record_remarks(),
            ["records point to neither environment: AAAA qa.mist.test → elsewhere"]
        );
        let unknown = StackStatus { live_unknown: true, ..status(Vec::new()) };
        assert_eq!(
            unknown.record_remarks(),
            ["it is unknown where qa.mist.test points: elsewhere"]
        );
        let mut unlisted = status(vec![name("CNAME", Some(Side::A))]);
        (unlisted.live, unlisted.unlisted) = (Some(Side::A), Some(vec!["www".to_owned()]));
        assert_eq!(
            unlisted.record_remarks(),
            ["mist.yaml does not list records that point there: www"]
        );
    }
}
