//! How many instances the sides have: sides that are stopped and started, and sides of different sizes.

use mist_core::{beanstalk::capacity::Sizes, stack::side::Side};
use mist_tests::{Result, Story, tell};
use serde_json::json;

/// `story`, whose side has `desired` instances, of one to `max`.
async fn resized(story: &Story, side: Side, max: u32, desired: u32) -> Result<Sizes> {
    let sizes = Sizes { min: desired.min(1), max, desired };
    story.resize(side, sizes).await?;
    Ok(sizes)
}

#[test]
fn a_side_that_was_stopped_gets_exactly_its_instances_back() -> Result {
    tell(async |world| {
        let story = world.given("stop-start").idle("v2").built().await?;
        let before = resized(&story, Side::B, 3, 2).await?;
        let end = story.ends(&story.start("stop", json!({})).await?).await?;
        insta::assert_snapshot!("stopped", end.trace);
        assert_eq!(story.group(Side::B).await?.sizes, Sizes { min: 0, desired: 0, ..before });
        assert_eq!(story.group(Side::B).await?.instances, 0);
        let again = story.ends(&story.start("stop", json!({})).await?).await?;
        assert_eq!(again.error(), "", "stopping what is stopped changes nothing: {}", again.trace);
        let end = story.ends(&story.start("start", json!({})).await?).await?;
        insta::assert_snapshot!("started", end.trace);
        assert_eq!(story.group(Side::B).await?.sizes, before);
        assert_eq!(story.group(Side::B).await?.in_service, 2);
        story.history_says(&["start v2: done", "stop v2: done", "stop v2: done"]).await
    })
}

#[test]
fn the_live_side_is_stopped_only_when_that_is_said() -> Result {
    tell(async |world| {
        let story = world.given("stop-live").built().await?;
        let environment = story.environment(Side::A).to_owned();
        let refused = story.start("stop", json!({ "environment": environment })).await?;
        let end = story.ends(&refused).await?;
        assert_eq!(end.error(), "Mist.EnvironmentIsLive", "{}", end.trace);
        assert!(!story.group(Side::A).await?.sizes.is_stopped());
        let run = story.start("stop", json!({ "environment": environment, "live": true })).await?;
        let end = story.ends(&run).await?;
        assert_eq!(end.error(), "", "{}", end.trace);
        assert!(story.group(Side::A).await?.sizes.is_stopped());
        Ok(())
    })
}

#[test]
fn what_runs_is_not_started_and_what_is_unknown_is_not_guessed() -> Result {
    tell(async |world| {
        let story = world.given("start-refused").idle("v2").built().await?;
        let end = story.ends(&story.start("start", json!({})).await?).await?;
        end.golden("end-AlreadyRunning");
        assert_eq!(end.error(), "Mist.AlreadyRunning", "{}", end.trace);
        resized(&story, Side::B, 4, 0).await?;
        let end = story.ends(&story.start("start", json!({})).await?).await?;
        assert_eq!(end.error(), "Mist.SizesUnknown", "{}", end.trace);
        assert!(story.group(Side::B).await?.sizes.is_stopped());
        Ok(())
    })
}

#[test]
fn a_side_that_was_stopped_is_started_before_it_is_deployed_to() -> Result {
    tell(async |world| {
        let story = world.given("stopped-deploy").idle("v0").built().await?;
        let end = story.ends(&story.start("stop", json!({})).await?).await?;
        assert_eq!(end.error(), "", "{}", end.trace);
        let end = story.ends(&story.upload("v2").await?).await?;
        insta::assert_snapshot!("started_and_released", end.trace);
        assert_eq!(end.live, Some(Side::B));
        assert_eq!(story.new_clients().await?.versions.keys().collect::<Vec<_>>(), ["v2"]);
        Ok(())
    })
}

#[test]
fn a_smaller_side_grows_before_it_goes_live() -> Result {
    tell(async |world| {
        let story = world.given("grows").idle("v0").built().await?;
        resized(&story, Side::A, 4, 3).await?;
        let end = story.ends(&story.upload("v2").await?).await?;
        assert_eq!((end.error(), end.live), ("", Some(Side::B)), "{}", end.trace);
        assert_eq!(story.group(Side::B).await?.in_service, 3);
        assert_eq!(
            end.output["matchCapacity"],
            json!({ "action": "match", "instances": 3, "liveInstances": 3 })
        );
        assert_eq!(story.clients().1, 0);
        Ok(())
    })
}

#[test]
fn a_side_that_may_not_grow_does_not_go_live() -> Result {
    tell(async |world| {
        let story = world.given("too-small").idle("v0").built().await?;
        resized(&story, Side::A, 4, 3).await?;
        resized(&story, Side::B, 2, 1).await?;
        let end = story.ends(&story.upload("v2").await?).await?;
        insta::assert_snapshot!("too_small", end.trace);
        assert_eq!(end.live, Some(Side::A));
        Ok(())
    })
}

#[test]
fn a_rollback_asks_for_instances_and_does_not_wait_for_them() -> Result {
    tell(async |world| {
        let story = world.given("rollback-grows").idle("v0").built().await?;
        let end = story.ends(&story.upload("v2").await?).await?;
        assert_eq!(end.live, Some(Side::B), "{}", end.trace);
        resized(&story, Side::B, 4, 3).await?;
        let end = story.ends(&story.start("rollback", json!({})).await?).await?;
        assert_eq!((end.error(), end.live), ("", Some(Side::A)), "{}", end.trace);
        assert_eq!(story.group(Side::A).await?.sizes.desired, 3);
        Ok(())
    })
}
