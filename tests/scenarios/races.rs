//! Somebody, or the network, gets in between.

use beanstalk_sim::Fault;
use mist_core::stack::side::Side;
use mist_tests::{Result, tell};

#[test]
fn a_record_that_somebody_else_changed_is_left_alone() -> Result {
    tell(async |world| {
        let slow = Fault::DeploySeconds { seconds: 240.0 };
        let story = world.given("pointed-away").fault(Side::B, slow).built().await?;
        let run = story.upload("v2").await?;
        story.reaches(&run, "Wait until healthy").await?;
        story.point("elsewhere.mist.test").await?;
        let end = story.ends(&run).await?;
        insta::assert_snapshot!("somebody_changed_the_record", end.trace_without_clients());
        assert_eq!(story.record().await?.target, "elsewhere.mist.test");
        Ok(())
    })
}

#[test]
fn a_record_that_leads_elsewhere_is_refused_before_anything_is_done() -> Result {
    tell(async |world| {
        let story = world.given("led-away").built().await?;
        story.point("elsewhere.mist.test").await?;
        let run = story.upload("v2").await?;
        let end = story.ends(&run).await?;
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
        let run = story.upload("v2").await?;
        let end = story.ends(&run).await?;
        assert_eq!(end.live, Some(Side::B), "{}", end.trace);
        Ok(())
    })
}
