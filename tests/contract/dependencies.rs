//! Which way dependencies point.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::project::{self, Result, none};

/// All that the domain may know: it does no input or output and names no vendor.
const CORE: &[&str] = &["jiff", "schemars", "secrecy", "serde", "serde_json", "strum", "thiserror"];

/// Who may speak to AWS. `workspace-hack` has no code.
const SPEAKS_TO_AWS: &[&str] = &["beanstalk-sim", "mist-aws", "mist-local", "workspace-hack"];

/// Who may also do so in tests.
const TESTS_WITH_AWS: &[&str] = &["mist-tests"];

/// The crates of the adapters, and of the SDK.
const ADAPTERS: &[&str] = &[
    "mist_aws",
    "mist_certificates",
    "mist_dns",
    "mist_github",
    "mist_http",
    "mist_new_relic",
    "aws_",
];

/// What a second, older stack for HTTP and TLS would bring into every function.
const HEAVY: &[&str] = &["aws-lc-sys v", "hyper v0.14.", "rustls v0.21."];

/// What `cargo metadata` says of the workspace.
pub(crate) fn metadata() -> Result<Value> {
    let text =
        project::output_of(env!("CARGO"), &["metadata", "--format-version", "1", "--no-deps"])?;
    Ok(serde_json::from_str(&text)?)
}

/// The packages that `cargo metadata` lists: the name of each and what it depends on.
pub(crate) fn packages(metadata: &Value) -> impl Iterator<Item = (&str, &[Value])> {
    let packages = metadata["packages"].as_array().into_iter().flatten();
    packages.map(|package| {
        let dependencies = package["dependencies"].as_array().map_or(&[][..], Vec::as_slice);
        (package["name"].as_str().unwrap_or_default(), dependencies)
    })
}

/// Which dependencies point the wrong way; `functions` are the packages of the functions.
fn check(metadata: &Value, functions: &[String]) -> Vec<String> {
    let mut problems = Vec::new();
    let is_function = |name: &str| functions.iter().any(|function| function == name);
    for (package, dependencies) in packages(metadata) {
        for dependency in dependencies {
            let name = dependency["name"].as_str().unwrap_or_default();
            let for_tests = dependency["kind"] == "dev";
            let mut refuse = |why: &str| {
                problems.push(format!("{package}: depends on `{name}`; {why}"));
            };
            if package == "mist-core" && !for_tests && !CORE.contains(&name) {
                refuse("the domain knows no vendor and does no input or output");
            }
            if package == "mist-core" && name == "schemars" && dependency["optional"] != true {
                refuse("only the feature `schema` needs it, so it must be optional");
            }
            let may =
                SPEAKS_TO_AWS.contains(&package) || for_tests && TESTS_WITH_AWS.contains(&package);
            if name.starts_with("aws-sdk-") && !may {
                refuse("only mist-aws, and what stands in for AWS, speak to it");
            }
            if package == "beanstalk-sim" && (name.starts_with("mist-") || is_function(name)) {
                refuse("the simulator must not share our misunderstandings");
            }
            if is_function(name) && package != "mist-tests" {
                refuse("only the state machine calls functions");
            }
        }
    }
    problems
}

#[test]
fn dependencies_point_the_right_way() -> Result {
    let (metadata, functions) = (metadata()?, project::functions()?);
    let found: Vec<_> = packages(&metadata).map(|(package, _)| package).collect();
    let listed = |name: &&str| found.contains(name);
    assert!(["mist-core", "beanstalk-sim"].iter().all(listed), "not listed: {found:?}");
    assert!(functions.iter().all(|name| listed(&name.as_str())), "not listed: {found:?}");
    none(&check(&metadata, &functions));
    Ok(())
}

#[test]
fn a_dependency_that_points_the_wrong_way_is_found() {
    let functions = ["mark".to_owned(), "swap".to_owned()];
    let problems = |package: &str, name: &str, kind: Value| {
        let dependency = json!({"name": name, "kind": kind, "optional": false});
        let package = json!({"name": package, "dependencies": [dependency]});
        check(&json!({"packages": [package]}), &functions).len()
    };
    assert_eq!(problems("mist-core", "serde", Value::Null), 0);
    assert_eq!(problems("mist-core", "serde_path_to_error", json!("dev")), 0);
    assert_eq!(problems("mist-aws", "aws-sdk-s3", Value::Null), 0);
    assert_eq!(problems("mist-tests", "swap", json!("dev")), 0);
    assert_eq!(problems("mist-tests", "aws-sdk-s3", json!("dev")), 0);

    assert_eq!(problems("mist-core", "tokio", Value::Null), 1);
    assert_eq!(problems("mist-core", "schemars", Value::Null), 1);
    assert_eq!(problems("swap", "aws-sdk-s3", Value::Null), 1);
    assert_eq!(problems("mist-tests", "aws-sdk-s3", Value::Null), 1);
    assert_eq!(problems("beanstalk-sim", "mist-core", Value::Null), 1);
    assert_eq!(problems("beanstalk-sim", "mist-core", json!("dev")), 1);
    assert_eq!(problems("swap", "mark", json!("dev")), 1);
    assert_eq!(problems("mist-cli", "swap", Value::Null), 1);
}

/// Adapters that the text of a function's library names. It sees ports, and `main.rs` brings adapters.
fn adapters(text: &str) -> Vec<&'static str> {
    ADAPTERS.iter().copied().filter(|name| text.contains(name)).collect()
}

#[test]
fn a_function_sees_ports_and_never_adapters() -> Result {
    let mut problems = Vec::new();
    for folder in project::functions()? {
        let mut left = vec![PathBuf::from(format!("functions/{folder}/src"))];
        while let Some(path) = left.pop() {
            if project::root().join(&path).is_dir() {
                left.extend(project::entries(&path)?);
            } else if path.extension().is_some_and(|it| it == "rs")
                && !path.ends_with("src/main.rs")
            {
                for name in adapters(&project::read(&path)?) {
                    problems.push(format!(
                        "{}: names `{name}`; ask for a port, and let main.rs bring the adapter",
                        path.display()
                    ));
                }
            }
        }
    }
    none(&problems);
    Ok(())
}

#[test]
fn an_adapter_in_a_library_is_found() {
    assert!(adapters("use mist_core::ports::Dns;").is_empty());
    assert_eq!(adapters("use mist_aws::Route53;"), ["mist_aws"]);
    assert_eq!(adapters("use aws_sdk_route53::Client;"), ["aws_"]);
}

#[test]
fn no_function_brings_a_second_stack_for_http_and_tls() -> Result {
    let functions = project::functions()?;
    let mut arguments = vec!["tree", "--locked", "-e", "normal", "--prefix", "none"];
    arguments.extend(functions.iter().flat_map(|function| ["-p", function.as_str()]));
    let tree = project::output_of(env!("CARGO"), &arguments)?;
    assert!(functions.iter().all(|it| tree.contains(&format!("{it} v"))), "not listed:\n{tree}");
    none(&heavy(&tree));
    Ok(())
}

fn heavy(tree: &str) -> Vec<String> {
    let mut found: Vec<_> =
        tree.lines().filter(|line| HEAVY.iter().any(|heavy| line.starts_with(heavy))).collect();
    found.sort_unstable();
    found.dedup();
    let say = |line: &str| {
        format!(
            "functions depend on {line}; `cargo tree -e normal -i` with its name says which and why"
        )
    };
    found.into_iter().map(say).collect()
}

#[test]
fn a_second_stack_is_found() {
    assert!(heavy("rustls v0.23.41\nhyper v1.8.1\n").is_empty());
    assert_eq!(heavy("rustls v0.21.12\nhyper v0.14.32 (*)\naws-lc-sys v0.39.0\n").len(), 3);
}
