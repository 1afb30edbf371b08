//! Hosted zones of the local Route 53.

use aws_sdk_route53::Client;
use aws_sdk_route53::types::ResourceRecordSet;
use hickory_proto::rr::{Name, RecordType};

use super::zones::{RecordSet, Zone, Zones};
use crate::error::Error;

/// The local Route 53 as a source of zones.
#[derive(Debug, Clone)]
pub(crate) struct Route53 {
    client: Client,
}

impl Route53 {
    /// The zones that `client` reads.
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }
}

impl Zones for Route53 {
    async fn all(&self) -> Result<Vec<Zone>, Error> {
        let mut zones = Vec::new();
        let mut pages = self.client.list_hosted_zones().into_paginator().items().send();
        while let Some(zone) = pages.next().await {
            let zone = zone.map_err(|error| Error::aws("ListHostedZones", &error))?;
            zones.extend(
                parse_name(zone.name()).map(|name| Zone { id: zone.id().to_owned(), name }),
            );
        }
        Ok(zones)
    }

    async fn records_from(&self, zone: &Zone, start: &Name) -> Result<Vec<RecordSet>, Error> {
        let answer = self
            .client
            .list_resource_record_sets()
            .hosted_zone_id(&zone.id)
            .start_record_name(start.to_ascii())
            .max_items(100)
            .send()
            .await
            .map_err(|error| Error::aws("ListResourceRecordSets", &error))?;
        Ok(answer.resource_record_sets().iter().filter_map(record_set).collect())
    }
}

/// The record set of the answer. A set that no DNS server can serve is skipped with a warning.
fn record_set(set: &ResourceRecordSet) -> Option<RecordSet> {
    let name = parse_name(set.name())?;
    let Ok(kind) = set.r#type().as_str().parse::<RecordType>() else {
        tracing::warn!("skipping `{name}`: unknown record type `{}`", set.r#type().as_str());
        return None;
    };
    Some(RecordSet {
        name,
        kind,
        ttl: set.ttl().and_then(|ttl| u32::try_from(ttl).ok()).unwrap_or_default(),
        values: set.resource_records().iter().map(|record| record.value().to_owned()).collect(),
        weight: set.weight().and_then(|weight| u64::try_from(weight).ok()),
        alias: set.alias_target().and_then(|target| parse_name(target.dns_name())),
    })
}

/// The name in the form of Route 53, with `*` for `\052` and a final dot.
fn parse_name(text: &str) -> Option<Name> {
    let name = Name::from_ascii(text.replace("\\052", "*"));
    let Ok(mut name) = name else {
        tracing::warn!("skipping `{text}`: not a DNS name");
        return None;
    };
    name.set_fqdn(true);
    Some(name.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_end_with_a_dot_and_may_start_with_an_escaped_star() {
        assert_eq!(parse_name("QA.mist.test").unwrap().to_ascii(), "qa.mist.test.");
        assert_eq!(parse_name("\\052.mist.test.").unwrap(), parse_name("*.mist.test").unwrap());
    }
}
