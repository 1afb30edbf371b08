//! Capacity: environments that are stopped and started, and environments of different capacities.

use mist_core::{beanstalk::capacity::Capacity, stack::side::Side};
use mist_tests::{Result, Story, tell};
use serde_json::json;

/// Gives the environment of `side` `desired` instances, of one to `max`.
async fn resized(story: &Story, side: Side, max: u32, desired: u32) -> Result<Capacity> {
    let capacity = Capacity { min: desired.min(1), max, desired };
    story.resize(side, capacity).await?;
    Ok(capacity)
}

#[test]
fn a_stopped_environment_gets_its_capacity_back() -> Result {
    tell(async |world| {
        let story = world.given("stop-start").idle("v2").built().await?;
        let before = resized(&story, Side::B, 3, 2).await?;
        let end = story.ends(&story.start("stop", json!({})).await?).await?;
        insta::assert_snapshot!("stopped", end.trace);
        assert_eq!(story.group(Side::B).await?.capacity, Capacity { min: 0, desired: 0, ..before });
        assert_eq!(story.group(Side::B).await?.instances, 0);
        let again = story.ends(&story.start("stop", json!({})).await?).await?;
        assert_eq!(again.error(), "", "stopping what is stopped changes nothing: {}", again.trace);
        let end = story.ends(&story.start("start", json!({})).await?).await?;
        insta::assert_snapshot!("started", end.trace);
        assert_eq!(story.group(Side::B).await?.capacity, before);
        assert_eq!(story.group(Side::B).await?.in_service, 2);
        story.history_says(&["start v2: done", "stop v2: done", "stop v2: done"]).await
    })
}

#[test]
fn the_live_environment_is_stopped_only_if_requested() -> Result {
    tell(async |world| {
        let story = world.given("stop-live").built().await?;
        let environment = story.environment(Side::A).to_owned();
        let refused = story.start("stop", json!({ "environment": environment })).await?;
        let end = story.ends(&refused).await?;
        assert_eq!(end.error(), "Mist.EnvironmentIsLive", "{}", end.trace);
        assert!(!story.group(Side::A).await?.capacity.is_stopped());
        let execution =
            story.start("stop", json!({ "environment": environment, "live": true })).await?;
        let end = story.ends(&execution).await?;
        assert_eq!(end.error(), "", "{}", end.trace);
        assert!(story.group(Side::A).await?.capacity.is_stopped());
        Ok(())
    })
}

#[test]
fn a_running_environment_is_not_started_and_an_unknown_capacity_is_refused() -> Result {
    tell(async |world| {
        let story = world.given("start-refused").idle("v2").built().await?;
        let end = story.ends(&story.start("start", json!({})).await?).await?;
        end.golden("end-AlreadyRunning");
        assert_eq!(end.error(), "Mist.AlreadyRunning", "{}", end.trace);
        resized(&story, Side::B, 4, 0).await?;
        let end = story.ends(&story.start("start", json!({})).await?).await?;
        assert_eq!(end.error(), "Mist.SizesUnknown", "{}", end.trace);
        assert!(story.group(Side::B).await?.capacity.is_stopped());
        Ok(())
    })
}

#[test]
fn a_stopped_environment_is_started_before_a_deployment() -> Result {
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
fn the_capacity_of_the_idle_environment_is_matched_before_the_swap() -> Result {
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
fn an_environment_whose_capacity_cannot_be_matched_does_not_go_live() -> Result {
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
fn a_rollback_requests_instances_and_does_not_wait_for_them() -> Result {
    tell(async |world| {
        let story = world.given("rollback-grows").idle("v0").built().await?;
        let end = story.ends(&story.upload("v2").await?).await?;
        assert_eq!(end.live, Some(Side::B), "{}", end.trace);
        resized(&story, Side::B, 4, 3).await?;
        let end = story.ends(&story.start("rollback", json!({})).await?).await?;
        assert_eq!((end.error(), end.live), ("", Some(Side::A)), "{}", end.trace);
        assert_eq!(story.group(Side::A).await?.capacity.desired, 3);
        Ok(())
    })
}
