//! Releases that fail: the live environment keeps serving, and the error describes the state of the stack.

use beanstalk_sim::Fault;
use mist_core::stack::side::Side;
use mist_tests::{Result, tell};

/// Fails unless the release of `v2` on a stack with `fault` fails, clients get `v1` only, and the trace equals the
/// golden one.
fn fails(name: &'static str, seconds: u32, fault: Fault) -> Result {
    tell(async |world| {
        let story = world.given(name).patience(seconds).fault(Side::B, fault).built().await?;
        let execution = story.upload("v2").await?;
        let end = story.ends(&execution).await?;
        insta::assert_snapshot!(name, end.trace);
        assert_eq!(end.live, Some(Side::A));
        assert_eq!(story.clients(), (vec!["v1".to_owned()], 0));
        Ok(())
    })
}

#[test]
fn a_deployment_that_beanstalk_aborts_fails_with_its_messages() -> Result {
    fails("failed-deployment", 60, Fault::FailDeploy)
}

#[test]
fn instances_that_never_pass_their_checks_fail_the_release() -> Result {
    fails("unhealthy-instances", 60, Fault::Unhealthy)
}

#[test]
fn a_deployment_that_times_out_fails() -> Result {
    fails("command-timeout", 60, Fault::CommandTimeout)
}

#[test]
fn a_deployment_that_completes_with_errors_is_no_success() -> Result {
    fails("with-errors", 60, Fault::CompleteWithErrors)
}

#[test]
fn an_instance_that_silently_keeps_the_old_version_fails_the_release() -> Result {
    tell(async |world| {
        let story = world.given("partial").patience(8).fault(Side::B, Fault::SilentPartial);
        let story = story.built().await?;
        let end = story.ends(&story.upload("v2").await?).await?;
        end.golden("partial-deployment");
        assert_eq!(
            (end.error(), end.live),
            ("Mist.PartialDeployment", Some(Side::A)),
            "{}",
            end.trace
        );
        assert_eq!(story.clients(), (vec!["v1".to_owned()], 0));
        Ok(())
    })
}

#[test]
fn a_deployment_that_beanstalk_rolls_back_fails() -> Result {
    tell(async |world| {
        let story = world.given("taken-back").patience(60).fault(Side::B, Fault::RollBack);
        let story = story.built().await?;
        let end = story.ends(&story.upload("v2").await?).await?;
        end.golden("taken-back");
        assert!(end.error().starts_with("Mist.Deployment"), "{}", end.trace);
        assert_eq!(story.clients(), (vec!["v1".to_owned()], 0));
        Ok(())
    })
}

#[test]
fn a_deployment_that_beanstalk_rolls_back_without_an_event_fails() -> Result {
    tell(async |world| {
        let story = world
            .given("taken-back-silently")
            .patience(120)
            .fault(Side::B, Fault::RollBack)
            .fault(Side::B, Fault::EventsLag { seconds: 100_000.0 })
            .built()
            .await?;
        let end = story.ends(&story.upload("v2").await?).await?;
        end.golden("taken-back-silently");
        assert_eq!((end.error(), end.live), ("Mist.DeploymentRolledBack", Some(Side::A)));
        assert_eq!(story.clients(), (vec!["v1".to_owned()], 0));
        Ok(())
    })
}

#[test]
fn an_environment_without_instances_fails_the_release() -> Result {
    tell(async |world| {
        let story = world.given("no-instances").patience(8).fault(Side::B, Fault::ZeroInstances);
        let story = story.built().await?;
        let end = story.ends(&story.upload("v2").await?).await?;
        end.golden("no-instances");
        assert_eq!((end.error(), end.live), ("Mist.NoInstances", Some(Side::A)), "{}", end.trace);
        Ok(())
    })
}

#[test]
fn late_or_empty_answers_do_not_fail_a_release() -> Result {
    tell(async |world| {
        let story = world
            .given("late-answers")
            .fault(Side::B, Fault::EventsLag { seconds: 20.0 })
            .fault(Side::B, Fault::EmptyDescribe { calls: 2 })
            .built()
            .await?;
        let end = story.ends(&story.upload("v2").await?).await?;
        assert!(["", "Mist.EnvironmentMissing"].contains(&end.error()), "{}", end.trace);
        assert_eq!(story.clients().1, 0);
        Ok(())
    })
}

#[test]
fn a_version_that_never_becomes_healthy_does_not_go_live() -> Result {
    tell(async |world| {
        let story = world.given("never-healthy").patience(8).fault(Side::B, Fault::HealthNeverGood);
        let story = story.built().await?;
        let execution = story.upload("v2").await?;
        let end = story.ends(&execution).await?;
        end.golden("unhealthy");
        assert_eq!(end.error(), "Mist.Unhealthy", "{}", end.trace);
        assert_eq!(end.live, Some(Side::A));
        assert_eq!(story.clients(), (vec!["v1".to_owned()], 0));
        Ok(())
    })
}

#[test]
fn an_update_that_never_ends_times_out() -> Result {
    tell(async |world| {
        let story = world.given("stuck").patience(8).fault(Side::B, Fault::StuckUpdating);
        let story = story.built().await?;
        let execution = story.upload("v2").await?;
        let end = story.ends(&execution).await?;
        end.golden("stuck-updating");
        assert_eq!(end.error(), "Mist.StuckUpdating", "{}", end.trace);
        assert!(
            end.trace.contains("Demo-STACK-B) is idle: no version, Updating")
                || end.trace.contains("Updating"),
            "{}",
            end.trace
        );
        assert_eq!(end.live, Some(Side::A));
        Ok(())
    })
}

#[test]
fn an_application_that_answers_with_errors_does_not_go_live() -> Result {
    tell(async |world| {
        let story = world
            .given("bad-answers")
            .patience(8)
            .fault(Side::B, Fault::AnswerWith { status: 503 });
        let story = story.built().await?;
        let execution = story.upload("v2").await?;
        let end = story.ends(&execution).await?;
        end.golden("warm-failed");
        assert_eq!(end.error(), "Mist.WarmFailed", "{}", end.trace);
        assert!(end.trace.contains("answered 503, not 200"), "{}", end.trace);
        assert_eq!(end.live, Some(Side::A));
        assert_eq!(story.clients(), (vec!["v1".to_owned()], 0));
        Ok(())
    })
}
