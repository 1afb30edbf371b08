//! The records that a swap back or a rollback can move: what it does not need to move does not refuse it.

use super::{Listing, OwnRecord, StackRecords, follows, missing};
use crate::{
    dns::{names::StackNames, set::RecordSet},
    error::Error,
    names::DomainName,
    release::target,
};

impl StackRecords {
    /// The records in `listing` that point to one of the environments, and that mist can move. The other records of the
    /// stack's names are `skipped`: users of a failed version wait for the rest.
    ///
    /// A domain that points to neither environment is [`Error::RecordElsewhere`]: a person directs its users elsewhere.
    /// Without any record to move, the error is that of [`StackRecords::read`].
    pub fn read_movable(
        names: &StackNames,
        cnames: [&str; 2],
        listing: Listing,
    ) -> Result<Self, Error> {
        let (at_own, mut records) = Self::divide(names, cnames, listing);
        for name in names.own() {
            let mut sets = at_own.iter().filter(|set| set.name == name.as_str()).peekable();
            if sets.peek().is_none() {
                records.skipped.push(format!("`{name}` has no record"));
            }
            for set in sets {
                records.add_movable(names, cnames, name, set)?;
            }
        }
        if records.own.is_empty() {
            Self::read(names, cnames, Listing { sets: at_own, complete: records.complete })?;
            return Err(missing(names, &names.name));
        }
        Ok(records)
    }

    fn add_movable(
        &mut self,
        names: &StackNames,
        cnames: [&str; 2],
        name: &DomainName,
        set: &RecordSet,
    ) -> Result<(), Error> {
        if follows(names, name, set) {
            return Ok(());
        }
        if set.points_to(&cnames) {
            match set.record(&names.zone) {
                Ok(record) => {
                    self.own.push(OwnRecord { side: target::side_of(&record, cnames), record });
                }
                Err(problem) => {
                    self.skipped
                        .push(format!("mist cannot move {}: it {problem}", set.described()));
                }
            }
            return Ok(());
        }
        match set.kind.as_str() {
            "A" | "CNAME" if *name == names.name => {
                let [a, b] = cnames.map(ToOwned::to_owned);
                Err(Error::RecordElsewhere { name: name.to_string(), found: set.values(), a, b })
            }
            "A" | "CNAME" => {
                self.skipped.push(format!("{} points to neither environment", set.described()));
                Ok(())
            }
            "AAAA" => {
                self.strays.push(set.clone());
                Ok(())
            }
            _ => Ok(()),
        }
    }
}
