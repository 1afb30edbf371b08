//! The names of the stack, and the names of the zone that mist.yaml does not list.

use mist_core::dns::{record::RecordType, set::RecordSet};

use super::*;

const A: &str = "demo-qa-a.us-east-1.elasticbeanstalk.com";
const B: &str = "demo-qa-b.us-east-1.elasticbeanstalk.com";

/// A stack whose record is an alias, and that is also known as `www.mist.test`; `blue.mist.test` stays. All records
/// point to environment A.
fn given_names() -> Fakes {
    let mut stack = stack().unwrap();
    stack.settings.record.kind = RecordType::Alias;
    stack.settings.also_known_as = vec!["www.mist.test".parse().unwrap()];
    stack.settings.fixed_names = vec!["blue.mist.test".parse().unwrap()];
    let dns = FakeDns::pointing(stack.names(), A);
    dns.add_alias("AAAA", "qa.mist.test", A);
    dns.add_cname("www.mist.test", A);
    dns.add_cname("blue.mist.test", B);
    Ports { dns, stacks: FakeStacks::with(stack), ..given() }
}

#[tokio::test]
async fn all_records_move_and_are_verified() {
    let plan = plan(&given_names(), deploy_qa()).await;
    let records = |step: &str, field: &str| {
        let list = plan["steps"][step][field].as_array().unwrap();
        let named = |record: &Value| {
            let which = record.get("which").unwrap_or(record);
            let text = |field: &str| which[field].as_str().unwrap_or_default().to_owned();
            format!("{} {}", text("type"), text("name"))
        };
        list.iter().map(named).collect::<Vec<_>>()
    };
    let all = ["A qa.mist.test", "AAAA qa.mist.test", "CNAME www.mist.test"];
    for (step, field) in [
        ("swap", "from"),
        ("swapBack", "from"),
        ("verify", "records"),
        ("verifySwapBack", "records"),
    ] {
        assert_eq!(records(step, field), all, "{step}");
    }
    assert_eq!(plan["steps"]["swapBack"]["from"][2]["target"], B);
    assert_eq!(
        (&plan["steps"]["swap"]["alone"], &plan["steps"]["swapBack"]["alone"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(plan["steps"]["swap"]["live"]["drainSeconds"], 120, "the longest TTL counts");
}

#[tokio::test]
async fn records_that_point_to_both_environments_leave_none_idle() {
    let ports = given();
    ports.dns.add_alias("AAAA", "qa.mist.test", B);
    for operation in ["deploy", "swap", "rollback", "stop", "warm", "start"] {
        let input = json!({"operation": operation, "acceptDrift": operation == "deploy"});
        let error = refused(&ports, input).await;
        assert_eq!(
            error,
            format!(
                "Mist.RecordsDisagree: the records of stack `QA` point to both environments, so neither is idle: CNAME `qa.mist.test` to `{A}`, AAAA `qa.mist.test` to `{B}`; point all of them to one environment"
            )
        );
    }
}

#[tokio::test]
async fn an_unlisted_name_refuses_what_would_harm_its_users() {
    for target in [A, B] {
        let ports = given();
        super::memory::remember(&ports, Side::A, "v1", Some("v0"));
        ports.dns.add_cname("shop.mist.test", target);
        for operation in ["deploy", "swap", "stop"] {
            let error = refused(&ports, json!({"operation": operation})).await;
            let expected = format!(
                "Mist.UnlistedRecord: records that stack `QA` does not list point to its environments: CNAME `shop.mist.test` to `{target}`; "
            );
            assert!(error.starts_with(&expected), "{error}");
        }
        let in_place = json!({"environment": "Demo-QA-A", "inPlace": true});
        plan(&ports, in_place).await;
        for operation in ["warm", "mark"] {
            plan(&ports, json!({"operation": operation})).await;
        }
    }
}

#[tokio::test]
async fn a_rollback_leaves_behind_what_it_cannot_move() {
    let mut stack = stack().unwrap();
    stack.settings.also_known_as = vec!["gone.mist.test".parse().unwrap()];
    let ports = Ports { stacks: FakeStacks::with(stack), ..given() };
    super::memory::remember(&ports, Side::A, "v1", Some("v0"));
    ports.dns.add_cname("shop.mist.test", A);
    let rollback = json!({"operation": "rollback"});
    let plan = plan(&ports, rollback.clone()).await;
    assert_eq!(
        plan["warnings"],
        json!([
            "a record stays behind: `gone.mist.test` has no record",
            format!(
                "mist.yaml does not list records that point to the environments, and they stay: CNAME `shop.mist.test` to `{A}`"
            )
        ])
    );
    assert_eq!(plan["steps"]["swap"]["alone"], json!(false));
    assert_eq!(plan["steps"]["verify"]["records"].as_array().unwrap().len(), 1);
    ports.dns.point("elsewhere.example.com");
    assert!(refused(&ports, rollback.clone()).await.starts_with("Mist.RecordElsewhere: "));
    // Only the twin could move, and nothing would verify the rest.
    ports.dns.delete_set("CNAME", "qa.mist.test");
    ports.dns.add_alias("AAAA", "qa.mist.test", A);
    assert!(refused(&ports, rollback).await.starts_with("Mist.RecordMissing: "));
}

#[tokio::test]
async fn a_routing_policy_for_another_name_is_refused_by_that_name() {
    let ports = given();
    ports.dns.add(RecordSet {
        name: "eu.mist.test".to_owned(),
        kind: "A".to_owned(),
        targets: vec![B.to_owned()],
        ttl_seconds: Some(60),
        alias: None,
        feature: Some("is weighted, or chosen by a routing policy"),
    });
    insta::assert_snapshot!(refused(&ports, deploy_qa()).await, @"Mist.UnsupportedRecord: mist cannot move record `eu.mist.test`: it is weighted, or chosen by a routing policy, and points to `demo-qa-b.us-east-1.elasticbeanstalk.com`; list it in `fixedNames`, or point it elsewhere");
}

#[tokio::test]
async fn a_configured_name_that_points_elsewhere_is_refused() {
    let ports = given();
    let mut stack = stack().unwrap();
    stack.settings.also_known_as = vec!["www.mist.test".parse().unwrap()];
    ports.dns.add_cname("www.mist.test", "elsewhere.example.com");
    let ports = Ports { stacks: FakeStacks::with(stack), ..ports };
    insta::assert_snapshot!(refused(&ports, deploy_qa()).await, @"Mist.RecordElsewhere: record `www.mist.test` points to `elsewhere.example.com`, not to `demo-qa-a.us-east-1.elasticbeanstalk.com` or `demo-qa-b.us-east-1.elasticbeanstalk.com`; point it to one of them");
}

#[tokio::test]
async fn a_twin_that_reaches_no_environment_is_a_warning() {
    let ports = given();
    ports.dns.add_alias("AAAA", "qa.mist.test", "elsewhere.example.com");
    let warnings = plan(&ports, deploy_qa()).await["warnings"].clone();
    assert_eq!(
        warnings,
        json!([
            "AAAA record `qa.mist.test` points to `elsewhere.example.com`, not to an environment: users with IPv6 may not reach the stack"
        ])
    );
}

#[tokio::test]
async fn a_large_zone_is_read_once() {
    let ports = given();
    for number in 0..2999 {
        ports.dns.add_cname(&format!("n{number}.mist.test"), "elsewhere.example.com");
    }
    plan(&ports, deploy_qa()).await;
    assert_eq!(ports.dns.pages(), 10);
    ports.dns.add_cname("last.mist.test", B);
    assert!(refused(&ports, deploy_qa()).await.contains("`last.mist.test`"));
}
