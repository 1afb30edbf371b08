//! The `mist` command, as people run it.

use std::{
    path::Path,
    process::{Output, Stdio},
};

use mist_core::stack::side::Side;
use mist_local::github::{File, NewCommit};
use mist_rehearsal::page;
use mist_tests::{Result, World, leaks::Place, tell};
use serde_json::Value;
use tokio::process::Command;

pub(crate) async fn mist(world: &World, arguments: &[&str]) -> Result<Output> {
    let output = Command::new(world.command())
        .args(arguments)
        .envs(world.environment())
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .output()
        .await?;
    world.shows_no_secret(&[Place::new(
        format!("`mist {}`", arguments.join(" ")),
        printed(&output),
    )])?;
    Ok(output)
}

pub(crate) fn printed(output: &Output) -> String {
    let (out, err) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    format!("{out}{err}")
}

#[test]
fn a_file_is_uploaded_released_and_followed() -> Result {
    tell(async |world| {
        let story = world.given("cli-file").built().await?;
        let folder = world.cloud.run_folder().join("cli-file");
        std::fs::create_dir_all(&folder)?;
        let file = folder.join("cli-1.zip");
        std::fs::write(&file, page("cli-1"))?;
        let file = file.to_str().ok_or("the path is not UTF-8")?;
        let output = mist(world, &["deploy", "-s", "cli-file", "--file", file]).await?;
        assert!(output.status.success(), "{}", printed(&output));
        let result = String::from_utf8(output.stdout)?;
        assert_eq!(result, "cli-1 is live on stack cli-file: side B (Demo-cli-file-B).\n");
        let progress = String::from_utf8(output.stderr)?;
        for step in ["✓ Plan", "✓ Wait until healthy", "✓ Warm up", "✓ Swap", "✓ Mark"] {
            assert!(progress.contains(step), "{progress}");
        }
        assert_eq!(story.clients().1, 0);
        Ok(())
    })
}

#[test]
fn a_refused_release_exits_with_8_and_a_reason() -> Result {
    tell(async |world| {
        let story = world.given("cli-fails").idle("v2").built().await?;
        let live = story.environment(Side::A);
        let output = mist(world, &["deploy", "-s", "cli-fails", "-v", "v2", "-e", live]).await?;
        assert_eq!(output.status.code(), Some(8), "{}", printed(&output));
        assert!(output.stdout.is_empty());
        let words = printed(&output);
        assert!(words.contains("mist: Mist.EnvironmentIsLive"), "{words}");
        assert!(words.contains("docs/RUNBOOK.md#mistenvironmentislive"), "{words}");
        Ok(())
    })
}

#[test]
fn programs_can_read_the_results() -> Result {
    tell(async |world| {
        let _story = world.given("cli-json").idle("v2").built().await?;
        let output = mist(world, &["version", "-s", "cli-json", "-o", "json"]).await?;
        assert!(output.status.success(), "{}", printed(&output));
        let printed: Value = serde_json::from_slice(&output.stdout)?;
        assert_eq!(printed["result"]["live"], "A");
        assert_eq!(printed["result"]["sides"][1]["version"], "v2");
        Ok(())
    })
}

#[test]
fn all_stacks_are_shown_at_a_glance() -> Result {
    tell(async |world| {
        let story = world.given("cli-status").idle("v2").built().await?;
        let arguments = ["status", "-s", "cli-status", "-o", "json"];
        let output = mist(world, &arguments).await?;
        assert!(output.status.success(), "{}", printed(&output));
        assert!(String::from_utf8(output.stderr)?.starts_with("LOCAL http://127.0.0.1:"));
        let shown: Value = serde_json::from_slice(&output.stdout)?;
        let stack = &shown["result"]["stacks"][0];
        assert_eq!((&stack["stack"], &stack["live"]), (&"cli-status".into(), &"A".into()));
        assert_eq!(stack["sides"][1]["environment"], story.environment(Side::B));
        assert_eq!(stack["sides"][1]["version"], "v2");
        assert!(stack["sides"][0]["instances"].as_u64() > Some(0), "{stack}");
        assert_eq!(stack["problem"], Value::Null);
        Ok(())
    })
}

#[test]
fn an_operation_goes_on_if_the_command_does_not_wait_for_it() -> Result {
    tell(async |world| {
        let story = world.given("cli-no-wait").idle("v2").built().await?;
        let output = mist(world, &["swap", "-s", "cli-no-wait", "--no-wait"]).await?;
        assert!(output.status.success(), "{}", printed(&output));
        let printed = String::from_utf8(output.stdout)?;
        let execution = printed.trim().strip_prefix("started: ").ok_or("no run")?;
        assert_eq!(story.ends(execution).await?.live, Some(Side::B));
        Ok(())
    })
}

#[test]
fn the_exit_code_shows_the_kind_of_failure() -> Result {
    tell(async |world| {
        let _story = world.given("cli-codes").idle("v2").built().await?;
        let cases: [(&[&str], i32); 6] = [
            (&["deploy"], 2),
            (&["deploy", "-s", "CLI-codes"], 2),
            (&["lock", "status", "-s", "CLI-codes"], 2),
            (&["version", "-s", "Q/A"], 2),
            (&["warm", "-s", "cli-codes", "--timeout", "1ms"], 3),
            (&["config", "validate", "--file", "no/mist.yaml"], 4),
        ];
        for (arguments, code) in cases {
            let output = mist(world, arguments).await?;
            assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", printed(&output));
        }
        Ok(())
    })
}

#[test]
fn a_configuration_is_pushed_and_shown() -> Result {
    tell(async |world| {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../mist.example.yaml");
        let file = file.to_str().ok_or("the path is not UTF-8")?;
        let output = mist(world, &["config", "push", "--yes", "--file", file]).await?;
        assert!(output.status.success(), "{}", printed(&output));
        let output =
            mist(world, &["config", "show", "-s", "UAT", "-o", "json", "-r", "eu-west-1"]).await?;
        let shown: Value = serde_json::from_slice(&output.stdout)?;
        assert_eq!(
            shown["result"]["settings"]["domain"],
            "uat.example.com",
            "{}",
            printed(&output)
        );
        Ok(())
    })
}

#[test]
fn a_release_that_bakes_is_rolled_back_immediately_if_requested() -> Result {
    tell(async |world| {
        let story = world.given("cli-now").watched(600).built().await?;
        let execution = story.upload("v2").await?;
        story.reaches(&execution, "Bake").await?;
        let refused = mist(world, &["rollback", "-s", "cli-now"]).await?;
        assert_eq!(refused.status.code(), Some(6), "{}", printed(&refused));
        assert!(
            printed(&refused).contains("`mist rollback -s cli-now --now`"),
            "{}",
            printed(&refused)
        );
        let output = mist(world, &["rollback", "-s", "cli-now", "--now"]).await?;
        assert!(output.status.success(), "{}", printed(&output));
        let printed = printed(&output);
        assert!(printed.contains("v1 is live on stack cli-now again"), "{printed}");
        assert_eq!(story.record().await?.target, story.stack.cnames[0]);
        story.history_says(&["rollback v1: done", "deploy v2: ABORTED"]).await?;
        assert_eq!(story.clients().1, 0);
        Ok(())
    })
}

#[test]
fn a_tag_is_fetched_released_and_followed() -> Result {
    tell(async |world| {
        let story = world.given("cli-ref").on_github("demo/cli-ref").built().await?;
        let page = "<!doctype html>\n<title>Demo</title>\n<h1>From a tag.</h1>\n";
        let commit = NewCommit::new("First", [File::new("index.html", page)]);
        let sha = world.cloud.github().commit("demo/cli-ref", "main", commit);
        world.cloud.github().name("demo/cli-ref", "v1.2", &sha);
        let output = mist(world, &["deploy", "-s", "cli-ref", "--ref", "v1.2"]).await?;
        assert!(output.status.success(), "{}", printed(&output));
        let result = String::from_utf8(output.stdout)?;
        let label = format!("git-{sha}-1767323044000");
        assert_eq!(result, format!("{label} is live on stack cli-ref: side B (Demo-cli-ref-B).\n"));
        let progress = String::from_utf8(output.stderr)?;
        assert!(progress.contains("✓ Fetch source"), "{progress}");
        assert_eq!(story.clients().1, 0);
        Ok(())
    })
}

#[test]
fn an_environment_is_stopped_and_started() -> Result {
    tell(async |world| {
        let _story = world.given("cli-stop").idle("v2").built().await?;
        let stopped = mist(world, &["stop", "-s", "cli-stop"]).await?;
        assert!(
            printed(&stopped).contains("Stopped on stack cli-stop: side B"),
            "{}",
            printed(&stopped)
        );
        let started = mist(world, &["start", "-s", "cli-stop"]).await?;
        assert!(started.status.success(), "{}", printed(&started));
        assert!(
            printed(&started).contains("Started on stack cli-stop: side B"),
            "{}",
            printed(&started)
        );
        let again = mist(world, &["start", "-s", "cli-stop"]).await?;
        assert_eq!(again.status.code(), Some(8), "{}", printed(&again));
        assert!(printed(&again).contains("Mist.AlreadyRunning"), "{}", printed(&again));
        Ok(())
    })
}
