//! Changes and lost answers in the middle of a release.

use beanstalk_sim::Fault;
use mist_core::stack::side::Side;
use mist_tests::{Result, tell};

#[test]
fn a_record_that_somebody_else_changed_is_not_overwritten() -> Result {
    tell(async |world| {
        let slow = Fault::DeploySeconds { seconds: 240.0 };
        let story = world.given("pointed-away").fault(Side::B, slow).built().await?;
        let execution = story.upload("v2").await?;
        story.reaches(&execution, "Wait until healthy").await?;
        story.point("elsewhere.mist.test").await?;
        let end = story.ends(&execution).await?;
        insta::assert_snapshot!("somebody_changed_the_record", end.trace_without_clients());
        assert_eq!(story.record().await?.target, "elsewhere.mist.test");
        Ok(())
    })
}

#[test]
fn a_record_that_points_elsewhere_is_refused_before_anything_is_changed() -> Result {
    tell(async |world| {
        let story = world.given("led-away").built().await?;
        story.point("elsewhere.mist.test").await?;
        let execution = story.upload("v2").await?;
        let end = story.ends(&execution).await?;
        insta::assert_snapshot!("record_leads_elsewhere", end.trace_without_clients());
        Ok(())
    })
}

#[test]
fn a_lost_answer_does_not_deploy_twice() -> Result {
    tell(async |world| {
        let fault = Fault::LoseAnswers { calls: 1 };
        let given = world.given("lost-answer").fault_of(Side::B, "UpdateEnvironment", fault);
        let story = given.built().await?;
        let execution = story.upload("v2").await?;
        let end = story.ends(&execution).await?;
        assert_eq!(end.live, Some(Side::B), "{}", end.trace);
        Ok(())
    })
}
