//! Hosted zones and the records of stacks.

use aws_sdk_route53::Client;
use aws_sdk_route53::types::{
    AliasTarget, Change, ChangeAction, ChangeBatch, ResourceRecord, ResourceRecordSet, RrType,
};

use crate::cloud::Cloud;
use crate::error::Error;

/// The hosted zone that all stacks share.
pub const ZONE: &str = "mist.test";

/// The hosted zone that AWS keeps for environments in us-east-1.
const PLATFORM_ZONE: &str = "Z117KPS5GTRPG7";

/// The type of the record that points to an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Record {
    /// A CNAME with this TTL in seconds.
    Cname {
        /// The TTL.
        ttl: u32,
    },
    /// An alias of type A, which has the TTL of the environment's own address.
    Alias,
    /// An alias of type AAAA.
    AliasForIpv6,
}

/// Creates a hosted zone unless it exists, and returns its identifier without `/hostedzone/`.
pub(crate) async fn make_zone(cloud: &Cloud, name: &str) -> Result<String, Error> {
    let client = Client::new(cloud.sdk_config());
    // The reference makes the call idempotent.
    let made = client
        .create_hosted_zone()
        .name(name)
        .caller_reference(format!("mist-local-{name}"))
        .send()
        .await;
    let zone =
        made.map_err(|error| Error::aws(format!("CreateHostedZone `{name}`"), &error))?.hosted_zone;
    let id = zone.map(|zone| zone.id).unwrap_or_default();
    Ok(id.trim_start_matches("/hostedzone/").to_owned())
}

/// Points the record `name` to `target`.
pub(crate) async fn point(
    cloud: &Cloud,
    zone: &str,
    name: &str,
    target: &str,
    record: Record,
) -> Result<(), Error> {
    let call = || format!("ChangeResourceRecordSets `{name}`");
    let client = Client::new(cloud.sdk_config());
    let set = ResourceRecordSet::builder().name(name);
    let set = match record {
        Record::Cname { ttl } => {
            let value = ResourceRecord::builder()
                .value(target)
                .build()
                .map_err(|error| Error::aws(call(), &error))?;
            set.r#type(RrType::Cname).ttl(i64::from(ttl)).resource_records(value)
        }
        Record::Alias | Record::AliasForIpv6 => {
            let kind = if record == Record::Alias { RrType::A } else { RrType::Aaaa };
            let alias = AliasTarget::builder().hosted_zone_id(PLATFORM_ZONE).dns_name(target);
            let alias = alias
                .evaluate_target_health(false)
                .build()
                .map_err(|error| Error::aws(call(), &error))?;
            set.r#type(kind).alias_target(alias)
        }
    };
    let set = set.build().map_err(|error| Error::aws(call(), &error))?;
    let change = Change::builder().action(ChangeAction::Upsert).resource_record_set(set).build();
    let change = change.map_err(|error| Error::aws(call(), &error))?;
    let batch = ChangeBatch::builder()
        .changes(change)
        .build()
        .map_err(|error| Error::aws(call(), &error))?;
    let changed =
        client.change_resource_record_sets().hosted_zone_id(zone).change_batch(batch).send().await;
    changed.map_err(|error| Error::aws(call(), &error))?;
    Ok(())
}
