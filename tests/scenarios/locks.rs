//! Two releases of one stack at a time, and releases that end before they free the lock.

use beanstalk_sim::Fault;
use mist_core::{
    release::{
        state::{LiveSide, StackState},
        steps,
    },
    stack::{lock::OnConflict, side::Side},
};
use mist_tests::{Result, Story, World, tell};
use serde_json::json;

/// A stack on which a deployment takes long enough for a second release to start.
async fn slow(world: &'static World, name: &str, on_conflict: OnConflict) -> Result<Story> {
    let fault = Fault::DeploySeconds { seconds: 240.0 };
    world.given(name).on_conflict(on_conflict).fault(Side::B, fault).built().await
}

/// The old environment is drained, as if that time had passed.
async fn drained_now(world: &World, story: &Story) -> Result {
    let locks = world.rehearsal.aws().locks();
    Ok(steps::change(&locks, &story.stack.stack.name, |state| {
        let mut next = StackState { revision: state.revision + 1, ..state.clone() };
        next.live = next.live.map(|live| LiveSide { drained: live.since, ..live });
        Ok((Some(next), ()))
    })
    .await?)
}

#[test]
fn a_second_release_is_refused_with_the_name_of_the_first() -> Result {
    tell(async |world| {
        let story = slow(world, "locked", OnConflict::Reject).await?;
        let first = story.upload("v2").await?;
        story.reaches(&first, "Wait until healthy").await?;
        let second = story.upload("v3").await?;
        let end = story.ends(&second).await?;
        end.golden("locked");
        assert_eq!(end.error(), "Mist.Locked", "{}", end.trace);
        assert!(end.trace.contains("deploy v2 by upload since"), "{}", end.trace);
        assert_eq!(story.ends(&first).await?.live, Some(Side::B));
        story.history_says(&["deploy v3: Mist.Locked", "deploy v2: done"]).await?;
        assert_eq!(story.clients().1, 0);
        Ok(())
    })
}

#[test]
fn a_queued_release_gets_the_lock_next() -> Result {
    tell(async |world| {
        let story = slow(world, "queue", OnConflict::Queue).await?;
        let first = story.upload("v2").await?;
        story.reaches(&first, "Wait until healthy").await?;
        let second = story.start("swap", json!({})).await?;
        story.is_queued(&second).await?;
        // The second one starts immediately, so only the output shows what the first one put live.
        let end = story.ends(&first).await?;
        assert_eq!((end.error(), &end.output["side"]), ("", &json!("B")), "{}", end.trace);
        let end = story.ends(&second).await?;
        assert_eq!((end.error(), end.live), ("", Some(Side::A)), "{}", end.trace);
        story.lock_is_free().await?;
        assert_eq!(story.state().await?.queue, []);
        assert_eq!(story.clients().1, 0);
        Ok(())
    })
}

#[test]
fn an_upload_waits_until_the_old_environment_is_drained_and_a_rollback_does_not() -> Result {
    tell(async |world| {
        let given = world.given("drains").idle("v2").on_conflict(OnConflict::Queue);
        let story = given.drains(600).built().await?;
        let swap = story.ends(&story.start("swap", json!({})).await?).await?;
        assert_eq!((swap.error(), swap.live), ("", Some(Side::B)), "{}", swap.trace);
        let upload = story.upload("v3").await?;
        story.is_queued(&upload).await?;
        let back = story.ends(&story.start("rollback", json!({})).await?).await?;
        assert_eq!((back.error(), back.live), ("", Some(Side::A)), "{}", back.trace);
        story.is_queued(&upload).await?;
        drained_now(world, &story).await?;
        let end = story.ends(&upload).await?;
        assert_eq!((end.error(), end.live), ("", Some(Side::B)), "{}", end.trace);
        assert_eq!(end.output["version"], "v3");
        Ok(())
    })
}

#[test]
fn a_newer_upload_supersedes_an_older_one() -> Result {
    tell(async |world| {
        let story = slow(world, "superseded", OnConflict::Supersede).await?;
        let older = story.upload("v2").await?;
        story.reaches(&older, "Wait until healthy").await?;
        let newer = story.upload("v3").await?;
        let end = story.ends(&older).await?;
        assert_eq!(end.error(), "Mist.Superseded", "{}", end.trace);
        let end = story.ends(&newer).await?;
        assert_eq!((end.error(), end.live), ("", Some(Side::B)), "{}", end.trace);
        assert_eq!(end.output["version"], "v3");
        story.history_says(&["deploy v3: done", "deploy v2: Mist.Superseded"]).await?;
        story.clients_meet("v3").await?;
        assert_eq!(story.clients(), (vec!["v1".to_owned(), "v3".to_owned()], 0));
        Ok(())
    })
}

#[test]
fn an_execution_that_somebody_stopped_frees_the_lock() -> Result {
    tell(async |world| {
        let story = slow(world, "stopped", OnConflict::Reject).await?;
        let execution = story.upload("v2").await?;
        story.reaches(&execution, "Wait until healthy").await?;
        story.stopped(&execution).await?;
        story.lock_is_free().await?;
        story.history_says(&["deploy v2: ABORTED"]).await?;
        // Beanstalk goes on with the deployment; the next release waits for its end.
        let next = story.upload("v3").await?;
        let end = story.ends(&next).await?;
        assert_eq!((end.error(), end.live), ("", Some(Side::B)), "{}", end.trace);
        assert_eq!(story.clients().1, 0);
        Ok(())
    })
}

#[test]
fn one_upload_is_released_once_however_often_its_event_arrives() -> Result {
    tell(async |world| {
        let story = world.given("event-twice").built().await?;
        let first = story.upload("v2").await?;
        story.reaches(&first, "Plan").await?;
        let second = story.event_again(&first).await?;
        let (first, second) = (story.ends(&first).await?, story.ends(&second).await?);
        assert_eq!((first.error(), first.live), ("", Some(Side::B)), "{}", first.trace);
        assert_eq!(second.output["duplicate"], true, "{}", second.trace);
        story.history_says(&["deploy v2: done"]).await?;
        Ok(())
    })
}

#[test]
fn an_older_upload_whose_event_is_late_does_not_replace_a_newer_one() -> Result {
    tell(async |world| {
        let story = world.given("late").built().await?;
        let older = story.upload("v2").await?;
        assert_eq!(story.ends(&older).await?.error(), "");
        let mut event = world.rehearsal.executions().describe(&older).await?.input;
        story.drained().await?;
        let newer = story.upload("v3").await?;
        assert_eq!(story.ends(&newer).await?.error(), "");
        // Another upload of the same second as the older one, whose event has not arrived yet.
        event["detail"]["object"]["sequencer"] = json!("0000");
        let end = story.ends(&story.start_with(&event).await?).await?;
        end.golden("older-upload");
        assert_eq!(end.error(), "Mist.OlderUpload", "{}", end.trace);
        assert_eq!(end.live, Some(Side::A));
        Ok(())
    })
}
