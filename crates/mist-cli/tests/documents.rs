//! The documents that the command prints for programs, without a cloud: each fits `mist-output.schema.json`.

#![cfg(test)]

use std::{
    fs,
    path::Path,
    process::{Command, Output, Stdio},
};

use serde_json::Value;

const GOOD: &str = include_str!("../../../mist.example.yaml");
const OF_2013: &str = "git:\n  url: https://ada:SECRET@example.com\naws:\n  region: eu-west-1\n";

/// A folder in which the command runs, without credentials, a region or a local cloud.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [
            ("good.yaml", GOOD.to_owned()),
            ("bad.yaml", GOOD.replace("warmUp", "warmup").replace("hostedZoneId", "zone")),
            ("config.yml", OF_2013.to_owned()),
        ] {
            fs::write(folder.path().join(name), text).unwrap();
        }
        fs::create_dir(folder.path().join(".git")).unwrap();
        Self(folder)
    }

    fn run(&self, words: &str, variables: &[(&str, &str)]) -> Output {
        let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let kept = ["PATH", "SystemRoot", "LLVM_PROFILE_FILE"];
        let kept = kept.iter().filter_map(|name| Some((*name, std::env::var_os(name)?)));
        Command::new(env!("CARGO_BIN_EXE_mist"))
            .args(words.split_whitespace())
            .current_dir(self.0.path())
            .env_clear()
            .envs(kept)
            .env("HOME", self.0.path())
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("MIST_HOME", checkout)
            .env("CARGO_TARGET_DIR", self.0.path().join("target"))
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }
}

/// The document of `mist WORDS -o json`, which fits the schema and has `code`.
fn document(folder: &Folder, words: &str, variables: &[(&str, &str)], code: i32) -> Value {
    let output = folder.run(&format!("{words} -o json"), variables);
    let (out, err) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(code), "`mist {words}`: {out}{err}");
    let document: Value = serde_json::from_str(&out)
        .unwrap_or_else(|error| panic!("`mist {words}`: {error}: {out}{err}"));
    assert_eq!(document["exitCode"], code, "`mist {words}`");
    let schema = include_str!("../../../mist-output.schema.json");
    let schema: Value = serde_json::from_str(schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let problems: Vec<_> = validator
        .iter_errors(&document)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(problems.is_empty(), "`mist {words}`: {problems:#?}\n{document:#}");
    for missing in ["null", " ?"] {
        assert!(!out.contains(missing), "`mist {words}` shows `{missing}`: {out}");
        assert!(!err.contains(missing), "`mist {words}` shows `{missing}`: {err}");
    }
    document
}

#[test]
fn every_exit_of_a_command_without_a_cloud_has_a_document() {
    let folder = Folder::new();
    for (words, code) in [
        ("explain Mist.Locked", 0),
        ("explain Lockd", 2),
        ("help exit-codes", 0),
        ("help lock status", 0),
        ("help nothing", 2),
        ("man pages", 0),
        ("config validate -f good.yaml", 0),
        ("config validate -f bad.yaml", 4),
        ("config validate -f good.yaml -s NO", 2),
        ("config validate -f no.yaml", 4),
        ("config validate -f config.yml", 4),
        ("cleanup -y -f no.yaml", 4),
        ("config push -f bad.yaml", 4),
        ("setup --check -f bad.yaml", 4),
        ("status", 4),
        ("deploy -s QA -f no.zip", 4),
    ] {
        let document = document(&folder, words, &[], code);
        let name = document["command"].as_str().unwrap();
        assert!(!name.is_empty() && words.starts_with(name), "{words}: {document:#}");
    }
}

#[test]
fn an_invalid_command_line_has_a_document() {
    let folder = Folder::new();
    for words in
        ["", "relaese", "deploy", "deploy -s Q/A", "lock", "history -n -1 -s QA", "status --no"]
    {
        let document = document(&folder, words, &[], 2);
        let message = document["error"]["message"].as_str().unwrap();
        assert!(!message.is_empty() && !message.contains('\n'), "{document:#}");
    }
    let output = folder.run("relaese", &[("MIST_OUTPUT", "json")]);
    assert!(output.stdout.starts_with(b"{"), "{output:?}");
}

#[test]
fn all_problems_of_a_file_are_in_the_document() {
    let folder = Folder::new();
    let document = document(&folder, "config validate -f bad.yaml", &[], 4);
    let problems = document["result"]["problems"].as_array().unwrap();
    let of = |field: &str| problems.iter().filter(|it| it["field"] == field).count();
    assert_eq!((of("zone"), of("hostedZoneId"), of("warmup")), (3, 3, 2), "{document:#}");
    assert_eq!(problems.len(), 8, "{document:#}");
}

#[test]
fn a_file_of_the_first_mist_shows_no_password() {
    let folder = Folder::new();
    for words in ["config validate", "config push", "setup --check", "cleanup -y"] {
        let output = folder.run(&format!("{words} -f config.yml"), &[("AWS_REGION", "eu-west-1")]);
        let shown = format!("{output:?}");
        assert!(!shown.contains("SECRET") && shown.contains("config import"), "{words}: {shown}");
    }
}

#[test]
fn a_command_that_cannot_reach_aws_says_what_is_missing() {
    let folder = Folder::new();
    let keys = [("AWS_ACCESS_KEY_ID", "key"), ("AWS_SECRET_ACCESS_KEY", "secret")];
    let region = [("AWS_REGION", "eu-west-1")];
    let dead = [("AWS_ENDPOINT_URL", "http://127.0.0.1:9")];
    for (variables, expected) in [
        (keys.to_vec(), "no AWS region"),
        (region.to_vec(), "no AWS credentials"),
        ([&keys[..], &region, &dead].concat(), "nothing listens at http://127.0.0.1:9"),
    ] {
        for words in
            ["status", "version -s QA", "history -s QA", "lock status -s QA", "deploy -s QA -v 1"]
        {
            let document = document(&folder, words, &variables, 4);
            let message = document["error"]["message"].as_str().unwrap();
            assert!(message.contains(expected), "{words}: {message}");
        }
    }
}

#[test]
fn the_region_is_that_of_the_file_unless_a_variable_names_one() {
    let folder = Folder::new();
    fs::copy(folder.0.path().join("good.yaml"), folder.0.path().join("mist.yaml")).unwrap();
    let document = document(&folder, "status", &[], 4);
    let message = document["error"]["message"].as_str().unwrap();
    assert!(message.contains("no AWS credentials"), "the region is known: {message}");
}

#[cfg(feature = "rehearsal")]
#[test]
fn a_local_cloud_that_is_down_has_documents() {
    let folder = Folder::new();
    assert_eq!(document(&folder, "local down", &[], 0)["result"]["stopped"], false);
    for words in
        ["local status", "local status --name b", "local env", "local logs", "local reset -y"]
    {
        let document = document(&folder, words, &[], 4);
        let message = document["error"]["message"].as_str().unwrap();
        assert!(message.contains("local up"), "{words}: {message}");
    }
    let named = document(&folder, "local status --name b", &[], 4);
    let message = named["error"]["message"].as_str().unwrap();
    assert!(message.contains("`mist local up --name b`"), "{message}");
    let undone = document(&folder, "local env --undo", &[], 0);
    assert!(undone["result"]["unset"].as_array().unwrap().len() > 5, "{undone:#}");
}
