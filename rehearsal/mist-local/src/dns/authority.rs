//! The answers to DNS queries, as Route 53 gives them.

use std::net::Ipv4Addr;

use hickory_proto::op::ResponseCode;
use hickory_proto::rr::rdata::{A, SOA};
use hickory_proto::rr::{Name, RData, Record, RecordType};

use super::rdata;
use super::zones::{RecordSet, Zone, Zones};
use crate::error::Error;
use crate::ports;

/// The parent domains of environments and load balancers.
const PLATFORM: [&str; 2] = ["elasticbeanstalk.com.", "elb.amazonaws.com."];

/// The number of CNAMEs and aliases that are followed.
const LONGEST_CHAIN: usize = 8;

/// A lookup of the address of a name such as `shop-a.us-east-1.elasticbeanstalk.com`, without final dot.
pub(crate) type AddressOf = Box<dyn Fn(&str) -> Option<Ipv4Addr> + Send + Sync>;

/// The sources of answers.
pub(crate) struct Authority<Z> {
    /// The hosted zones.
    pub(crate) zones: Z,
    /// The addresses of environments and load balancers.
    pub(crate) address_of: AddressOf,
    /// The TTL of these addresses, in seconds.
    pub(crate) platform_ttl: u32,
}

/// An answer before it goes over the wire.
#[derive(Debug, PartialEq)]
pub(crate) struct Answer {
    /// The response code.
    pub(crate) code: ResponseCode,
    /// The records, CNAMEs first.
    pub(crate) records: Vec<Record>,
    /// The start of authority, which limits how long a negative answer is cached.
    pub(crate) soa: Option<Record>,
}

/// The result for one name, before its CNAME is followed.
enum Step {
    Found(Vec<Record>),
    Elsewhere(Record, Name),
    NoData(Record),
    NoName(Record),
    NotOurs,
}

impl<Z: Zones> Authority<Z> {
    /// Answers a query; fails only if the zones cannot be read.
    pub(crate) async fn answer(&self, name: &Name, kind: RecordType) -> Result<Answer, Error> {
        self.follow(name.clone(), kind, LONGEST_CHAIN).await
    }

    async fn follow(&self, mut name: Name, kind: RecordType, hops: usize) -> Result<Answer, Error> {
        let mut records = Vec::new();
        for hop in 0..hops {
            match self.step(&name, kind, hops - hop).await? {
                Step::Found(found) => {
                    records.extend(found);
                    return Ok(Answer { code: ResponseCode::NoError, records, soa: None });
                }
                Step::Elsewhere(record, target) => {
                    records.push(record);
                    name = target;
                }
                Step::NoData(soa) => {
                    return Ok(Answer { code: ResponseCode::NoError, records, soa: Some(soa) });
                }
                Step::NoName(soa) => {
                    return Ok(Answer { code: ResponseCode::NXDomain, records, soa: Some(soa) });
                }
                Step::NotOurs if records.is_empty() => return Ok(Answer::refused()),
                // Other name servers answer for the rest of the chain.
                Step::NotOurs => {
                    return Ok(Answer { code: ResponseCode::NoError, records, soa: None });
                }
            }
        }
        Ok(Answer { code: ResponseCode::ServFail, records: Vec::new(), soa: None })
    }

    async fn step(&self, name: &Name, kind: RecordType, hops: usize) -> Result<Step, Error> {
        if let Some(parent) = platform_parent(name) {
            return Ok(self.platform_step(name, kind, &parent));
        }
        let zones = self.zones.all().await?;
        let holding = zones.iter().filter(|zone| zone.name.zone_of(name));
        let Some(zone) = holding.max_by_key(|zone| zone.name.num_labels()) else {
            return Ok(Step::NotOurs);
        };
        let Some(sets) = self.sets_of(zone, name).await? else {
            return Ok(Step::NoName(self.soa_of(zone).await?));
        };
        if let Some(set) = choose(&sets, kind, ports::random()) {
            return self.found(zone, name, set, hops).await;
        }
        if let Some(set) = choose(&sets, RecordType::CNAME, ports::random()) {
            let target =
                set.values.first().and_then(|value| rdata::parse(RecordType::CNAME, value));
            if let Some(RData::CNAME(cname)) = target {
                let record = Record::from_rdata(name.clone(), set.ttl, RData::CNAME(cname.clone()));
                return Ok(Step::Elsewhere(record, cname.0.to_lowercase()));
            }
        }
        Ok(Step::NoData(self.soa_of(zone).await?))
    }

    fn platform_step(&self, name: &Name, kind: RecordType, parent: &Name) -> Step {
        let text = name.to_ascii().to_lowercase();
        match (self.address_of)(text.trim_end_matches('.')) {
            None => Step::NoName(default_soa(parent)),
            Some(address) if kind == RecordType::A => Step::Found(vec![Record::from_rdata(
                name.clone(),
                self.platform_ttl,
                RData::A(A(address)),
            )]),
            Some(_) => Step::NoData(default_soa(parent)),
        }
    }

    async fn found(
        &self,
        zone: &Zone,
        name: &Name,
        set: &RecordSet,
        hops: usize,
    ) -> Result<Step, Error> {
        let Some(target) = &set.alias else {
            let values = set.values.iter().filter_map(|value| rdata::parse(set.kind, value));
            return Ok(Step::Found(
                values.map(|data| Record::from_rdata(name.clone(), set.ttl, data)).collect(),
            ));
        };
        // A client does not see an alias: it gets the target's records under the queried name.
        let answer =
            Box::pin(self.follow(target.to_lowercase(), set.kind, hops.saturating_sub(1))).await?;
        let own: Vec<Record> = answer
            .records
            .into_iter()
            .filter(|record| record.record_type() == set.kind)
            .map(|record| Record::from_rdata(name.clone(), record.ttl, record.data))
            .collect();
        if own.is_empty() {
            Ok(Step::NoData(self.soa_of(zone).await?))
        } else {
            Ok(Step::Found(own))
        }
    }

    /// The sets of exactly this name, or those of the wildcard that covers it; `None` if the name does not exist.
    async fn sets_of(&self, zone: &Zone, name: &Name) -> Result<Option<Vec<RecordSet>>, Error> {
        let after = self.zones.records_from(zone, name).await?;
        if after.iter().any(|set| name.zone_of(&set.name)) {
            return Ok(Some(after.into_iter().filter(|set| set.name == *name).collect()));
        }
        let mut parent = name.base_name();
        while zone.name.zone_of(&parent) {
            let Ok(wildcard) = Name::from_ascii("*").and_then(|star| star.append_domain(&parent))
            else {
                break;
            };
            let sets = self.zones.records_from(zone, &wildcard).await?;
            let covering: Vec<RecordSet> =
                sets.iter().filter(|set| set.name == wildcard).cloned().collect();
            if !covering.is_empty() {
                return Ok(Some(covering));
            }
            // The closest ancestor that exists hides the wildcards above it.
            if sets.iter().any(|set| parent.zone_of(&set.name)) {
                break;
            }
            parent = parent.base_name();
        }
        Ok(None)
    }

    async fn soa_of(&self, zone: &Zone) -> Result<Record, Error> {
        let sets = self.zones.records_from(zone, &zone.name).await?;
        let stored = sets.iter().find(|set| set.name == zone.name && set.kind == RecordType::SOA);
        let parsed = stored.and_then(|set| Some((set.ttl, rdata::soa(set.values.first()?)?)));
        let Some((ttl, soa)) = parsed else { return Ok(default_soa(&zone.name)) };
        // A negative answer is cached for the shorter of the two times (RFC 2308).
        let ttl = ttl.min(soa.minimum);
        Ok(Record::from_rdata(zone.name.clone(), ttl, RData::SOA(soa)))
    }
}

impl Answer {
    fn refused() -> Self {
        Self { code: ResponseCode::Refused, records: Vec::new(), soa: None }
    }
}

fn platform_parent(name: &Name) -> Option<Name> {
    PLATFORM
        .iter()
        .filter_map(|parent| Name::from_ascii(parent).ok())
        .find(|parent| parent.zone_of(name))
}

/// The SOA of names without a hosted zone; negative answers are cached for a minute.
fn default_soa(zone: &Name) -> Record {
    let soa = SOA::new(zone.clone(), zone.clone(), 1, 7_200, 900, 1_209_600, 60);
    Record::from_rdata(zone.clone(), 60, RData::SOA(soa))
}

/// The set of this type, or one of several by weight; `roll` is an evenly distributed random number.
fn choose(sets: &[RecordSet], kind: RecordType, roll: u64) -> Option<&RecordSet> {
    let candidates: Vec<&RecordSet> = sets.iter().filter(|set| set.kind == kind).collect();
    let total: u64 = candidates.iter().filter_map(|set| set.weight).sum();
    if total == 0 {
        // Without weights there is one set. If all weights are 0, Route 53 picks each equally often.
        let count = u64::try_from(candidates.len()).ok().filter(|count| *count > 0)?;
        return candidates.get(usize::try_from(roll % count).ok()?).copied();
    }
    let mut left = roll % total;
    candidates.into_iter().find(|set| {
        let weight = set.weight.unwrap_or_default();
        let chosen = left < weight;
        left = left.saturating_sub(weight);
        chosen
    })
}

#[cfg(test)]
mod tests;
