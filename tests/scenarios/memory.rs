//! The state of a stack that mist remembers, and the decisions that depend on it.

use beanstalk_sim::Fault;
use mist_core::stack::side::Side;
use mist_tests::{Result, tell};
use serde_json::json;

#[test]
fn a_stack_that_somebody_else_changed_is_refused_until_the_drift_is_accepted() -> Result {
    tell(async |world| {
        let story = world.given("by-hand").built().await?;
        let execution = story.upload("v2").await?;
        assert_eq!(story.ends(&execution).await?.live, Some(Side::B));
        story.point(&story.stack.cnames[0]).await?;
        story.drained().await?;
        let refused = story.ends(&story.upload("v3").await?).await?;
        refused.golden("drift");
        assert_eq!(refused.error(), "Mist.Drift", "{}", refused.trace);
        assert!(refused.trace.contains("to side A"));
        let accepted = json!({ "version": "v3", "acceptDrift": true });
        let end = story.ends(&story.start("deploy", accepted).await?).await?;
        assert_eq!((end.error(), end.live), ("", Some(Side::B)), "{}", end.trace);
        Ok(())
    })
}

#[test]
fn drift_that_was_accepted_on_what_is_live_does_not_stop_the_next_upload() -> Result {
    tell(async |world| {
        let story = world.given("accepted").built().await?;
        assert_eq!(story.ends(&story.upload("v2").await?).await?.live, Some(Side::B));
        story.point(&story.stack.cnames[0]).await?;
        let live = json!({ "environment": story.environment(Side::A), "acceptDrift": true });
        let accepted = story.ends(&story.start("swap", live).await?).await?;
        assert_eq!((accepted.error(), accepted.live), ("", Some(Side::A)), "{}", accepted.trace);
        assert_eq!(accepted.output["alreadyLive"], true);
        let drift = "its record points to side A, not to side B";
        assert_eq!(accepted.output["warnings"], json!([format!("drift was accepted: {drift}")]));
        story.drained().await?;
        let end = story.ends(&story.upload("v3").await?).await?;
        assert_eq!((end.error(), end.live), ("", Some(Side::B)), "{}", end.trace);
        Ok(())
    })
}

#[test]
fn a_rollback_is_one_swap_and_happens_once() -> Result {
    tell(async |world| {
        let story = world.given("rollback").built().await?;
        let nothing = story.ends(&story.start("rollback", json!({})).await?).await?;
        nothing.golden("nothing-to-roll-back-to");
        assert_eq!(nothing.error(), "Mist.NothingToRollBackTo", "{}", nothing.trace);
        let execution = story.upload("v2").await?;
        assert_eq!(story.ends(&execution).await?.live, Some(Side::B));
        let changes = story.beanstalk_changes();
        let back = story.ends(&story.start("rollback", json!({})).await?).await?;
        insta::assert_snapshot!("rollback", back.trace);
        assert_eq!((back.live, &back.output["version"]), (Some(Side::A), &json!("v1")));
        assert_eq!(back.output["warm"]["requests"], 1);
        assert_eq!(story.beanstalk_changes(), changes, "nothing was deployed");
        let again = story.ends(&story.start("rollback", json!({})).await?).await?;
        assert_eq!(again.error(), "Mist.NothingToRollBackTo", "{}", again.trace);
        assert_eq!((again.live, story.clients().1), (Some(Side::A), 0));
        Ok(())
    })
}

#[test]
fn an_environment_whose_last_deployment_failed_does_not_go_live_again() -> Result {
    tell(async |world| {
        let story = world.given("unproven").built().await?;
        assert_eq!(story.ends(&story.upload("v2").await?).await?.live, Some(Side::B));
        story.drained().await?;
        story.fault(Side::A, Fault::FailDeploy);
        let failed = story.ends(&story.upload("v3").await?).await?;
        assert_eq!(failed.error(), "Mist.DeploymentFailed", "{}", failed.trace);
        // The label is still that of the version that was live before, and the health recovers.
        story.runs(Side::A, "v1").await?;
        let refused = story.ends(&story.start("rollback", json!({})).await?).await?;
        refused.golden("end-UnprovenVersion");
        assert_eq!(refused.error(), "Mist.UnprovenVersion", "{}", refused.trace);
        assert_eq!((refused.live, story.clients().1), (Some(Side::B), 0));
        Ok(())
    })
}

#[test]
fn an_environment_that_is_not_drained_is_not_deployed_to() -> Result {
    tell(async |world| {
        let story = world.given("just-live").idle("v2").drains(600).built().await?;
        let swap = story.ends(&story.start("swap", json!({})).await?).await?;
        assert_eq!(swap.live, Some(Side::B), "{}", swap.trace);
        let deploy = json!({ "version": "v2", "environment": story.environment(Side::A) });
        let refused = story.ends(&story.start("deploy", deploy).await?).await?;
        refused.golden("still-draining");
        assert_eq!(refused.error(), "Mist.StillDraining", "{}", refused.trace);
        Ok(())
    })
}

#[test]
fn the_live_environment_is_deployed_to_if_requested() -> Result {
    tell(async |world| {
        let story = world.given("in-place").idle("v2").watched(1).built().await?;
        let deploy = json!({
            "version": "v2", "environment": story.environment(Side::A), "inPlace": true,
        });
        let end = story.ends(&story.start("deploy", deploy).await?).await?;
        assert_eq!((end.error(), end.live), ("", Some(Side::A)), "{}", end.trace);
        assert_eq!(end.output["bake"]["verdict"], "good");
        let live = story.state().await?.live.ok_or("the table has no live environment")?;
        assert_eq!((live.side, live.version.as_deref()), (Side::A, Some("v2")));
        Ok(())
    })
}
