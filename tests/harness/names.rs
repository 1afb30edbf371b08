//! When: what happens to the records of a stack without mist.

use mist_core::{
    dns::{
        record::{Change, Record},
        set::Place,
    },
    ports::Dns as _,
    release::records::{Listing, StackRecords},
    stack::side::Side,
};
use mist_rehearsal::LocalStack;

use crate::{result::Result, story::Story, world::World};

impl Story {
    /// Points the record of the domain to `target` without mist, and leaves all others.
    pub async fn point(&self, target: &str) -> Result<Change> {
        let from = self.record().await?;
        let to = Record { target: target.to_owned(), ..from.clone() };
        Ok(self.world.rehearsal.aws().dns().replace(&[(from, to)]).await?)
    }

    /// Points the name `label` below the domain to the environment of `side`, without mist.
    pub async fn point_name(&self, label: &str, side: Side, record: mist_local::Record) -> Result {
        let name = format!("{label}.{}", self.stack.stack.settings.domain);
        Ok(self.world.cloud.point(&name, self.cname(side), record).await?)
    }

    /// Points one of the records of the domain to the environment of `side`, without mist.
    pub async fn point_domain(&self, side: Side, record: mist_local::Record) -> Result {
        let domain = self.stack.stack.settings.domain.as_str();
        Ok(self.world.cloud.point(domain, self.cname(side), record).await?)
    }

    /// The targets of the name `label` below the domain.
    pub async fn targets_of(&self, label: &str) -> Result<Vec<String>> {
        let name = format!("{label}.{}", self.stack.stack.settings.domain);
        let place = Place { name: name.clone(), kind: None, identifier: None };
        let zone = &self.stack.stack.settings.hosted_zone_id;
        let page = self.world.rehearsal.aws().dns().page(zone, Some(&place)).await?;
        let sets = page.sets.into_iter().filter(|set| set.name == name);
        Ok(sets.flat_map(|set| set.targets).collect())
    }

    fn cname(&self, side: Side) -> &str {
        let [a, b] = &self.stack.cnames;
        match side {
            Side::A => a,
            Side::B => b,
        }
    }

    /// The records of the stack, and all others that point to one of its environments.
    pub async fn records(&self) -> Result<StackRecords> {
        self.world.records(&self.stack).await
    }

    /// The record of the domain.
    pub async fn record(&self) -> Result<Record> {
        let records = self.records().await?.records();
        Ok(records.into_iter().next().ok_or("the domain has no record")?)
    }
}

impl World {
    /// The records of `stack`, and all others that point to one of its environments.
    pub async fn records(&self, stack: &LocalStack) -> Result<StackRecords> {
        let (dns, names) = (self.rehearsal.aws().dns(), stack.stack.names());
        let cnames = stack.cnames.each_ref().map(String::as_str);
        Ok(StackRecords::read(&names, cnames, Listing::quick(&dns, &names).await?)?)
    }
}
