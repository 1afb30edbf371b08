//! Two runs want the same stack, or one ends before it can free it.

use beanstalk_sim::Fault;
use mist_core::stack::{lock::OnConflict, side::Side};
use mist_tests::{Result, Story, World, tell};
use serde_json::json;

/// A stack on which a deployment takes long enough to be met.
async fn slow(world: &'static World, name: &str, on_conflict: OnConflict) -> Result<Story> {
    let fault = Fault::DeploySeconds { seconds: 240.0 };
    world.given(name).on_conflict(on_conflict).fault(Side::B, fault).built().await
}

#[test]
fn who_comes_second_is_told_who_came_first() -> Result {
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
fn who_may_wait_comes_next() -> Result {
    tell(async |world| {
        let story = slow(world, "queue", OnConflict::Queue).await?;
        let first = story.upload("v2").await?;
        story.reaches(&first, "Wait until healthy").await?;
        let second = story.start("swap", json!({})).await?;
        story.is_queued(&second).await?;
        // The second one goes on at once, so only the output says what the first one put live.
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
fn a_newer_upload_takes_the_place_of_an_older_one() -> Result {
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
fn a_run_that_somebody_stops_frees_the_stack() -> Result {
    tell(async |world| {
        let story = slow(world, "stopped", OnConflict::Reject).await?;
        let run = story.upload("v2").await?;
        story.reaches(&run, "Wait until healthy").await?;
        story.stopped(&run).await?;
        story.lock_is_free().await?;
        story.history_says(&["deploy v2: ABORTED"]).await?;
        // Beanstalk goes on with what it began; the next run waits for that.
        let next = story.upload("v3").await?;
        let end = story.ends(&next).await?;
        assert_eq!((end.error(), end.live), ("", Some(Side::B)), "{}", end.trace);
        assert_eq!(story.clients().1, 0);
        Ok(())
    })
}

#[test]
fn one_upload_is_released_once_however_often_it_is_told() -> Result {
    tell(async |world| {
        let story = world.given("told-twice").built().await?;
        let first = story.upload("v2").await?;
        story.reaches(&first, "Plan").await?;
        let second = story.told_again(&first).await?;
        let (first, second) = (story.ends(&first).await?, story.ends(&second).await?);
        assert_eq!((first.error(), first.live), ("", Some(Side::B)), "{}", first.trace);
        assert_eq!(second.output["duplicate"], true, "{}", second.trace);
        story.history_says(&["deploy v2: done"]).await?;
        Ok(())
    })
}

#[test]
fn an_older_upload_that_is_told_late_does_not_replace_a_newer_one() -> Result {
    tell(async |world| {
        let story = world.given("late").built().await?;
        let older = story.upload("v2").await?;
        assert_eq!(story.ends(&older).await?.error(), "");
        let mut event = world.rehearsal.executions().describe(&older).await?.input;
        story.drained().await?;
        let newer = story.upload("v3").await?;
        assert_eq!(story.ends(&newer).await?.error(), "");
        // Another upload of the same second as the older one, of which nobody has been told so far.
        event["detail"]["object"]["sequencer"] = json!("0000");
        let end = story.ends(&story.start_with(&event).await?).await?;
        end.golden("older-upload");
        assert_eq!(end.error(), "Mist.OlderUpload", "{}", end.trace);
        assert_eq!(end.live, Some(Side::A));
        Ok(())
    })
}
