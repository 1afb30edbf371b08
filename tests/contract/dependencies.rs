//! The directions of dependencies.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::project::{self, Result, none};

/// The dependencies that the domain may have: it does no input or output and names no vendor.
const CORE: &[&str] =
    &["jiff", "schemars", "secrecy", "serde", "serde_json", "sha2", "strum", "thiserror"];

/// The crates of the product that the library of a function may use; every other one is an adapter.
const NO_ADAPTERS: &[&str] = &["mist-bundle", "mist-core", "mist-lambda", "workspace-hack"];

/// The packages that use AWS. `workspace-hack` has no code.
const USES_AWS: &[&str] = &["beanstalk-sim", "mist-aws", "mist-local", "workspace-hack"];

/// The packages that use AWS in tests as well.
const TESTS_WITH_AWS: &[&str] = &["mist-tests"];

/// A second, older stack for HTTP and TLS, which no function may have.
const HEAVY: &[&str] = &["aws-lc-sys v", "hyper v0.14.", "rustls v0.21."];

/// The output of `cargo metadata` for the workspace.
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

/// A dependency of a package on another one.
struct Dependency<'a> {
    package: &'a str,
    /// The folder of the package at the root: `crates`, `functions`, `rehearsal` or `tests`.
    folder: &'a str,
    name: &'a str,
    /// The folder of the other package, if it is of the workspace.
    to: Option<&'a str>,
    /// Only tests need it.
    for_tests: bool,
    /// Only a feature needs it.
    optional: bool,
}

/// Every dependency of every package.
fn dependencies(metadata: &Value) -> Vec<Dependency<'_>> {
    let root = metadata["workspace_root"].as_str().unwrap_or_default();
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let dependencies = packages.flat_map(|package| {
        let listed = package["dependencies"].as_array().into_iter().flatten();
        listed.map(move |it| Dependency {
            package: package["name"].as_str().unwrap_or_default(),
            folder: folder(root, &package["manifest_path"]).unwrap_or_default(),
            name: it["name"].as_str().unwrap_or_default(),
            to: folder(root, &it["path"]),
            for_tests: it["kind"] == "dev",
            optional: it["optional"] == true,
        })
    });
    dependencies.collect()
}

/// The first folder of `path` below `root`.
fn folder<'a>(root: &str, path: &'a Value) -> Option<&'a str> {
    path.as_str()?.strip_prefix(root)?.split('/').find(|name| !name.is_empty())
}

impl Dependency<'_> {
    /// The reasons why there must be no such dependency.
    fn problems(&self) -> Vec<&'static str> {
        let core = self.package == "mist-core";
        let uses_aws = USES_AWS.contains(&self.package)
            || self.for_tests && TESTS_WITH_AWS.contains(&self.package);
        let product = ["crates", "functions"].contains(&self.folder);
        // `mist demo` and `mist local` are a feature of the command.
        let rehearses = self.for_tests || self.package == "mist-cli" && self.optional;
        let rules = [
            (
                core && !self.for_tests && !CORE.contains(&self.name),
                "the domain knows no vendor and does no input or output",
            ),
            (
                core && self.name == "schemars" && !self.optional,
                "only the feature `schema` needs it, so it must be optional",
            ),
            (
                self.name.starts_with("aws-sdk-") && !uses_aws,
                "only mist-aws, and what stands in for AWS, use it",
            ),
            (
                product && self.to == Some("rehearsal") && !rehearses,
                "the product works without the rehearsal; only tests and features of mist-cli use it",
            ),
            (
                self.package == "beanstalk-sim" && self.to.is_some(),
                "the simulator must not share our misunderstandings",
            ),
            (
                self.to == Some("functions") && self.package != "mist-tests",
                "only the state machine calls functions",
            ),
        ];
        rules.into_iter().filter(|(broken, _)| *broken).map(|(_, why)| why).collect()
    }
}

/// The dependencies that point the wrong way.
fn check(metadata: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    for dependency in dependencies(metadata) {
        let Dependency { package, name, .. } = dependency;
        let say = |why| format!("{package}: depends on `{name}`; {why}");
        problems.extend(dependency.problems().into_iter().map(say));
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
    let to = |folder| dependencies(&metadata).iter().filter(|it| it.to == Some(folder)).count();
    assert!(["crates", "functions", "rehearsal"].map(to).iter().all(|count| *count > 5));
    none(&check(&metadata));
    Ok(())
}

#[test]
fn a_dependency_that_points_the_wrong_way_is_found() {
    let problems = |package: &str, dependency: &str, kind: Value| {
        let name = |path: &str| path.rsplit('/').next().map(str::to_owned);
        let path = dependency.contains('/').then(|| format!("/mist/{dependency}"));
        let dependency = json!({"name": name(dependency), "path": path, "kind": kind, "optional": kind == "optional"});
        let manifest = format!("/mist/{package}/Cargo.toml");
        let package =
            json!({"name": name(package), "manifest_path": manifest, "dependencies": [dependency]});
        check(&json!({"workspace_root": "/mist", "packages": [package]})).len()
    };
    for (package, dependency, kind) in [
        ("crates/mist-core", "serde", Value::Null),
        ("crates/mist-core", "serde_path_to_error", json!("dev")),
        ("crates/mist-core", "schemars", json!("optional")),
        ("crates/mist-aws", "aws-sdk-s3", Value::Null),
        ("tests/mist-tests", "functions/swap", json!("dev")),
        ("tests/mist-tests", "aws-sdk-s3", json!("dev")),
        ("functions/swap", "rehearsal/mist-testkit", json!("dev")),
        ("rehearsal/mist-local", "rehearsal/beanstalk-sim", Value::Null),
        ("crates/mist-cli", "rehearsal/mist-local", json!("optional")),
    ] {
        assert_eq!(problems(package, dependency, kind), 0, "{package} may use {dependency}");
    }
    for (package, dependency, kind) in [
        ("crates/mist-core", "tokio", Value::Null),
        ("crates/mist-core", "schemars", Value::Null),
        ("functions/swap", "aws-sdk-s3", Value::Null),
        ("tests/mist-tests", "aws-sdk-s3", Value::Null),
        ("rehearsal/beanstalk-sim", "crates/mist-core", Value::Null),
        ("rehearsal/beanstalk-sim", "rehearsal/mist-testkit", json!("dev")),
        ("functions/swap", "functions/mark", json!("dev")),
        ("crates/mist-cli", "functions/swap", Value::Null),
        ("crates/mist-cli", "rehearsal/mist-local", Value::Null),
        ("crates/mist-aws", "rehearsal/mist-testkit", json!("optional")),
        ("functions/swap", "rehearsal/mist-testkit", Value::Null),
    ] {
        assert_eq!(problems(package, dependency, kind), 1, "{package} must not use {dependency}");
    }
}

#[test]
fn the_simulator_does_not_know_mist() -> Result {
    let folder = "rehearsal/beanstalk-sim";
    let listed = project::output_of("git", &["ls-files", "--", folder])?;
    assert!(listed.contains("src/lib.rs"), "git lists no file of the simulator: {listed}");
    let mut problems = Vec::new();
    // The README of the simulator says how mist serves it.
    let files = listed.lines().filter(|path| !path.ends_with("README.md"));
    for path in files.filter(|path| project::root().join(path).is_file()) {
        problems.extend(names_mist(path, &project::read(path)?));
    }
    none(&problems);
    Ok(())
}

/// The lines of the file at `path` that name mist or one of its crates.
fn names_mist(path: &str, text: &str) -> Vec<String> {
    let mist = |line: &str| {
        let mut words = line.split(|letter: char| !letter.is_alphanumeric());
        words.any(|word| word.eq_ignore_ascii_case("mist"))
    };
    let found = text.lines().enumerate().filter(|(_, line)| mist(line));
    let say = |(index, _)| format!("{path}:{}: names mist; the simulator stands alone", index + 1);
    found.map(say).collect()
}

#[test]
fn a_mention_of_mist_is_found() {
    assert!(names_mist("lib.rs", "// ministack, optimistic\n").is_empty());
    assert_eq!(names_mist("lib.rs", "\n// Mist's\nuse mist_core::stack;\n").len(), 2);
}

/// The adapters: the crates of the product, except those that the library of a function may use.
fn adapters() -> Result<Vec<String>> {
    let crates = project::entries("crates")?;
    let names = crates.iter().filter_map(|path| path.file_name()?.to_str());
    let names = names.filter(|name| !NO_ADAPTERS.contains(name)).map(|name| name.replace('-', "_"));
    Ok(names.chain(["aws_".to_owned()]).collect())
}

/// The adapters that the text of a function's library names. It sees ports, and `main.rs` brings adapters.
fn named<'a>(adapters: &'a [String], text: &str) -> Vec<&'a str> {
    adapters.iter().map(String::as_str).filter(|name| text.contains(name)).collect()
}

#[test]
fn a_function_sees_ports_and_never_adapters() -> Result {
    let adapters = adapters()?;
    let mut problems = Vec::new();
    for folder in project::functions()? {
        let mut left = vec![PathBuf::from(format!("functions/{folder}/src"))];
        while let Some(path) = left.pop() {
            if project::root().join(&path).is_dir() {
                left.extend(project::entries(&path)?);
            } else if path.extension().is_some_and(|it| it == "rs")
                && !path.ends_with("src/main.rs")
            {
                for name in named(&adapters, &project::read(&path)?) {
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
fn an_adapter_in_a_library_is_found() -> Result {
    let adapters = adapters()?;
    assert!(named(&adapters, "use mist_core::ports::Dns;").is_empty());
    assert_eq!(named(&adapters, "use mist_aws::Route53;"), ["mist_aws"]);
    assert_eq!(named(&adapters, "use aws_sdk_route53::Client;"), ["aws_"]);
    Ok(())
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
