//! Every function can be measured.

use std::{fs, path::Path};

use super::*;

/// The services that are asked by the name of the operation that a policy allows.
const SERVICES: [&str; 7] =
    ["cloudwatch", "dynamodb", "elasticbeanstalk", "route53", "secretsmanager", "ssm", "states"];

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn functions() -> Vec<String> {
    let folders = fs::read_dir(root().join("functions")).unwrap();
    folders.map(|folder| folder.unwrap().file_name().into_string().unwrap()).collect()
}

/// The operations that the template allows `function`.
fn allowed(function: &str) -> Vec<String> {
    let template = fs::read_to_string(root().join("infra/template.yaml")).unwrap();
    let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
    let name: String = function.split('-').map(capital).collect();
    let (_, rest) = template.split_once(&format!("\n  {name}Function:\n")).unwrap();
    let (resource, _) = rest.split_once("\n\n").unwrap();
    let words = resource.split(|it: char| !it.is_ascii_alphanumeric() && it != ':');
    let actions = words.filter_map(|word| word.split_once(':'));
    let known = actions.filter(|(service, _)| SERVICES.contains(service));
    known.map(|(_, operation)| operation.to_owned()).filter(|it| !it.contains(':')).collect()
}

#[tokio::test]
async fn every_function_has_an_event_and_a_scene() {
    let peer = Peer::start().await.unwrap();
    for function in functions() {
        let event = crate::cold::events::of(&root().join("functions"), &function, &peer).unwrap();
        assert!(event.starts_with('{'), "{function}: {event}");
        peer.set_the_scene(&function).unwrap();
    }
}

#[test]
fn every_call_that_a_function_may_make_has_an_answer() {
    for function in functions() {
        let scene = Scene::before(&function).unwrap();
        let allowed = allowed(&function);
        assert!(!allowed.is_empty(), "{function} may do nothing");
        for operation in allowed {
            let answer = answers::aws(&operation, &scene).unwrap();
            assert!(answer.is_some(), "{function} may call {operation}");
        }
    }
}

#[test]
fn operations_are_told_in_four_ways() {
    let told = |path, target, body| operation(&Method::POST, path, target, body).to_owned();
    assert_eq!(told("/", "DynamoDB_20120810.GetItem", "{}"), "GetItem");
    assert_eq!(told("/service/Granite/operation/DescribeAlarms", "", ""), "DescribeAlarms");
    assert_eq!(told("/2013-04-01/hostedzone/Z1/rrset", "", "<a/>"), "ChangeResourceRecordSets");
    assert_eq!(told("/", "", "Action=DescribeEvents&Version=1"), "DescribeEvents");
}
