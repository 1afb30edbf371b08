//! The permissions of the functions and of the state machine: exactly the calls that they make.

mod calls;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use self::calls::{CALLS, SERVICES};
use crate::{
    dependencies::{metadata, packages},
    project::{self, Result, none, pascal},
};

/// Calls that take no resource: the first for missing names, the second for composite alarms, the last two for tasks
/// that wait.
const WITHOUT_RESOURCE: &[&str] = &[
    "autoscaling:DescribeAutoScalingGroups",
    "cloudwatch:DescribeAlarms",
    "states:SendTaskFailure",
    "states:SendTaskSuccess",
];

/// The permissions that are too wide, or that differ from the table.
fn check(template: &Value, folders: &[String]) -> Vec<String> {
    let mut problems = Vec::new();
    for folder in folders {
        let name = format!("{}Function", pascal(folder));
        let statements = allowed(template, &name);
        let Some((_, expected)) = CALLS.iter().find(|(function, _)| function == folder) else {
            problems.push(format!(
                "tests/contract/policies/calls.rs: has no line for `{folder}`; add it"
            ));
            continue;
        };
        let by_itself = statements.iter().filter(|it| !on_our_behalf(it));
        let allowed: BTreeSet<_> = by_itself.flat_map(|it| calls(it)).collect();
        let expected: BTreeSet<_> = expected.iter().map(|call| (*call).to_owned()).collect();
        for call in allowed.difference(&expected) {
            problems.push(format!("{name}: may {call}, which its code never calls; remove it"));
        }
        for call in expected.difference(&allowed) {
            problems.push(format!("{name}: may not {call}, which its code calls; allow it"));
        }
        problems.extend(statements.iter().flat_map(|it| wide(&name, it)));
    }
    problems.extend(check_machine(template));
    problems.extend(check_shared(template, folders));
    problems
}

/// The state machine calls functions; only functions call anything else.
fn check_machine(template: &Value) -> Vec<String> {
    let statements = allowed(template, "BlueGreenStateMachine");
    let actions = statements.iter().flat_map(|it| list(it, "Action"));
    let others = actions.filter(|action| *action != "lambda:InvokeFunction");
    others.map(|it| format!("BlueGreenStateMachine: may {it}; let a function call that")).collect()
}

/// The managed policies that fewer than two functions share.
fn check_shared(template: &Value, folders: &[String]) -> Vec<String> {
    let mut users: BTreeMap<String, usize> = BTreeMap::new();
    for folder in folders {
        for name in shared(template, &format!("{}Function", pascal(folder))) {
            *users.entry(name.to_owned()).or_default() += 1;
        }
    }
    let resources = template["Resources"].as_object().into_iter().flatten();
    let policies = resources.filter(|(_, it)| it["Type"] == "AWS::IAM::ManagedPolicy");
    let few = policies.filter(|(name, _)| users.get(*name).is_none_or(|users| *users < 2));
    few.map(|(name, _)| format!("{name}: only one function has it; write it there")).collect()
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
    let without_resource = actions.iter().all(|action| {
        action.starts_with("elasticbeanstalk:Describe") || WITHOUT_RESOURCE.contains(action)
    });
    let every = list(statement, "Resource").contains(&"*");
    if every && !without_resource && !on_our_behalf(statement) {
        problems.push(format!("{name} {sid}: allows its calls on every resource; name which"));
    }
    problems
}

/// Whether a statement counts only for what AWS does on behalf of the function.
fn on_our_behalf(statement: &Value) -> bool {
    statement["Condition"] == json!({"Bool": {"aws:ViaAWSService": "true"}})
}

/// The calls of a statement; those to a table with the table.
fn calls(statement: &Value) -> Vec<String> {
    let table = statement.pointer("/Resource/Fn::GetAtt/0").and_then(Value::as_str);
    let call = |action: &str| match table {
        Some(table) if action.starts_with("dynamodb:") => format!("{action} {table}"),
        _ => action.to_owned(),
    };
    list(statement, "Action").into_iter().map(call).collect()
}

/// The policies that `resource` shares with others.
pub(crate) fn shared<'a>(template: &'a Value, resource: &str) -> Vec<&'a str> {
    let policies = template["Resources"][resource]["Properties"]["Policies"].as_array();
    policies.into_iter().flatten().filter_map(|policy| policy["Ref"].as_str()).collect()
}

/// Every statement of the role of `resource`: its own, and those that it shares with others.
fn allowed<'a>(template: &'a Value, resource: &str) -> Vec<&'a Value> {
    let own = template["Resources"][resource]["Properties"]["Policies"].as_array();
    let own = own.into_iter().flatten().map(|policy| &policy["Statement"]);
    let others = shared(template, resource).into_iter();
    let others =
        others.map(|it| &template["Resources"][it]["Properties"]["PolicyDocument"]["Statement"]);
    let all = own.chain(others).filter_map(Value::as_array).flatten();
    all.filter(|statement| statement["Effect"] == "Allow").collect()
}

/// The texts of a field that holds one or a list of them.
fn list<'a>(statement: &'a Value, field: &str) -> Vec<&'a str> {
    let value = &statement[field];
    let several = value.as_array().into_iter().flatten();
    several.chain([value]).filter_map(Value::as_str).collect()
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
    let service = |call: &&'static str| {
        let table = call.split_once(' ').map(|(_, table)| table);
        table.or_else(|| Some(call.split_once(':')?.0))
    };
    let mut problems = Vec::new();
    for (function, calls) in CALLS {
        let allowed: BTreeSet<_> = calls.iter().filter_map(service).collect();
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
fn wide_and_missing_permissions_are_found() -> Result {
    let (template, folders) = (project::template()?, project::functions()?);
    let swap = place(&template, "SwapFunction", "ChangeRecord")?;
    let ours = place(&template, "DeployFunction", "DeployThroughBeanstalk")?;
    let machine = place(&template, "BlueGreenStateMachine", "CallFunctions")?;
    let lock = "/Resources/LockPolicy/Properties/PolicyDocument/Statement/0";
    for (place, value, expected) in [
        (format!("{swap}/Action"), json!("*"), "SwapFunction ChangeRecord: allows *"),
        (format!("{swap}/Action"), json!("route53:*"), "allows route53:*"),
        (format!("{swap}/Action"), json!(["route53:Get*"]), "has a wildcard in an action"),
        (format!("{swap}/Action"), json!("route53:GetChange"), "may route53:GetChange, which its"),
        (
            format!("{swap}/Action"),
            json!("route53:GetChange"),
            "may not route53:ChangeResourceRecordSets",
        ),
        (format!("{swap}/Resource"), json!("*"), "on every resource"),
        (
            format!("{lock}/Resource/Fn::GetAtt/0"),
            json!("ReleasesTable"),
            "VerifyFunction: may dynamodb:PutItem ReleasesTable",
        ),
        (
            format!("{machine}/Action"),
            json!(["lambda:InvokeFunction", "dynamodb:UpdateItem"]),
            "BlueGreenStateMachine: may dynamodb:UpdateItem",
        ),
        (
            "/Resources/PlanFunction/Properties/Policies/1/Ref".to_owned(),
            json!("WaitPolicy"),
            "PlanFunction: may sqs:SendMessage",
        ),
        (
            format!("{ours}/Condition"),
            Value::Null,
            "may autoscaling:SuspendProcesses, which its code",
        ),
    ] {
        let mut seeded = template.clone();
        crate::asl::sow(&mut seeded, &place, value)?;
        let problems = check(&seeded, &folders);
        assert!(problems.iter().any(|it| it.contains(expected)), "{place}: {problems:#?}");
    }
    let mut seeded = template.clone();
    seeded["Resources"]["OddPolicy"] = json!({"Type": "AWS::IAM::ManagedPolicy"});
    assert_eq!(check(&seeded, &folders).len(), 1);
    let more = [folders, vec!["approve".to_owned()]].concat();
    let problems = check(&template, &more);
    assert_eq!(problems, ["tests/contract/policies/calls.rs: has no line for `approve`; add it"]);
    Ok(())
}

/// The place of the statement `sid` of `resource` itself in the template.
fn place(template: &Value, resource: &str, sid: &str) -> Result<String> {
    let policies = template["Resources"][resource]["Properties"]["Policies"].as_array();
    for (policy, own) in policies.into_iter().flatten().enumerate() {
        let statements = own["Statement"].as_array().into_iter().flatten();
        if let Some(index) = statements.clone().position(|it| it["Sid"] == sid) {
            let policies = format!("/Resources/{resource}/Properties/Policies");
            return Ok(format!("{policies}/{policy}/Statement/{index}"));
        }
    }
    Err(format!("{resource}: has no {sid}").into())
}
