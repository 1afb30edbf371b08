//! Operations that people start.

use mist_core::stack::side::Side;
use mist_tests::{Result, tell};
use serde_json::json;

#[test]
fn a_deployment_to_one_environment_does_not_go_live() -> Result {
    tell(async |world| {
        let story = world.given("one-side").idle("v2").built().await?;
        let environment = story.environment(Side::B);
        let execution =
            story.start("deploy", json!({ "environment": environment, "version": "v1" })).await?;
        let end = story.ends(&execution).await?;
        insta::assert_snapshot!("one_environment", end.trace);
        assert_eq!(end.live, Some(Side::A));
        assert_eq!(end.output["version"], "v1");
        Ok(())
    })
}

#[test]
fn warm_only_warms_up_the_idle_environment() -> Result {
    tell(async |world| {
        let story = world.given("warm").idle("v2").built().await?;
        let execution = story.start("warm", json!({})).await?;
        let end = story.ends(&execution).await?;
        insta::assert_snapshot!("warm", end.trace);
        assert_eq!(end.output["warm"]["requests"], 20);
        Ok(())
    })
}

#[test]
fn a_swap_puts_the_idle_environment_live_and_a_second_one_the_first_again() -> Result {
    tell(async |world| {
        let story = world.given("swap").idle("v2").built().await?;
        for side in [Side::B, Side::A] {
            let execution = story.start("swap", json!({})).await?;
            let end = story.ends(&execution).await?;
            assert_eq!(end.live, Some(side), "{}", end.trace);
        }
        assert_eq!(story.beanstalk_changes(), Vec::<String>::new());
        Ok(())
    })
}

#[test]
fn a_swap_to_the_live_environment_changes_nothing() -> Result {
    tell(async |world| {
        let story = world.given("swap-live").idle("v2").built().await?;
        let before = story.record().await?;
        let environment = story.environment(Side::A);
        let execution = story.start("swap", json!({ "environment": environment })).await?;
        let end = story.ends(&execution).await?;
        assert_eq!(end.live, Some(Side::A), "{}", end.trace);
        assert_eq!(story.record().await?, before);
        Ok(())
    })
}

#[test]
fn mark_only_marks_the_live_version() -> Result {
    tell(async |world| {
        let story = world.given("mark").built().await?;
        let execution = story.start("mark", json!({ "user": "ann" })).await?;
        let end = story.ends(&execution).await?;
        assert_eq!(end.output["mark"]["outcome"], "done", "{}", end.trace);
        assert_eq!(end.output["version"], "v1");
        Ok(())
    })
}

#[test]
fn version_shows_both_environments() -> Result {
    tell(async |world| {
        let story = world.given("version").idle("v2").built().await?;
        let execution = story.start("version", json!({})).await?;
        let end = story.ends(&execution).await?;
        let summary = end.output["summary"].as_str().unwrap_or_default().to_owned();
        insta::assert_snapshot!(summary, @"version.mist.test points to side A. Side A (Demo-version-A) is live: v1, Ready, Green (Ok); Side B (Demo-version-B) is idle: v2, Ready, Green (Ok).");
        Ok(())
    })
}
