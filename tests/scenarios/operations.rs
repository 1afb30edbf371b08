//! Operations that are started by hand.

use mist_core::stack::side::Side;
use mist_tests::{Result, tell};
use serde_json::json;

#[test]
fn a_deployment_to_one_environment_does_not_go_live() -> Result {
    tell(async |world| {
        let story = world.given("one-side").idle("v2").built().await?;
        let environment = story.environment(Side::B);
        let run =
            story.start("deploy", json!({ "environment": environment, "version": "v1" })).await?;
        let end = story.ends(&run).await?;
        insta::assert_snapshot!("one_environment", end.trace);
        assert_eq!(end.live, Some(Side::A));
        assert_eq!(end.output["version"], "v1");
        Ok(())
    })
}

#[test]
fn the_idle_side_is_warmed_up_alone() -> Result {
    tell(async |world| {
        let story = world.given("warm").idle("v2").built().await?;
        let run = story.start("warm", json!({})).await?;
        let end = story.ends(&run).await?;
        insta::assert_snapshot!("warm", end.trace);
        assert_eq!(end.output["warm"]["requests"], 20);
        Ok(())
    })
}

#[test]
fn a_swap_makes_the_idle_side_live_and_another_one_goes_back() -> Result {
    tell(async |world| {
        let story = world.given("swap").idle("v2").built().await?;
        for side in [Side::B, Side::A] {
            let run = story.start("swap", json!({})).await?;
            let end = story.ends(&run).await?;
            assert_eq!(end.live, Some(side), "{}", end.trace);
        }
        assert_eq!(story.beanstalk_changes(), Vec::<String>::new());
        Ok(())
    })
}

#[test]
fn a_swap_to_the_live_side_changes_nothing() -> Result {
    tell(async |world| {
        let story = world.given("swap-live").idle("v2").built().await?;
        let before = story.record().await?;
        let environment = story.environment(Side::A);
        let run = story.start("swap", json!({ "environment": environment })).await?;
        let end = story.ends(&run).await?;
        assert_eq!(end.live, Some(Side::A), "{}", end.trace);
        assert_eq!(story.record().await?, before);
        Ok(())
    })
}

#[test]
fn what_is_live_is_marked_alone() -> Result {
    tell(async |world| {
        let story = world.given("mark").built().await?;
        let run = story.start("mark", json!({ "user": "ann" })).await?;
        let end = story.ends(&run).await?;
        assert_eq!(end.output["mark"]["outcome"], "done", "{}", end.trace);
        assert_eq!(end.output["version"], "v1");
        Ok(())
    })
}

#[test]
fn both_sides_are_shown() -> Result {
    tell(async |world| {
        let story = world.given("version").idle("v2").built().await?;
        let run = story.start("version", json!({})).await?;
        let end = story.ends(&run).await?;
        let summary = end.output["summary"].as_str().unwrap_or_default().to_owned();
        insta::assert_snapshot!(summary, @"version.mist.test points to side A. Side A (Demo-version-A) is live: v1, Ready, Green (Ok); Side B (Demo-version-B) is idle: v2, Ready, Green (Ok).");
        Ok(())
    })
}
