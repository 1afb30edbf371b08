//! The records of a stack, read together: the environment that they point to, and the other records of the zone that
//! point to one of the environments.

mod listing;
mod movable;

#[cfg(test)]
mod tests;

use crate::{
    beanstalk::environment::Environment,
    dns::{
        names::StackNames,
        record::Record,
        set::{RecordSet, listed},
    },
    error::Error,
    names::{DomainName, RecordName, StackName},
    ports::Dns,
    release::target::{self, Live},
    stack::side::Side,
};

pub use listing::{Listing, MOST_SETS};

/// The records of a stack, and the other records that point to one of its environments.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StackRecords {
    /// The records that mist moves, that of the domain first.
    pub own: Vec<OwnRecord>,
    /// The AAAA records of the stack's names that point to neither environment. They stay.
    pub strays: Vec<RecordSet>,
    /// The records of other names that point to one of the environments, except for `fixedNames`.
    pub others: Vec<RecordSet>,
    /// The records of the stack's names that cannot move, and why, as parts of sentences. Only
    /// [`StackRecords::read_movable`] skips any.
    pub skipped: Vec<String>,
    /// Whether the whole zone was read. Otherwise, more of `others` may exist.
    pub complete: bool,
}

/// A record of one of the stack's names.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OwnRecord {
    /// The record.
    pub record: Record,
    /// The side of the environment that it points to; `None`: neither.
    pub side: Option<Side>,
}

impl StackRecords {
    /// The records in `listing` of a stack with `names`, whose environments of side A and side B have the CNAMEs `cnames`.
    ///
    /// A name without a record is [`Error::RecordMissing`], and a record of the stack that mist cannot move is
    /// [`Error::UnsupportedRecord`].
    pub fn read(names: &StackNames, cnames: [&str; 2], listing: Listing) -> Result<Self, Error> {
        let (at_own, mut records) = Self::divide(names, cnames, listing);
        for name in names.own() {
            let sets = at_own.iter().filter(|set| set.name == name.as_str());
            records.add(names, cnames, name, sets)?;
        }
        Ok(records)
    }

    /// The sets of the stack's names, and the rest of `listing` as far as it matters.
    fn divide(
        names: &StackNames,
        cnames: [&str; 2],
        Listing { sets, complete }: Listing,
    ) -> (Vec<RecordSet>, Self) {
        let (at_own, elsewhere): (Vec<_>, Vec<_>) =
            sets.into_iter().partition(|set| names.owns(&set.name));
        let is_other = |set: &RecordSet| set.points_to(&cnames) && !names.keeps(&set.name);
        let records = Self {
            own: Vec::new(),
            strays: Vec::new(),
            others: elsewhere.into_iter().filter(is_other).collect(),
            skipped: Vec::new(),
            complete,
        };
        (at_own, records)
    }

    fn add<'a>(
        &mut self,
        names: &StackNames,
        cnames: [&str; 2],
        name: &DomainName,
        sets: impl Iterator<Item = &'a RecordSet>,
    ) -> Result<(), Error> {
        let kinds = if *name == names.name {
            vec![names.kind.first().to_string()]
        } else {
            vec!["CNAME".to_owned(), "A".to_owned()]
        };
        let mut found = false;
        for set in sets {
            let follows = follows(names, name, set);
            let required = kinds.contains(&set.kind);
            if required && follows {
                found = true;
            } else if required || set.points_to(&cnames) {
                found |= required;
                let record = set.record(&names.zone).map_err(|problem| {
                    Error::UnsupportedRecord { name: set.name.clone(), problem }
                })?;
                self.own.push(OwnRecord { side: target::side_of(&record, cnames), record });
            } else if set.kind == "AAAA" && !follows {
                self.strays.push(set.clone());
            }
        }
        if found { Ok(()) } else { Err(missing(names, name)) }
    }

    /// The live environment.
    pub fn live(&self) -> Live {
        let on = |side| self.own.iter().any(|own| own.side == Some(side));
        match Side::BOTH.map(on) {
            [true, true] => Live::Both,
            [true, false] => Live::Side(Side::A),
            [false, true] => Live::Side(Side::B),
            [false, false] => Live::Neither,
        }
    }

    /// The records as they are.
    pub fn records(&self) -> Vec<Record> {
        self.own.iter().map(|own| own.record.clone()).collect()
    }

    /// The first record that points to neither environment.
    pub fn elsewhere(&self) -> Option<&Record> {
        self.own.iter().find(|own| own.side.is_none()).map(|own| &own.record)
    }

    /// The records with their targets, for messages.
    pub fn described(&self) -> String {
        listed(
            self.own.iter().map(|own| format!("{} to `{}`", own.record.which, own.record.target)),
        )
    }

    /// The records of other names with their targets, for messages.
    pub fn unlisted(&self) -> String {
        listed(self.others.iter().map(RecordSet::described))
    }

    /// Refuses records of other names that point to one of the environments of `stack`: a release would leave them behind.
    pub fn refuse_others(&self, stack: &StackName) -> Result<(), Error> {
        if self.others.is_empty() {
            return Ok(());
        }
        for set in &self.others {
            // The zone is only needed for a record, not for the problem.
            if let Err(problem) = set.record("") {
                let target = set.values();
                let remedy = match set.name.parse::<RecordName>() {
                    Ok(_) => "list it in `fixedNames`, or point it elsewhere",
                    // mist.yaml cannot have this name: it has an escape, or its star is not in front.
                    Err(_) => "point it elsewhere, or delete it",
                };
                let problem = format!("{problem}, and points to `{target}`; {remedy}");
                return Err(Error::UnsupportedRecord { name: set.name.clone(), problem });
            }
        }
        Err(Error::UnlistedRecord { stack: stack.to_string(), records: self.unlisted() })
    }

    /// Refuses records that are no longer as they were `planned`.
    pub fn compare(&self, planned: &[Record]) -> Result<(), Error> {
        let found = |which| self.own.iter().map(|own| &own.record).find(|it| it.which == which);
        let changed = |name: &DomainName, expected: Option<&Record>, found: Option<&Record>| {
            let shown = |record: Option<&Record>| {
                record.map_or_else(|| "nothing".to_owned(), ToString::to_string)
            };
            let (expected, found) = (shown(expected), shown(found));
            Err(Error::RecordChanged { name: name.to_string(), expected, found })
        };
        for record in planned {
            match found(record.which.clone()) {
                Some(found) if found.is_same(record) => {}
                found => return changed(&record.which.name, Some(record), found),
            }
        }
        let new = self.own.iter().map(|own| &own.record);
        match new.into_iter().find(|own| planned.iter().all(|record| record.which != own.which)) {
            Some(new) => changed(&new.which.name, None, Some(new)),
            None => Ok(()),
        }
    }
}

/// Refuses `environment` to be changed if a record points to it: one of the stack's, or an unlisted one.
pub async fn check_idle(
    dns: &impl Dns,
    (stack, names): (&StackName, &StackNames),
    environment: &Environment,
) -> Result<(), Error> {
    let listing = Listing::quick(dns, names).await?;
    let records = StackRecords::read(names, [&environment.cname, ""], listing)?;
    if records.live() == Live::Neither {
        return records.refuse_others(stack);
    }
    Err(Error::EnvironmentIsLive {
        environment: environment.name.clone(),
        remedy: "the record was changed after this release was planned".to_owned(),
    })
}

/// Whether `set` of `name` points to another name of the stack, and so moves with that one.
fn follows(names: &StackNames, name: &DomainName, set: &RecordSet) -> bool {
    names.own().any(|own| own != name && set.points_to(&[own.as_str()]))
}

/// The error if `name` has no record of the form that it needs.
fn missing(names: &StackNames, name: &DomainName) -> Error {
    let kind =
        if *name == names.name { names.kind.to_string() } else { "CNAME or ALIAS".to_owned() };
    Error::RecordMissing { kind, name: name.to_string(), zone: names.zone.clone() }
}
