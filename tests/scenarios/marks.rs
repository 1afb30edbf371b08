//! Markers in New Relic: one for each release, and a missing one fails no release.

use mist_core::stack::side::Side;
use mist_local::{Failure, Marker, When};
use mist_tests::{Result, World, tell};

/// The markers of the stack `name`.
fn marks(world: &World, name: &str) -> Vec<Marker> {
    let mut marks = world.cloud.recorder().markers();
    marks.retain(|mark| mark.description.contains(&format!("stack {name} ")));
    marks
}

#[test]
fn a_release_is_marked_in_new_relic_once() -> Result {
    tell(async |world| {
        let story = world.given("marked").built().await?;
        let execution = story.upload("v2").await?;
        let end = story.ends(&execution).await?;
        assert_eq!(end.output["mark"]["outcome"], "done", "{}", end.output);
        let marks = marks(world, "marked");
        let [mark] = marks.as_slice() else { return Err(format!("{marks:?}").into()) };
        assert_eq!((mark.version.as_str(), mark.deployment_type.as_str()), ("v2", "BLUE_GREEN"));
        assert!(execution.ends_with(&mark.group_id), "{execution} {}", mark.group_id);
        assert!(mark.deep_link.ends_with(&execution), "{}", mark.deep_link);
        Ok(())
    })
}

#[test]
fn the_commit_in_a_label_is_sent_to_new_relic() -> Result {
    tell(async |world| {
        let story = world.given("commit").built().await?;
        let execution =
            story.upload("git-6d119ce0c3b0f6c2d4a1f0b3d2c5e7f8a9b0c1d2-1384962378123").await?;
        story.ends(&execution).await?;
        assert_eq!(marks(world, "commit")[0].commit, "6d119ce0c3b0f6c2d4a1f0b3d2c5e7f8a9b0c1d2");
        Ok(())
    })
}

#[test]
fn a_marker_whose_answer_was_lost_is_not_created_again() -> Result {
    tell(async |world| {
        let story = world.given("lost-mark").built().await?;
        // Only the request that creates the marker has the description.
        let marking = When::Body("stack lost-mark ".to_owned());
        world.cloud.recorder().fail_times(marking, Failure::LostAnswer, 1);
        let execution = story.upload("v2").await?;
        let end = story.ends(&execution).await?;
        let marks = marks(world, "lost-mark");
        let [mark] = marks.as_slice() else { return Err(format!("{marks:?}").into()) };
        assert_eq!(end.output["mark"]["id"], mark.deployment_id, "{}", end.output);
        Ok(())
    })
}

#[test]
fn the_rest_api_creates_markers_as_well() -> Result {
    tell(async |world| {
        let story = world.given("rest").marked_by_rest().built().await?;
        let execution = story.upload("v2").await?;
        let end = story.ends(&execution).await?;
        assert_eq!(end.output["mark"]["outcome"], "done", "{}", end.output);
        let marks = marks(world, "rest");
        let [mark] = marks.as_slice() else { return Err(format!("{marks:?}").into()) };
        assert!(mark.changelog.ends_with(&execution), "{}", mark.changelog);
        Ok(())
    })
}

#[test]
fn an_outage_of_new_relic_does_not_fail_the_release() -> Result {
    tell(async |world| {
        let story = world.given("no-new-relic").built().await?;
        let asked = When::Body("Demo no-new-relic".to_owned());
        world.cloud.recorder().fail(asked, Failure::Status(500));
        let execution = story.upload("v2").await?;
        let end = story.ends(&execution).await?;
        assert_eq!(end.live, Some(Side::B), "{}", end.trace);
        assert_eq!(end.output["mark"]["outcome"], "warning", "{}", end.output);
        assert_eq!(end.output["mark"]["code"], "NewRelic.Unavailable", "{}", end.output);
        Ok(())
    })
}

#[test]
fn an_error_with_status_200_is_no_marker() -> Result {
    tell(async |world| {
        let story = world.given("refused-mark").built().await?;
        let marking = When::Body("stack refused-mark ".to_owned());
        world.cloud.recorder().fail(marking, Failure::Errors("Access denied.".to_owned()));
        let execution = story.upload("v2").await?;
        let end = story.ends(&execution).await?;
        assert_eq!(end.output["mark"]["code"], "NewRelic.Refused", "{}", end.output);
        assert_eq!(end.output["mark"]["reason"], "New Relic refused the request: Access denied.");
        assert_eq!(marks(world, "refused-mark"), Vec::new());
        Ok(())
    })
}
