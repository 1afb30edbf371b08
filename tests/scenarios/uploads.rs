//! Releases that succeed.

use beanstalk_sim::Fault;
use mist_core::stack::side::Side;
use mist_tests::{Result, tell};
use serde_json::json;

#[test]
fn an_upload_goes_live_and_no_client_notices() -> Result {
    tell(async |world| {
        let story = world.given("upload").built().await?;
        let execution = story.upload("v2").await?;
        let end = story.ends(&execution).await?;
        insta::assert_snapshot!("an_upload_goes_live", end.trace);
        assert_eq!(end.live, Some(Side::B));
        story.clients_meet("v2").await?;
        assert_eq!(story.clients(), (vec!["v1".to_owned(), "v2".to_owned()], 0));
        Ok(())
    })
}

#[test]
fn each_upload_goes_live_on_the_idle_environment() -> Result {
    tell(async |world| {
        let story = world.given("twice").built().await?;
        for (label, side) in [("v2", Side::B), ("v3", Side::A)] {
            let execution = story.upload(label).await?;
            let end = story.ends(&execution).await?;
            assert_eq!(end.live, Some(side), "{label}: {}", end.trace);
            story.clients_meet(label).await?;
            story.drained().await?;
        }
        assert_eq!(story.clients().1, 0);
        Ok(())
    })
}

#[test]
fn a_version_that_is_live_already_is_not_deployed_again() -> Result {
    tell(async |world| {
        let story = world.given("again").built().await?;
        let first = story.upload("v2").await?;
        story.ends(&first).await?;
        let changes = story.beanstalk_changes();
        story.drained().await?;
        let second = story.upload("v2").await?;
        let end = story.ends(&second).await?;
        assert_eq!(end.output["alreadyLive"], true, "{}", end.trace);
        assert_eq!(end.live, Some(Side::B));
        assert_eq!(story.beanstalk_changes(), changes);
        Ok(())
    })
}

#[test]
fn a_version_that_the_idle_environment_runs_goes_live_without_a_deployment() -> Result {
    tell(async |world| {
        let story = world.given("runs-already").idle("v2").built().await?;
        let execution = story.start("deploy", json!({ "version": "v2" })).await?;
        let end = story.ends(&execution).await?;
        insta::assert_snapshot!("the_idle_side_runs_it_already", end.trace);
        Ok(())
    })
}

#[test]
fn throttled_calls_are_retried() -> Result {
    tell(async |world| {
        // More than the three attempts of the SDK, so that the state machine has to wait as well.
        let fault = Fault::Throttle { calls: 5 };
        let given = world.given("throttled").fault_of(Side::B, "UpdateEnvironment", fault);
        let story = given.built().await?;
        let execution = story.upload("v2").await?;
        let end = story.ends(&execution).await?;
        insta::assert_snapshot!("throttled", end.trace);
        Ok(())
    })
}
