//! Whose credentials a function may have: those of the sides that it touches, and only where they are set.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{
    dependencies::{metadata, packages},
    project::{self, Result, none, pascal},
};

/// One side of an installation.
struct Side {
    /// The features of `mist-aws` that touch it.
    features: &'static [&'static str],
    /// The variables that tell its identity, and the parameters that they come from.
    variables: &'static [(&'static str, &'static str)],
    /// Its statements: the condition, what it allows, and on what.
    statements: fn() -> Vec<(&'static str, &'static str, Value)>,
}

const SIDES: [Side; 2] = [
    Side {
        features: &["alarms", "beanstalk"],
        variables: &[
            ("MIST_BEANSTALK_ROLE_ARN", "BeanstalkRoleArn"),
            ("MIST_BEANSTALK_EXTERNAL_ID", "BeanstalkExternalId"),
        ],
        statements: || {
            vec![("AssumesBeanstalkRole", "sts:AssumeRole", json!({"Ref": "BeanstalkRoleArn"}))]
        },
    },
    Side {
        features: &["dns"],
        variables: &[
            ("MIST_DNS_ROLE_ARN", "DnsRoleArn"),
            ("MIST_DNS_EXTERNAL_ID", "DnsExternalId"),
            ("MIST_DNS_SECRET", "DnsSecretName"),
        ],
        statements: || {
            let secret = "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:\
                          ${DnsSecretName}-??????";
            vec![
                ("AssumesDnsRole", "sts:AssumeRole", json!({"Ref": "DnsRoleArn"})),
                ("ReadsDnsSecret", "secretsmanager:GetSecretValue", json!({"Fn::Sub": secret})),
            ]
        },
    },
];

/// The conditions, and the parameters that must be given for them to hold.
const CONDITIONS: [(&str, &str); 3] = [
    ("AssumesBeanstalkRole", "BeanstalkRoleArn"),
    ("AssumesDnsRole", "DnsRoleArn"),
    ("ReadsDnsSecret", "DnsSecretName"),
];

/// What does not fit between the template and the `features` of each function.
fn check(template: &Value, features: &[(String, BTreeSet<String>)]) -> Vec<String> {
    let mut problems = Vec::new();
    for (folder, features) in features {
        let name = format!("{}Function", pascal(folder));
        let properties = &template["Resources"][&name]["Properties"];
        let touched =
            || SIDES.iter().filter(|side| side.features.iter().any(|it| features.contains(*it)));
        let wanted: Vec<_> = touched().flat_map(|side| (side.statements)()).collect();
        let found = conditional(properties);
        for (condition, action, resource) in &wanted {
            let there = found.iter().any(|(when, statement)| {
                when == condition
                    && statement["Effect"] == "Allow"
                    && statement["Action"] == *action
                    && statement["Resource"] == *resource
                    && statement["Condition"].is_null()
            });
            if !there {
                problems.push(format!("{name}: must allow {action} where {condition}"));
            }
        }
        if found.len() > wanted.len() {
            problems.push(format!("{name}: has statements for a side that it does not touch"));
        }
        let wanted: BTreeSet<_> = touched().flat_map(|side| side.variables).collect();
        let variables = properties["Environment"]["Variables"].as_object();
        for (variable, parameter) in &wanted {
            let from = variables.and_then(|all| all.get(*variable));
            if from != Some(&json!({"Ref": parameter})) {
                problems.push(format!("{name}: must have {variable} from {parameter}"));
            }
        }
        let ours = |variable: &str| wanted.iter().any(|(name, _)| *name == variable);
        for variable in variables.into_iter().flat_map(|all| all.keys()) {
            if SIDES.iter().flat_map(|side| side.variables).any(|(it, _)| it == variable)
                && !ours(variable)
            {
                problems
                    .push(format!("{name}: may not have {variable}; it does not touch that side"));
            }
        }
    }
    for (condition, parameter) in CONDITIONS {
        let given = json!({"Fn::Not": [{"Fn::Equals": [{"Ref": parameter}, ""]}]});
        if template["Conditions"][condition] != given {
            problems
                .push(format!("{condition}: must hold where {parameter} is given, and only there"));
        }
        if template["Parameters"][parameter]["Default"] != "" {
            problems.push(format!("{parameter}: must not be given unless somebody gives it"));
        }
    }
    problems
}

/// The statements of a function that stand under a condition, with its name.
fn conditional(properties: &Value) -> Vec<(String, &Value)> {
    let policies = properties["Policies"].as_array().into_iter().flatten();
    let statements = policies.filter_map(|policy| policy["Statement"].as_array()).flatten();
    let choices = statements.filter_map(|statement| statement["Fn::If"].as_array());
    let mut found = Vec::new();
    for choice in choices {
        let [condition, then, otherwise] = choice.as_slice() else { continue };
        let name = condition.as_str().unwrap_or_default();
        found.push((name.to_owned(), then));
        if *otherwise != json!({"Ref": "AWS::NoValue"}) {
            found.push((format!("not {name}"), otherwise));
        }
    }
    found
}

/// The features of `mist-aws` that each function has.
fn features() -> Result<Vec<(String, BTreeSet<String>)>> {
    let metadata = metadata()?;
    let folders = project::functions()?;
    let functions =
        packages(&metadata).filter(|(package, _)| folders.iter().any(|it| it == package));
    let features = functions.map(|(package, dependencies)| {
        let aws = dependencies.iter().find(|it| it["name"] == "mist-aws" && it["kind"].is_null());
        let features = aws.and_then(|it| it["features"].as_array()).into_iter().flatten();
        (package.to_owned(), features.filter_map(Value::as_str).map(str::to_owned).collect())
    });
    Ok(features.collect())
}

#[test]
fn a_function_may_become_the_sides_that_it_touches_and_no_other() -> Result {
    let features = features()?;
    assert_eq!(features.len(), project::functions()?.len());
    none(&check(&project::template()?, &features));
    Ok(())
}

#[test]
fn whatever_is_missing_or_too_much_is_found() -> Result {
    let (template, features) = (project::template()?, features()?);
    let properties = |function: &str| format!("/Resources/{function}/Properties");
    let statements = |function: &str| format!("{}/Policies/0/Statement", properties(function));
    let last = |function: &str| -> Result<String> {
        let found = template.pointer(&statements(function)).and_then(Value::as_array);
        let last = found.map_or(0, |found| found.len().saturating_sub(1));
        Ok(format!("{}/{last}/Fn::If", statements(function)))
    };
    let variables = |function: &str| format!("{}/Environment/Variables", properties(function));
    let foreign = json!([{"Statement": [
        {"Fn::If": ["AssumesDnsRole", {"Effect": "Allow"}, {"Ref": "AWS::NoValue"}]},
    ]}]);
    for (place, value, expected) in [
        (
            format!("{}/1/Resource", last("BakeFunction")?),
            json!("*"),
            "BakeFunction: must allow sts:AssumeRole where AssumesBeanstalkRole",
        ),
        (
            format!("{}/0", last("BakeFunction")?),
            json!("AssumesDnsRole"),
            "BakeFunction: must allow",
        ),
        (
            format!("{}/2", last("BakeFunction")?),
            json!({"Effect": "Allow"}),
            "BakeFunction: has statements for a side",
        ),
        (
            format!("{}/1/Resource", last("SwapFunction")?),
            json!("*"),
            "SwapFunction: must allow secretsmanager:GetSecretValue where ReadsDnsSecret",
        ),
        (
            format!("{}/MIST_DNS_ROLE_ARN", variables("SwapFunction")),
            json!("x"),
            "SwapFunction: must have MIST_DNS_ROLE_ARN from DnsRoleArn",
        ),
        (
            format!("{}/MIST_DNS_SECRET", variables("BakeFunction")),
            json!("x"),
            "BakeFunction: may not have MIST_DNS_SECRET",
        ),
        (
            format!("{}/Policies", properties("MarkFunction")),
            foreign,
            "MarkFunction: has statements for a side",
        ),
        (
            "/Conditions/AssumesDnsRole".to_owned(),
            json!({"Fn::Equals": ["", ""]}),
            "AssumesDnsRole: must hold where DnsRoleArn",
        ),
        (
            "/Parameters/DnsSecretName/Default".to_owned(),
            json!("mist-dns/x"),
            "DnsSecretName: must not be given",
        ),
    ] {
        let mut seeded = template.clone();
        crate::asl::sow(&mut seeded, &place, value)?;
        let problems = check(&seeded, &features);
        assert!(problems.iter().any(|it| it.contains(expected)), "{place}: {problems:#?}");
    }
    Ok(())
}
