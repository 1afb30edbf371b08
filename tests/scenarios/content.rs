//! The content of bundles: it decides which version a bundle is, whatever lies at a key.

use beanstalk_sim::Fault;
use mist_core::{
    checksum::Checksum,
    stack::{lock::OnConflict, side::Side},
};
use mist_rehearsal::page;
use mist_tests::{Result, Story, World, tell};
use serde_json::json;

/// A stack on which `v2` is live.
async fn released(world: &'static World, name: &str) -> Result<Story> {
    let story = world.given(name).built().await?;
    let execution = story.upload("v2").await?;
    assert_eq!(story.ends(&execution).await?.error(), "");
    story.drained().await?;
    Ok(story)
}

/// The key of the kept copy of version `label` that is made of `content`.
fn kept(name: &str, label: &str, content: &[u8]) -> String {
    format!("versions/Demo-{name}/{label}/{}.zip", Checksum::of(content).hex())
}

#[test]
fn a_version_is_released_from_its_copy_whatever_was_uploaded_under_its_label_since() -> Result {
    tell(async |world| {
        let story = released(world, "relabelled").await?;
        let other = story.upload_to(&story.stack.key("v2"), page("another")).await?;
        assert_eq!(story.ends(&other).await?.error(), "Mist.VersionTaken");
        let newer = story.upload("v3").await?;
        assert_eq!(story.ends(&newer).await?.live, Some(Side::A));
        story.drained().await?;
        let again = story.start("deploy", json!({ "version": "v2" })).await?;
        let end = story.ends(&again).await?;
        assert_eq!((end.error(), end.live), ("", Some(Side::B)), "{}", end.trace);
        let planned = story.output_of(&again, "Plan").await?;
        let checksum = json!(Checksum::of(&page("v2")));
        assert_eq!(planned["steps"]["deploy"]["artifact"]["checksum"], checksum, "{planned}");
        assert_eq!(story.clients().1, 0);
        Ok(())
    })
}

#[test]
fn the_same_bytes_are_the_same_version_however_they_were_uploaded() -> Result {
    tell(async |world| {
        let story = released(world, "in-parts").await?;
        let changes = story.beanstalk_changes();
        let key = story.stack.key("v2").replace(".zip", ".war");
        let again = story.upload_in_parts(&key, page("v2")).await?;
        let end = story.ends(&again).await?;
        assert_eq!((end.error(), &end.output["alreadyLive"]), ("", &json!(true)), "{}", end.trace);
        assert_eq!(story.beanstalk_changes(), changes);
        Ok(())
    })
}

#[test]
fn a_copy_that_was_overwritten_is_not_released() -> Result {
    tell(async |world| {
        let story = released(world, "overwritten").await?;
        let newer = story.upload("v3").await?;
        assert_eq!(story.ends(&newer).await?.live, Some(Side::A));
        story.drained().await?;
        let changes = story.beanstalk_changes();
        let key = kept("overwritten", "v2", &page("v2"));
        world.cloud.upload(world.rehearsal.bucket(), &key, page("planted")).await?;
        let again = story.start("deploy", json!({ "version": "v2" })).await?;
        let end = story.ends(&again).await?;
        end.golden("end-KeptCopyChanged");
        assert_eq!((end.error(), end.live), ("Mist.KeptCopyChanged", Some(Side::A)));
        assert_eq!(story.beanstalk_changes(), changes);
        Ok(())
    })
}

#[test]
fn what_was_planted_at_the_key_of_a_copy_is_not_taken_for_it() -> Result {
    tell(async |world| {
        let story = world.given("planted-copy").built().await?;
        let key = kept("planted-copy", "v2", &page("v2"));
        world.cloud.upload(world.rehearsal.bucket(), &key, page("planted")).await?;
        let execution = story.upload("v2").await?;
        let end = story.ends(&execution).await?;
        assert_eq!(end.error(), "Mist.KeptCopyChanged", "{}", end.trace);
        assert_eq!((end.live, story.beanstalk_changes().len()), (Some(Side::A), 0));
        story.lock_is_free().await
    })
}

#[test]
fn of_two_quick_uploads_of_one_key_the_newer_one_goes_live() -> Result {
    tell(async |world| {
        let slow = Fault::DeploySeconds { seconds: 240.0 };
        let given = world.given("two-at-once").on_conflict(OnConflict::Queue);
        let story = given.fault(Side::B, slow).built().await?;
        let first = story.upload("v1-5").await?;
        story.reaches(&first, "Wait until healthy").await?;
        let key = story.stack.key("v2");
        let older = story.upload_to(&key, page("older")).await?;
        story.is_queued(&older).await?;
        let newer = story.upload_to(&key, page("v2")).await?;
        story.is_queued(&newer).await?;
        assert_eq!(story.ends(&first).await?.error(), "");
        let end = story.ends(&older).await?;
        assert_eq!(end.error(), "Mist.Superseded", "{}", end.trace);
        let end = story.ends(&newer).await?;
        assert_eq!((end.error(), end.live), ("", Some(Side::A)), "{}", end.trace);
        story.clients_meet("v2").await?;
        let history = ["deploy v2: done", "deploy v2: Mist.Superseded", "deploy v1-5: done"];
        story.history_says(&history).await
    })
}

#[test]
fn without_a_setting_a_newer_upload_supersedes_what_has_not_swapped() -> Result {
    tell(async |world| {
        let slow = Fault::DeploySeconds { seconds: 240.0 };
        let story = world.given("newer-upload").fault(Side::B, slow).built().await?;
        let older = story.upload("v2").await?;
        story.reaches(&older, "Wait until healthy").await?;
        let newer = story.upload("v3").await?;
        assert_eq!(story.ends(&older).await?.error(), "Mist.Superseded");
        let end = story.ends(&newer).await?;
        assert_eq!((end.error(), end.live), ("", Some(Side::B)), "{}", end.trace);
        Ok(())
    })
}
