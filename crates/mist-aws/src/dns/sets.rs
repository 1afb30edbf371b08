//! Record sets in the types of the SDK.

use aws_sdk_route53::{
    error::BuildError,
    types::{
        AliasTarget as SdkAliasTarget, Change as SdkChange, ChangeAction, ChangeBatch,
        ResourceRecord, ResourceRecordSet, RrType,
    },
};
use mist_core::dns::{
    record::{AliasTarget, Record, RecordKind},
    set::RecordSet,
};

/// The set, if it may point to an environment.
pub(super) fn read(set: &ResourceRecordSet) -> Option<RecordSet> {
    let kind = set.r#type();
    let values = set.resource_records().iter().map(ResourceRecord::value);
    let targets = match (set.alias_target(), kind) {
        (Some(alias), _) => vec![alias.dns_name().to_owned()],
        (None, RrType::A | RrType::Aaaa | RrType::Cname) => values.map(str::to_owned).collect(),
        // A priority, the target, and parameters.
        (None, RrType::Https | RrType::Svcb) => {
            values.filter_map(|value| value.split_whitespace().nth(1)).map(str::to_owned).collect()
        }
        (None, _) => return None,
    };
    Some(RecordSet {
        name: set.name().trim_end_matches('.').replace("\\052", "*"),
        kind: kind.as_str().to_owned(),
        targets,
        ttl_seconds: set.ttl().and_then(|ttl| u32::try_from(ttl).ok()),
        alias: set.alias_target().map(|alias| AliasTarget {
            zone: alias.hosted_zone_id().to_owned(),
            evaluate_health: alias.evaluate_target_health(),
        }),
        feature: feature(set),
    })
}

/// The feature of a set that is not simple.
fn feature(set: &ResourceRecordSet) -> Option<&'static str> {
    if set.traffic_policy_instance_id().is_some() {
        return Some("belongs to a traffic policy");
    }
    if set.set_identifier().is_some() {
        return Some("is weighted, or chosen by a routing policy");
    }
    set.health_check_id().map(|_| "has a health check")
}

/// The batch that replaces the first record of each pair by the second one.
pub(super) fn batch(moves: &[(Record, Record)]) -> Result<ChangeBatch, BuildError> {
    let step = |action, record| {
        SdkChange::builder().action(action).resource_record_set(write(record)?).build()
    };
    let mut batch = ChangeBatch::builder().comment("mist");
    for (from, to) in moves {
        batch = batch
            .changes(step(ChangeAction::Delete, from)?)
            .changes(step(ChangeAction::Create, to)?);
    }
    batch.build()
}

fn write(record: &Record) -> Result<ResourceRecordSet, BuildError> {
    let kind = match record.which.kind {
        RecordKind::A => RrType::A,
        RecordKind::Aaaa => RrType::Aaaa,
        RecordKind::Cname => RrType::Cname,
    };
    let set = ResourceRecordSet::builder().name(record.which.name.as_str()).r#type(kind);
    let set = match &record.alias {
        Some(alias) => set.alias_target(
            SdkAliasTarget::builder()
                .hosted_zone_id(&alias.zone)
                .dns_name(&record.target)
                .evaluate_target_health(alias.evaluate_health)
                .build()?,
        ),
        None => set
            .set_ttl(record.ttl_seconds.map(i64::from))
            .resource_records(ResourceRecord::builder().value(&record.target).build()?),
    };
    set.build()
}
