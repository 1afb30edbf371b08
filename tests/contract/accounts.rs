//! The accounts of environments and hosted zones: a function has their credentials only if it uses them, and only
//! if they are set.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{
    dependencies::{metadata, packages},
    policies::shared,
    project::{self, Result, none, pascal},
};

/// An account that may differ from that of mist.
struct Account {
    /// The features of `mist-aws` that use it.
    features: &'static [&'static str],
    /// The policy that allows this.
    policy: &'static str,
    /// The variables that name its identity, and the parameters that they come from.
    variables: &'static [(&'static str, &'static str)],
    /// The statements that get its credentials: the condition, the call, and its resource.
    statements: fn() -> Vec<(&'static str, &'static str, Value)>,
}

const ACCOUNTS: [Account; 2] = [
    Account {
        features: &["alarms", "beanstalk"],
        policy: "BeanstalkPolicy",
        variables: &[
            ("MIST_BEANSTALK_ROLE_ARN", "BeanstalkRoleArn"),
            ("MIST_BEANSTALK_EXTERNAL_ID", "BeanstalkExternalId"),
        ],
        statements: || {
            vec![("AssumesBeanstalkRole", "sts:AssumeRole", json!({"Ref": "BeanstalkRoleArn"}))]
        },
    },
    Account {
        features: &["dns"],
        policy: "DnsPolicy",
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

/// The conditions, and the parameters that must be set for them to hold.
const CONDITIONS: [(&str, &str); 3] = [
    ("AssumesBeanstalkRole", "BeanstalkRoleArn"),
    ("AssumesDnsRole", "DnsRoleArn"),
    ("ReadsDnsSecret", "DnsSecretName"),
];

/// The mismatches between the template and the `features` of each function.
fn check(template: &Value, features: &[(String, BTreeSet<String>)]) -> Vec<String> {
    let mut problems = Vec::new();
    for account in &ACCOUNTS {
        problems.extend(check_policy(template, account));
        for (folder, features) in features {
            let name = format!("{}Function", pascal(folder));
            let uses = account.features.iter().any(|it| features.contains(*it));
            let may = shared(template, &name).contains(&account.policy);
            if uses != may {
                let must = if uses { "must" } else { "must not" };
                problems.push(format!("{name}: {must} have {}", account.policy));
            }
            let properties = &template["Resources"][&name]["Properties"];
            if properties["Policies"].to_string().contains("Fn::If") {
                problems.push(format!("{name}: has conditional statements; share a policy"));
            }
        }
    }
    for (condition, parameter) in CONDITIONS {
        let given = json!({"Fn::Not": [{"Fn::Equals": [{"Ref": parameter}, ""]}]});
        if template["Conditions"][condition] != given {
            problems.push(format!("{condition}: must hold if {parameter} is set, and only then"));
        }
        if template["Parameters"][parameter]["Default"] != "" {
            problems.push(format!("{parameter}: must not have a default"));
        }
    }
    problems
}

fn check_policy(template: &Value, account: &Account) -> Vec<String> {
    let mut problems = Vec::new();
    let name = account.policy;
    let document = &template["Resources"][name]["Properties"]["PolicyDocument"];
    let found = conditional(document);
    let wanted = (account.statements)();
    for (condition, action, resource) in &wanted {
        let there = found.iter().any(|(when, statement)| {
            when == condition
                && statement["Effect"] == "Allow"
                && statement["Action"] == *action
                && statement["Resource"] == *resource
                && statement["Condition"].is_null()
        });
        if !there {
            problems.push(format!("{name}: must allow {action} if {condition}"));
        }
    }
    if found.len() > wanted.len() {
        problems.push(format!("{name}: has statements for another account"));
    }
    let variables = &template["Globals"]["Function"]["Environment"]["Variables"];
    for (variable, parameter) in account.variables {
        if variables[variable] != json!({"Ref": parameter}) {
            problems.push(format!("Globals: must have {variable} from {parameter}"));
        }
    }
    problems
}

/// The statements of a policy that stand under a condition, with its name.
fn conditional(document: &Value) -> Vec<(String, &Value)> {
    let statements = document["Statement"].as_array().into_iter().flatten();
    let mut found = Vec::new();
    for choice in statements.filter_map(|statement| statement["Fn::If"].as_array()) {
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
fn a_function_has_the_credentials_of_the_accounts_that_it_uses_and_no_others() -> Result {
    let features = features()?;
    assert_eq!(features.len(), project::functions()?.len());
    none(&check(&project::template()?, &features));
    Ok(())
}

#[test]
fn missing_and_needless_credentials_are_found() -> Result {
    let (template, features) = (project::template()?, features()?);
    let statement = |policy: &str, index: usize| {
        let document = format!("/Resources/{policy}/Properties/PolicyDocument");
        format!("{document}/Statement/{index}/Fn::If")
    };
    let variables = "/Globals/Function/Environment/Variables";
    let foreign = json!([{"Statement": [
        {"Fn::If": ["AssumesDnsRole", {"Effect": "Allow"}, {"Ref": "AWS::NoValue"}]},
    ]}]);
    for (place, value, expected) in [
        (
            format!("{}/1/Resource", statement("BeanstalkPolicy", 1)),
            json!("*"),
            "BeanstalkPolicy: must allow sts:AssumeRole if AssumesBeanstalkRole",
        ),
        (
            format!("{}/0", statement("BeanstalkPolicy", 1)),
            json!("AssumesDnsRole"),
            "BeanstalkPolicy: must allow",
        ),
        (
            format!("{}/2", statement("BeanstalkPolicy", 1)),
            json!({"Effect": "Allow"}),
            "BeanstalkPolicy: has statements for another account",
        ),
        (
            format!("{}/1/Resource", statement("DnsPolicy", 2)),
            json!("*"),
            "DnsPolicy: must allow secretsmanager:GetSecretValue if ReadsDnsSecret",
        ),
        (
            format!("{variables}/MIST_DNS_ROLE_ARN"),
            json!("x"),
            "Globals: must have MIST_DNS_ROLE_ARN from DnsRoleArn",
        ),
        (
            "/Resources/SwapFunction/Properties/Policies/1/Ref".to_owned(),
            json!("LockPolicy"),
            "SwapFunction: must have DnsPolicy",
        ),
        (
            "/Resources/BakeFunction/Properties/Policies/1/Ref".to_owned(),
            json!("DnsPolicy"),
            "BakeFunction: must not have DnsPolicy",
        ),
        (
            "/Resources/MarkFunction/Properties/Policies".to_owned(),
            foreign,
            "MarkFunction: has conditional statements",
        ),
        (
            "/Conditions/AssumesDnsRole".to_owned(),
            json!({"Fn::Equals": ["", ""]}),
            "AssumesDnsRole: must hold if DnsRoleArn",
        ),
        (
            "/Parameters/DnsSecretName/Default".to_owned(),
            json!("mist-dns/x"),
            "DnsSecretName: must not have",
        ),
    ] {
        let mut seeded = template.clone();
        crate::asl::sow(&mut seeded, &place, value)?;
        let problems = check(&seeded, &features);
        assert!(problems.iter().any(|it| it.contains(expected)), "{place}: {problems:#?}");
    }
    Ok(())
}
