//! Every function has an event, a scene, and answers to its calls.

use std::{fs, path::Path};

use super::*;

/// The services whose operations have the names that policies allow.
const SERVICES: [&str; 8] = [
    "cloudwatch",
    "dynamodb",
    "elasticbeanstalk",
    "route53",
    "secretsmanager",
    "sqs",
    "ssm",
    "states",
];

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn functions() -> Vec<String> {
    let folders = fs::read_dir(root().join("functions")).unwrap();
    folders.map(|folder| folder.unwrap().file_name().into_string().unwrap()).collect()
}

/// The lines of a resource of the template.
fn resource<'a>(template: &'a str, name: &str) -> &'a str {
    let (_, rest) = template.split_once(&format!("\n  {name}:\n")).unwrap();
    rest.split_once("\n\n").unwrap().0
}

/// The resource that an item of a list refers to.
fn reference(line: &str) -> Option<&str> {
    line.trim().strip_prefix("- {Ref: ")?.strip_suffix('}')
}

/// The operations that the template allows `function`, by policies of its own and by those that it shares.
fn allowed(function: &str) -> Vec<String> {
    let template = fs::read_to_string(root().join("infra/template.yaml")).unwrap();
    let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
    let name: String = function.split('-').map(capital).collect();
    let own = resource(&template, &format!("{name}Function"));
    let shared = own.lines().filter_map(reference).filter(|name| name.ends_with("Policy"));
    let policies = shared.map(|policy| resource(&template, policy)).chain([own]);
    let words =
        policies.flat_map(|it| it.split(|it: char| !it.is_ascii_alphanumeric() && it != ':'));
    let actions = words.filter_map(|word| word.split_once(':'));
    let known = actions.filter(|(service, _)| SERVICES.contains(service));
    known.map(|(_, operation)| operation.to_owned()).filter(|it| !it.contains(':')).collect()
}

#[tokio::test]
async fn every_function_has_calls_and_a_scene() {
    let peer = Peer::start().await.unwrap();
    for function in functions() {
        let calls = crate::cold::calls::of(&root().join("functions"), &function, &peer).unwrap();
        assert!(!calls.is_empty(), "{function}");
        for call in calls {
            peer.set_the_scene(&call.function, call.wait).unwrap();
        }
    }
}

#[test]
fn every_operation_that_a_function_may_call_has_an_answer() {
    for function in functions() {
        let mut scene = Scene::before(&function, None).unwrap();
        let allowed = allowed(&function);
        assert!(!allowed.is_empty(), "{function} may do nothing");
        for operation in allowed {
            let answer = answers::aws(&operation, "{}", &mut scene).unwrap();
            assert!(answer.is_some(), "{function} may call {operation}");
        }
    }
}

#[tokio::test]
async fn a_task_that_ends_with_an_error_is_an_error() {
    let peer = Peer::start().await.unwrap();
    assert_eq!(peer.ended_wait(), Ok(false));
    let failure = r#"{"taskToken":"t1","error":"Mist.NotReady","cause":"no"}"#;
    answers::aws("SendTaskFailure", failure, &mut lock(&peer.scene)).unwrap();
    assert_eq!(peer.ended_wait(), Err("Mist.NotReady: no".to_owned()));
    answers::aws("SendTaskSuccess", "{}", &mut lock(&peer.scene)).unwrap();
    assert_eq!(peer.ended_wait(), Ok(true));
}

#[test]
fn operations_are_named_in_four_ways() {
    let named = |path, target, body| operation(&Method::POST, path, target, body).to_owned();
    assert_eq!(named("/", "DynamoDB_20120810.GetItem", "{}"), "GetItem");
    assert_eq!(named("/service/Granite/operation/DescribeAlarms", "", ""), "DescribeAlarms");
    assert_eq!(named("/2013-04-01/hostedzone/Z1/rrset", "", "<a/>"), "ChangeResourceRecordSets");
    assert_eq!(named("/", "", "Action=DescribeEvents&Version=1"), "DescribeEvents");
}
