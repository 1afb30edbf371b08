//! The documents of the command: each fits `mist-output.schema.json`, whatever the command did.

use std::process::Stdio;

use mist_tests::{Result, World, tell};
use serde_json::Value;
use tokio::process::Command;

/// Runs `mist WORDS -o json`, which must end with `code`, and returns its document, which fits the schema.
async fn document(world: &World, words: &str, code: i32) -> Result<Value> {
    let output = Command::new(world.command())
        .args(words.split_whitespace())
        .args(["-o", "json"])
        .envs(world.environment())
        .stdin(Stdio::null())
        .output()
        .await?;
    let text = String::from_utf8(output.stdout)?;
    let progress = String::from_utf8(output.stderr)?;
    assert_eq!(output.status.code(), Some(code), "`mist {words}`: {text}{progress}");
    let document: Value = serde_json::from_str(&text)?;
    assert_eq!(document["exitCode"], code, "`mist {words}`");
    let schema: Value = serde_json::from_str(include_str!("../../mist-output.schema.json"))?;
    let validator = jsonschema::validator_for(&schema)?;
    let problems: Vec<_> = validator
        .iter_errors(&document)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(problems.is_empty(), "`mist {words}`: {problems:#?}\n{document:#}");
    for missing in ["null", " ?"] {
        assert!(!text.contains(missing), "`mist {words}` shows `{missing}`: {text}");
    }
    Ok(document)
}

#[test]
fn every_command_prints_one_document_that_fits_the_schema() -> Result {
    tell(async |world| {
        let _story = world.given("cli-forms").idle("v2").built().await?;
        for (words, code) in [
            ("status -s cli-forms", 0),
            ("version -s cli-forms", 0),
            ("history -s cli-forms", 0),
            ("lock status -s cli-forms", 0),
            ("lock release -s cli-forms -y", 0),
            ("config show -s cli-forms", 0),
            ("config pull -s cli-forms", 0),
            ("warm -s cli-forms", 0),
            ("deploy -s cli-forms -v v2", 0),
            ("deploy -s cli-forms -v no-such", 2),
            ("mark -s CLI-forms", 2),
            ("rollback -s cli-forms --timeout 1ms", 3),
            ("swap -s cli-forms --no-wait", 0),
        ] {
            let document = document(world, words, code).await?;
            let name = document["command"].as_str().unwrap_or_default();
            assert!(words.starts_with(name) && !name.is_empty(), "{document:#}");
            let is_execution = ["warm", "deploy", "swap", "rollback"].contains(&name);
            assert_eq!(document["execution"].is_string(), is_execution, "{document:#}");
        }
        Ok(())
    })
}

#[test]
fn a_failed_execution_has_its_cause_in_the_document() -> Result {
    tell(async |world| {
        let story = world.given("cli-cause").idle("v2").built().await?;
        let live = story.environment(mist_core::stack::side::Side::A);
        let words = format!("deploy -s cli-cause -v v2 -e {live}");
        let document = document(world, &words, 8).await?;
        assert_eq!(document["error"]["name"], "Mist.EnvironmentIsLive");
        assert_eq!(document["error"]["cause"]["step"], "Plan");
        assert!(document["execution"].is_string(), "{document:#}");
        Ok(())
    })
}
