//! The settings that keep things safe: bucket, tables and schedule.

use serde_json::{Value, json};

use crate::{
    asl::sow,
    project::{self, Result, none},
};

/// The missing safety settings of the bucket, the tables and the schedule.
fn check(template: &Value) -> Vec<String> {
    let bucket = &template["Resources"]["ArtifactBucket"]["Properties"];
    let blocked = &bucket["PublicAccessBlockConfiguration"];
    let closed =
        ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"];
    let encryption =
        "/BucketEncryption/ServerSideEncryptionConfiguration/0/ServerSideEncryptionByDefault";
    let events = "/NotificationConfiguration/EventBridgeConfiguration/EventBridgeEnabled";
    let schedule =
        "/Resources/BlueGreenStateMachine/Properties/Events/Schedule/Properties/State/Ref";
    let checks = [
        (
            bucket["VersioningConfiguration"]["Status"] == "Enabled",
            "the bucket must keep old versions",
        ),
        (
            bucket.pointer(encryption).is_some_and(|it| it["SSEAlgorithm"].is_string()),
            "the bucket must be encrypted",
        ),
        (
            closed.iter().all(|field| blocked[*field] == true),
            "the bucket must block all public access",
        ),
        (
            bucket.pointer(events) == Some(&json!(true)),
            "the bucket must send its events to EventBridge",
        ),
        (
            template.pointer(schedule) == Some(&json!("ScheduleState"))
                && template["Parameters"]["ScheduleState"]["Default"] == "DISABLED",
            "the schedule must be disabled unless it is enabled on purpose",
        ),
    ];
    let tables = ["StacksTable", "ReleasesTable"].map(|name| {
        let table = &template["Resources"][name];
        let point = "/Properties/PointInTimeRecoverySpecification/PointInTimeRecoveryEnabled";
        let kept = table["DeletionPolicy"] == "Retain"
            && table.pointer(point) == Some(&json!(true))
            && table.pointer("/Properties/SSESpecification/SSEEnabled") == Some(&json!(true));
        (kept, "the tables must be encrypted, and kept if the installation is deleted")
    });
    let checks = checks.into_iter().chain(tables);
    let failed = checks.filter(|(holds, _)| !holds);
    failed.map(|(_, problem)| format!("infra/template.yaml: {problem}")).collect()
}

#[test]
fn the_bucket_and_the_tables_are_safe_and_the_schedule_is_off() -> Result {
    none(&check(&project::template()?));
    Ok(())
}

#[test]
fn a_missing_safety_setting_is_found() -> Result {
    let template = project::template()?;
    let bucket = "/Resources/ArtifactBucket/Properties";
    for (place, value, expected) in [
        (format!("{bucket}/VersioningConfiguration"), Value::Null, "must keep old versions"),
        (format!("{bucket}/BucketEncryption"), Value::Null, "must be encrypted"),
        (
            format!("{bucket}/PublicAccessBlockConfiguration/IgnorePublicAcls"),
            json!(false),
            "block all public access",
        ),
        (format!("{bucket}/NotificationConfiguration"), Value::Null, "events to EventBridge"),
        ("/Resources/ReleasesTable/DeletionPolicy".to_owned(), json!("Delete"), "and kept if"),
        (
            "/Parameters/ScheduleState/Default".to_owned(),
            json!("ENABLED"),
            "schedule must be disabled",
        ),
    ] {
        let mut seeded = template.clone();
        sow(&mut seeded, &place, value)?;
        let problems = check(&seeded);
        assert!(problems.iter().any(|it| it.contains(expected)), "{place}: {problems:#?}");
    }
    Ok(())
}
