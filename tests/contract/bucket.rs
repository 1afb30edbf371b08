//! The bucket: what releases trust is written by one function.

use serde_json::{Value, json};

use crate::project::{self, Result, none};

/// The prefixes that releases trust, and the function that writes each.
const WRITERS: [(&str, &str); 2] =
    [("versions/*", "DeployFunction"), ("fetched/*", "FetchFunction")];

/// What changes an object.
const CHANGES: [&str; 3] = ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObject"];

/// The prefixes that another than their function can write.
fn check(template: &Value) -> Vec<String> {
    let statements =
        &template["Resources"]["ArtifactBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"];
    let statements = statements.as_array().map_or(&[][..], Vec::as_slice);
    let refuses = |prefix: &str, function: &str| {
        statements.iter().any(|statement| {
            statement["Effect"] == "Deny"
                && statement["Principal"] == "*"
                && statement["Action"] == json!(CHANGES)
                && statement["Resource"]
                    == json!({"Fn::Sub": format!("${{ArtifactBucket.Arn}}/{prefix}")})
                && statement["Condition"] == only(function)
        })
    };
    let open = WRITERS.iter().filter(|(prefix, function)| !refuses(prefix, function));
    let mut problems: Vec<String> = open
        .map(|(prefix, function)| {
            format!("ArtifactBucketPolicy: others than {function} may write {prefix}; deny it")
        })
        .collect();
    problems
        .extend(WRITERS.iter().flat_map(|(prefix, function)| others(template, prefix, function)));
    problems
}

/// The condition that holds for all but the role of `function`.
fn only(function: &str) -> Value {
    let role = json!({"Fn::GetAtt": [format!("{function}Role"), "Arn"]});
    json!({"ArnNotEquals": {"aws:PrincipalArn": role}})
}

/// The other functions whose own policies allow to write `prefix`: the bucket would refuse them.
fn others(template: &Value, prefix: &str, writer: &str) -> Vec<String> {
    let resources = template["Resources"].as_object().into_iter().flatten();
    let functions = resources
        .filter(|(name, it)| it["Type"] == "AWS::Serverless::Function" && name.as_str() != writer);
    functions
        .filter(|(_, function)| {
            let policies = function["Properties"]["Policies"].as_array().into_iter().flatten();
            let statements = policies.filter_map(|policy| policy["Statement"].as_array()).flatten();
            let mut writes = statements.filter(|statement| {
                let text = |field: &str| statement[field].to_string();
                CHANGES.iter().any(|change| text("Action").contains(change))
                    && text("Resource").contains(&format!("${{ArtifactBucket.Arn}}/{prefix}"))
            });
            writes.next().is_some()
        })
        .map(|(name, _)| format!("{name}: may write {prefix}, which the bucket refuses"))
        .collect()
}

#[test]
fn one_function_writes_what_releases_trust() -> Result {
    none(&check(&project::template()?));
    Ok(())
}

#[test]
fn a_prefix_that_others_can_write_is_noticed() -> Result {
    let mut template = project::template()?;
    let policy = &mut template["Resources"]["ArtifactBucketPolicy"]["Properties"]["PolicyDocument"];
    policy["Statement"][1]["Action"] = json!(["s3:PutObject"]);
    template["Resources"]["PlanFunction"]["Properties"]["Policies"] = json!([{"Statement": [{
        "Action": "s3:PutObject",
        "Resource": {"Fn::Sub": "${ArtifactBucket.Arn}/fetched/*"},
    }]}]);
    assert_eq!(
        check(&template),
        [
            "ArtifactBucketPolicy: others than DeployFunction may write versions/*; deny it",
            "PlanFunction: may write fetched/*, which the bucket refuses",
        ]
    );
    Ok(())
}
