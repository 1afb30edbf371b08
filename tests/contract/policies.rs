//! What the template allows and how it keeps things: nothing more than is needed, and nothing by surprise.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::{
    dependencies::{metadata, packages},
    project::{self, Result, none, pascal},
};

/// The calls that the adapters of each function make. A new permission needs a line here.
const CALLS: &[(&str, &[&str])] = &[
    ("accept", &["ssm:GetParameter"]),
    ("announce", &["secretsmanager:GetSecretValue", "ssm:GetParameter"]),
    (
        "bake",
        &[
            "cloudwatch:DescribeAlarms",
            "elasticbeanstalk:DescribeEnvironmentHealth",
            "elasticbeanstalk:DescribeEnvironments",
        ],
    ),
    (
        "deploy",
        &[
            "dynamodb:GetItem",
            "elasticbeanstalk:CreateApplicationVersion",
            "elasticbeanstalk:DescribeApplicationVersions",
            "elasticbeanstalk:DescribeEnvironments",
            "elasticbeanstalk:DescribeEvents",
            "elasticbeanstalk:DescribeInstancesHealth",
            "elasticbeanstalk:UpdateEnvironment",
            "route53:ListResourceRecordSets",
            "s3:GetObject",
            "s3:ListBucket",
            "s3:PutObject",
        ],
    ),
    (
        "fetch",
        &[
            "dynamodb:GetItem",
            "s3:AbortMultipartUpload",
            "s3:GetObject",
            "s3:ListBucket",
            "s3:PutObject",
            "secretsmanager:GetSecretValue",
            "ssm:GetParameter",
        ],
    ),
    ("lock", &["dynamodb:GetItem", "dynamodb:UpdateItem"]),
    (
        "scale",
        &[
            "autoscaling:DescribeAutoScalingGroups",
            "autoscaling:UpdateAutoScalingGroup",
            "dynamodb:GetItem",
            "elasticbeanstalk:DescribeEnvironmentResources",
            "elasticbeanstalk:DescribeEnvironments",
            "elasticbeanstalk:DescribeInstancesHealth",
        ],
    ),
    ("mark", &["secretsmanager:GetSecretValue"]),
    (
        "plan",
        &[
            "autoscaling:DescribeAutoScalingGroups",
            "cloudwatch:DescribeAlarms",
            "dynamodb:GetItem",
            "elasticbeanstalk:DescribeApplicationVersions",
            "elasticbeanstalk:DescribeEnvironmentResources",
            "elasticbeanstalk:DescribeEnvironments",
            "route53:ListResourceRecordSets",
            "s3:GetObject",
            "s3:ListBucket",
            "ssm:GetParameter",
        ],
    ),
    (
        "settle",
        &[
            "dynamodb:GetItem",
            "dynamodb:Query",
            "dynamodb:UpdateItem",
            "states:GetExecutionHistory",
        ],
    ),
    (
        "start",
        &[
            "autoscaling:DescribeAutoScalingGroups",
            "autoscaling:UpdateAutoScalingGroup",
            "dynamodb:GetItem",
            "elasticbeanstalk:DescribeEnvironmentResources",
        ],
    ),
    (
        "stop",
        &[
            "autoscaling:DescribeAutoScalingGroups",
            "autoscaling:UpdateAutoScalingGroup",
            "dynamodb:GetItem",
            "dynamodb:UpdateItem",
            "elasticbeanstalk:DescribeEnvironmentResources",
            "elasticbeanstalk:DescribeEnvironments",
            "route53:ListResourceRecordSets",
        ],
    ),
    (
        "swap",
        &[
            "dynamodb:GetItem",
            "dynamodb:UpdateItem",
            "elasticbeanstalk:DescribeEnvironments",
            "route53:ChangeResourceRecordSets",
            "route53:GetChange",
            "route53:ListResourceRecordSets",
        ],
    ),
    (
        "tail-log",
        &["elasticbeanstalk:RequestEnvironmentInfo", "elasticbeanstalk:RetrieveEnvironmentInfo"],
    ),
    ("verify", &["secretsmanager:GetSecretValue"]),
    ("version", &["elasticbeanstalk:DescribeEnvironments", "route53:ListResourceRecordSets"]),
    (
        "wait-ready",
        &[
            "elasticbeanstalk:DescribeEnvironmentHealth",
            "elasticbeanstalk:DescribeEnvironments",
            "elasticbeanstalk:DescribeEvents",
            "elasticbeanstalk:DescribeInstancesHealth",
        ],
    ),
    ("warm", &["secretsmanager:GetSecretValue"]),
];

/// The service behind each feature of `mist-aws`.
const SERVICES: &[(&str, &str)] = &[
    ("alarms", "cloudwatch"),
    ("artifacts", "s3"),
    ("beanstalk", "elasticbeanstalk"),
    ("dns", "route53"),
    ("executions", "states"),
    ("groups", "autoscaling"),
    ("ledger", "dynamodb"),
    ("secrets", "secretsmanager"),
    ("stacks", "ssm"),
];

/// What the template allows too widely, or not as the table says.
fn check(template: &Value, folders: &[String]) -> Vec<String> {
    let mut problems = Vec::new();
    for folder in folders {
        let name = format!("{}Function", pascal(folder));
        let statements = statements(&template["Resources"][&name]);
        let Some((_, expected)) = CALLS.iter().find(|(function, _)| function == folder) else {
            problems
                .push(format!("tests/contract/policies.rs: has no line for `{folder}`; add it"));
            continue;
        };
        let by_itself = statements.iter().filter(|it| !on_our_behalf(it));
        let allowed: BTreeSet<_> = by_itself.flat_map(|it| list(it, "Action")).collect();
        let expected: BTreeSet<_> = expected.iter().copied().collect();
        for action in allowed.difference(&expected) {
            problems.push(format!("{name}: may {action}, which its code never calls; take it out"));
        }
        for action in expected.difference(&allowed) {
            problems.push(format!("{name}: may not {action}, which its code calls; allow it"));
        }
        problems.extend(statements.iter().flat_map(|it| wide(&name, it)));
    }
    problems
}

fn wide(name: &str, statement: &Value) -> Vec<String> {
    let sid = statement["Sid"].as_str().unwrap_or("a statement without Sid");
    let mut problems = Vec::new();
    let actions = list(statement, "Action");
    for action in actions.iter().filter(|action| **action == "*" || action.ends_with(":*")) {
        problems.push(format!("{name} {sid}: allows {action}; name the calls"));
    }
    let wildcards = actions.iter().any(|action| action.contains('*'));
    if wildcards && !on_our_behalf(statement) {
        problems.push(format!("{name} {sid}: has a wildcard in an action; name the calls"));
    }
    // These take no resource: the first not for names that are not there, the second not for alarms that
    // are made of others.
    let looks = actions.iter().all(|action| {
        action.starts_with("elasticbeanstalk:Describe")
            || ["cloudwatch:DescribeAlarms", "autoscaling:DescribeAutoScalingGroups"]
                .contains(action)
    });
    if list(statement, "Resource").contains(&"*") && !looks && !on_our_behalf(statement) {
        problems.push(format!("{name} {sid}: allows its calls on every resource; name which"));
    }
    problems
}

/// Whether a statement counts only for what AWS does on behalf of the function.
fn on_our_behalf(statement: &Value) -> bool {
    statement["Condition"] == json!({"Bool": {"aws:ViaAWSService": "true"}})
}

fn statements(resource: &Value) -> Vec<&Value> {
    let policies = resource["Properties"]["Policies"].as_array().into_iter().flatten();
    let all = policies.filter_map(|policy| policy["Statement"].as_array()).flatten();
    all.filter(|statement| statement["Effect"] == "Allow").collect()
}

/// The texts of a field that holds one or a list of them.
fn list<'a>(statement: &'a Value, field: &str) -> Vec<&'a str> {
    let value = &statement[field];
    let several = value.as_array().into_iter().flatten();
    several.chain([value]).filter_map(Value::as_str).collect()
}

/// What the bucket, the log of changes in it, or the schedule lack.
fn check_settings(template: &Value) -> Vec<String> {
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
            "the bucket must tell EventBridge of uploads",
        ),
        (
            template.pointer(schedule) == Some(&json!("ScheduleState"))
                && template["Parameters"]["ScheduleState"]["Default"] == "DISABLED",
            "the schedule must be off until somebody switches it on",
        ),
    ];
    let tables = ["StacksTable", "ReleasesTable"].map(|name| {
        let table = &template["Resources"][name];
        let point = "/Properties/PointInTimeRecoverySpecification/PointInTimeRecoveryEnabled";
        let kept = table["DeletionPolicy"] == "Retain"
            && table.pointer(point) == Some(&json!(true))
            && table.pointer("/Properties/SSESpecification/SSEEnabled") == Some(&json!(true));
        (kept, "the tables must be encrypted, and kept whatever happens to the installation")
    });
    let checks = checks.into_iter().chain(tables);
    let failed = checks.filter(|(holds, _)| !holds);
    failed.map(|(_, problem)| format!("infra/template.yaml: {problem}")).collect()
}

#[test]
fn every_function_may_do_exactly_what_its_code_calls() -> Result {
    none(&check(&project::template()?, &project::functions()?));
    Ok(())
}

#[test]
fn a_function_depends_on_the_services_that_its_policy_allows_and_no_other() -> Result {
    let metadata = metadata()?;
    let features: BTreeMap<_, _> = packages(&metadata)
        .map(|(package, dependencies)| {
            let aws =
                dependencies.iter().find(|it| it["name"] == "mist-aws" && it["kind"].is_null());
            let features = aws.and_then(|it| it["features"].as_array()).into_iter().flatten();
            let features: BTreeSet<_> = features.filter_map(Value::as_str).collect();
            let used = SERVICES.iter().filter(|(feature, _)| features.contains(feature));
            (package, used.map(|(_, service)| *service).collect::<BTreeSet<_>>())
        })
        .collect();
    let mut problems = Vec::new();
    for (function, calls) in CALLS {
        let allowed = calls.iter().filter_map(|call| Some(call.split_once(':')?.0)).collect();
        let found =
            features.get(function).ok_or_else(|| format!("there is no package `{function}`"))?;
        if *found != allowed {
            problems.push(format!(
                "functions/{function}/Cargo.toml: its features of mist-aws are for {found:?}, and its \
                 policy for {allowed:?}"
            ));
        }
    }
    none(&problems);
    Ok(())
}

#[test]
fn the_bucket_is_safe_and_the_schedule_is_off() -> Result {
    none(&check_settings(&project::template()?));
    Ok(())
}

#[test]
fn whatever_is_too_wide_or_missing_is_found() -> Result {
    let (template, folders) = (project::template()?, project::functions()?);
    let swap = place(&template, "SwapFunction", "FollowTheChange")?;
    let ours = place(&template, "DeployFunction", "WhatBeanstalkDoesInOurName")?;
    let bucket = "/Resources/ArtifactBucket/Properties";
    for (place, value, expected) in [
        (format!("{swap}/Action"), json!("*"), "SwapFunction FollowTheChange: allows *"),
        (format!("{swap}/Action"), json!("route53:*"), "allows route53:*"),
        (format!("{swap}/Action"), json!(["route53:Get*"]), "has a wildcard in an action"),
        (
            format!("{swap}/Action"),
            json!("route53:ListTags"),
            "may route53:ListTags, which its code",
        ),
        (format!("{swap}/Action"), json!("route53:ListTags"), "may not route53:GetChange"),
        (format!("{swap}/Resource"), json!("*"), "on every resource"),
        (
            format!("{ours}/Condition"),
            Value::Null,
            "may autoscaling:SuspendProcesses, which its code",
        ),
        (format!("{bucket}/VersioningConfiguration"), Value::Null, "must keep old versions"),
        (format!("{bucket}/BucketEncryption"), Value::Null, "must be encrypted"),
        (
            format!("{bucket}/PublicAccessBlockConfiguration/IgnorePublicAcls"),
            json!(false),
            "block all public access",
        ),
        (format!("{bucket}/NotificationConfiguration"), Value::Null, "must tell EventBridge"),
        (
            "/Resources/ReleasesTable/DeletionPolicy".to_owned(),
            json!("Delete"),
            "and kept whatever",
        ),
        ("/Parameters/ScheduleState/Default".to_owned(), json!("ENABLED"), "schedule must be off"),
    ] {
        let mut seeded = template.clone();
        crate::asl::sow(&mut seeded, &place, value)?;
        let problems = [check(&seeded, &folders), check_settings(&seeded)].concat();
        assert!(problems.iter().any(|it| it.contains(expected)), "{place}: {problems:#?}");
    }
    let more = [folders, vec!["notify".to_owned()]].concat();
    let problems = check(&template, &more);
    assert_eq!(problems, ["tests/contract/policies.rs: has no line for `notify`; add it"]);
    Ok(())
}

/// Where the statement `sid` of a function stands in the template.
fn place(template: &Value, function: &str, sid: &str) -> Result<String> {
    let statements = format!("/Resources/{function}/Properties/Policies/0/Statement");
    let found = template.pointer(&statements).and_then(Value::as_array);
    let index = found.and_then(|found| found.iter().position(|it| it["Sid"] == sid));
    Ok(format!("{statements}/{}", index.ok_or_else(|| format!("{function}: has no {sid}"))?))
}
