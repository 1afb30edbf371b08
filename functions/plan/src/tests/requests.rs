//! The requests of the steps.

use super::*;

/// The first step, how the target goes live, and the steps that have a request.
fn described(plan: &Value) -> String {
    let steps = plan["steps"].as_object().unwrap().iter();
    let steps = steps.filter(|(_, request)| !request.is_null() && **request != json!({}));
    let mut steps: Vec<_> = steps.map(|(step, _)| step.as_str()).collect();
    steps.sort_unstable();
    let (start, goes_live) = (plan["start"].as_str().unwrap(), plan["goesLive"].as_str().unwrap());
    format!("{start}, goes live: {goes_live}; {}", steps.join(" "))
}

/// The plan of a release with `previous` live before, in a stack whose environment B may have been stopped.
async fn planned(input: Value) -> String {
    let ports = given();
    super::memory::remember(&ports, Side::A, "v1", Some("v0"));
    if input["operation"] == "start" {
        super::others::stopped(&ports);
    }
    described(&plan(&ports, input).await)
}

#[tokio::test]
async fn each_operation_has_just_its_steps() {
    let on = |operation: &str, environment: &str| json!({"operation": operation, "environment": environment});
    let in_place = json!({"environment": "Demo-QA-A", "inPlace": true});
    insta::assert_snapshot!(planned(deploy_qa()).await, @"deploy, goes live: swap; bake deploy mark matchCapacity swap swapBack verify verifySwapBack waitReady warm");
    insta::assert_snapshot!(planned(on("deploy", "Demo-QA-B")).await, @"deploy, goes live: no; deploy matchCapacity waitReady warm");
    insta::assert_snapshot!(planned(in_place).await, @"deploy, goes live: inPlace; bake deploy mark matchCapacity verify waitReady warm");
    insta::assert_snapshot!(planned(json!({"operation": "swap"})).await, @"matchCapacity, goes live: swap; bake mark matchCapacity swap swapBack verify verifySwapBack warm");
    insta::assert_snapshot!(planned(on("swap", "Demo-QA-A")).await, @"finish, goes live: swap; ");
    insta::assert_snapshot!(planned(json!({"operation": "rollback"})).await, @"matchCapacity, goes live: swap; bake mark matchCapacity swap verify warm");
    insta::assert_snapshot!(planned(json!({"operation": "warm"})).await, @"warm, goes live: no; warm");
    insta::assert_snapshot!(planned(json!({"operation": "mark"})).await, @"mark, goes live: no; mark");
    insta::assert_snapshot!(planned(json!({"operation": "start"})).await, @"scale, goes live: no; scale");
    insta::assert_snapshot!(planned(json!({"operation": "stop"})).await, @"scale, goes live: no; scale");
    insta::assert_snapshot!(planned(json!({"operation": "version"})).await, @"version, goes live: no; version");
}

/// The requests of the steps of a deployment of `v2` to environment B.
async fn deployment() -> Value {
    plan(&given(), upload("releases/QA/v2.zip")).await["steps"].clone()
}

fn holder() -> Value {
    json!({"execution": "arn:1", "fence": 1})
}

fn live(side: &str, version: &str, previous: Option<&str>) -> Value {
    json!({
        "side": side,
        "environment": format!("Demo-QA-{side}"),
        "version": version,
        "previous": previous,
        "drainSeconds": 120,
    })
}

const A: &str = "demo-qa-a.us-east-1.elasticbeanstalk.com";
const B: &str = "demo-qa-b.us-east-1.elasticbeanstalk.com";

/// The records with their target.
fn records(target: &str) -> Value {
    let which = json!({"zone": "Z1", "name": "qa.mist.test", "type": "CNAME"});
    json!([{"which": which, "target": target, "ttlSeconds": 60, "alias": null}])
}

#[tokio::test]
async fn a_deployment_is_complete_but_for_its_times() {
    let steps = deployment().await;
    let deploy = json!({
        "stack": "QA",
        "holder": holder(),
        "inPlace": false,
        "application": "Demo",
        "side": "B",
        "environment": "Demo-QA-B",
        "record": stack().unwrap().names(),
        "version": "v2",
        "artifact": {
            "bucket": "artifacts",
            "key": "releases/QA/v2.zip",
            "etag": "4-162",
            "versionId": "version-0",
            "size": 4,
            "checksum": Checksum::of(ZIP),
        },
        "versionKnown": false,
        "stopped": false,
    });
    assert_eq!(steps["deploy"], deploy);
    let wait_ready = json!({
        "stack": "QA",
        "holder": holder(),
        "environment": "Demo-QA-B",
        "version": "v2",
        "deployTimeoutSeconds": 2700,
        "healthGraceSeconds": 120,
        "healthStableSeconds": 30,
        "allowedHealth": ["Ok", "Info"],
    });
    assert_eq!(steps["waitReady"], wait_ready);
    let match_capacity = json!({
        "stack": "QA",
        "holder": holder(),
        "environment": "Demo-QA-B",
        "action": {"match": {
            "version": "v2",
            "live": "Demo-QA-A",
            "allowedHealth": ["Ok", "Info"],
            "wait": true,
        }},
    });
    assert_eq!(steps["matchCapacity"], match_capacity);
    let warm = json!({
        "environment": "Demo-QA-B",
        "domain": "qa.mist.test",
        "version": "v2",
        "warmUp": mist_core::stack::warm_up::WarmUp::default(),
    });
    assert_eq!(steps["warm"], warm);
}

#[tokio::test]
async fn a_swap_requires_the_record_as_it_was_planned_with() {
    let steps = deployment().await;
    let swap = json!({
        "stack": "QA",
        "holder": holder(),
        "record": stack().unwrap().names(),
        "from": records(A),
        "to": B,
        "alone": true,
        "ttlSeconds": 60,
        "environment": "Demo-QA-B",
        "version": "v2",
        "allowedHealth": ["Ok", "Info"],
        "live": live("B", "v2", Some("v1")),
    });
    assert_eq!(steps["swap"], swap);
    let verify = json!({
        "stack": "QA",
        "holder": holder(),
        "environment": "Demo-QA-B",
        "to": B,
        "record": stack().unwrap().names(),
        "records": [{"zone": "Z1", "name": "qa.mist.test", "type": "CNAME"}],
        "warmUp": mist_core::stack::warm_up::WarmUp::default(),
        "verifySeconds": 180,
        "from": records(A),
        "version": "v2",
        "canSwapBack": true,
        "live": live("B", "v2", Some("v1")),
    });
    assert_eq!(steps["verify"], verify);
}

#[tokio::test]
async fn a_swap_back_requires_the_record_as_the_swap_leaves_it() {
    let steps = deployment().await;
    let swap_back = json!({
        "stack": "QA",
        "holder": holder(),
        "record": stack().unwrap().names(),
        "from": records(B),
        "to": A,
        "alone": false,
        "ttlSeconds": 60,
        "environment": "Demo-QA-A",
        "version": "v1",
        "updated": null,
        "allowedHealth": ["Ok", "Info"],
        "live": live("A", "v1", None),
    });
    assert_eq!(steps["swapBack"], swap_back);
    let verify = json!({
        "stack": "QA",
        "holder": holder(),
        "environment": "Demo-QA-A",
        "to": A,
        "record": stack().unwrap().names(),
        "records": [{"zone": "Z1", "name": "qa.mist.test", "type": "CNAME"}],
        "warmUp": mist_core::stack::warm_up::WarmUp::default(),
        "verifySeconds": 180,
        "from": records(B),
        "version": "v1",
        "canSwapBack": true,
        "live": live("A", "v1", None),
    });
    assert_eq!(steps["verifySwapBack"], verify);
}

#[tokio::test]
async fn the_live_version_is_watched_and_marked() {
    let steps = deployment().await;
    let bake = json!({
        "stack": "QA",
        "holder": holder(),
        "environment": "Demo-QA-B",
        "version": "v2",
        "allowedHealth": ["Ok", "Info"],
        "bake": BakeSettings::default(),
        "canSwapBack": true,
    });
    assert_eq!(steps["bake"], bake);
    let mark = json!({
        "stack": "QA",
        "environment": "Demo-QA-B",
        "version": "v2",
        "newRelic": stack().unwrap().settings.new_relic,
        "user": "upload",
        "groupId": "release-1",
        "execution": "arn:1",
        "startedAt": "2026-01-02T03:04:05.6Z",
        "changelog": null,
        "commit": null,
    });
    assert_eq!(steps["mark"], mark);
}

#[tokio::test]
async fn a_fetched_version_is_marked_with_its_commit_and_changes() {
    let ports = given();
    ports.artifacts.upload("fetched/Demo/v7.zip", ZIP);
    let fetched = json!({
        "fetch": "main",
        "version": "v7",
        "fetched": {
            "key": "fetched/Demo/v7.zip",
            "checksum": Checksum::of(ZIP),
            "commit": "0123456789abcdef0123456789abcdef01234567",
            "changelog": "Mend the basket",
        },
    });
    let mark = &plan(&ports, fetched).await["steps"]["mark"];
    assert_eq!(mark["commit"], "0123456789abcdef0123456789abcdef01234567");
    assert_eq!(mark["changelog"], "Mend the basket");
}

#[tokio::test]
async fn the_versions_are_shown_of_a_stack_that_is_not_even_there() {
    let ports = Ports { stacks: FakeStacks::default(), ..given() };
    let plan = plan(&ports, json!({"operation": "version"})).await;
    let stack = stack().unwrap();
    let version = json!({
        "stack": "QA",
        "environments": stack.settings.environments,
        "record": stack.names(),
    });
    assert_eq!(plan["steps"]["version"], version);
    assert_eq!(ports.beanstalk.calls(), Vec::<&str>::new());
}

#[tokio::test]
async fn capacity_is_not_matched_where_the_stack_does_not_want_it() {
    let mut small = stack().unwrap();
    small.settings.match_size = false;
    let ports = Ports { stacks: FakeStacks::with(small), ..given() };
    let plan = plan(&ports, deploy_qa()).await;
    assert_eq!(plan["steps"]["matchCapacity"]["action"], "none");
}

#[tokio::test]
async fn a_rollback_does_not_wait_for_new_instances() {
    let ports = given();
    super::memory::remember(&ports, Side::A, "v1", Some("v0"));
    let wait = |plan: &Value| plan["steps"]["matchCapacity"]["action"]["match"]["wait"].clone();
    assert_eq!(wait(&plan(&ports, json!({"operation": "rollback"})).await), json!(false));
    assert_eq!(wait(&plan(&ports, json!({"operation": "swap"})).await), json!(true));
}
