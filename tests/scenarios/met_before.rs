//! Failures of releases on Elastic Beanstalk that people have reported, one story each. Those with a story
//! elsewhere:
//!
//! 1. a deployment that "succeeds" with the old version: `failures`, and here on one instance of several
//! 2. two deployments to one environment: `locks`, and here one without mist
//! 3. an update that never ends: `failures`
//! 4. a deployment to the live environment: `refusals`, `memory`
//! 5. a swap to an environment that does not serve: here, and the tests of `plan`
//! 6. DNS caches with the old environment: `memory`
//! 9. an end between swap and marker: the matrix of faults, and `failures` for an outage of New Relic
//! 10. throttled, late and lost answers: `failures`, `uploads`, the matrix of faults
//! 12. environments stopped without mist: `sizes`, and here before a release
//! 13. labels and bundles that were replaced or deleted: `refusals`, and here
//! 14. events of uploads that arrive twice or late: `locks`
//! 15. a version together with options in one update: no golden trace has one
//! 20. long messages: the tests of `wait-ready`
//!
//! 8, databases, is out of reach of a release: `docs/QUESTIONS.md` says what a schema must be like.

use aws_sdk_elasticbeanstalk::types::{EnvironmentStatus, EnvironmentTier};
use beanstalk_sim::{Fault, HealthStatus};
use mist_core::{
    beanstalk::{
        capacity::Capacity,
        health::{Allowed, AllowedHealth},
    },
    ports::Beanstalk as _,
    stack::side::Side,
};
use mist_tests::{Result, tell, until};
use serde_json::json;

#[test]
fn a_version_that_somebody_else_deployed_after_the_warm_up_does_not_go_live() -> Result {
    tell(async |world| {
        let story = world.given("overtaken").idle("v9").built().await?;
        // While the warm-up waits for good answers, somebody deploys another version.
        story.fault(Side::B, Fault::AnswerWith { status: 503 });
        let execution = story.upload("v2").await?;
        story.reaches(&execution, "Warm up").await?;
        let environment = story.environment(Side::B).parse()?;
        story.beanstalk().deploy(&environment, &"v9".parse()?).await?;
        story.runs(Side::B, "v9").await?;
        story.well_again(Side::B);
        let end = story.ends(&execution).await?;
        end.golden("end-TargetChanged");
        assert_eq!((end.error(), end.live), ("Mist.TargetChanged", Some(Side::A)), "{}", end.trace);
        assert_eq!(story.clients(), (vec!["v1".to_owned()], 0));
        Ok(())
    })
}

#[test]
fn one_instance_of_several_that_keeps_the_old_version_fails_the_release() -> Result {
    tell(async |world| {
        let story = world.given("one-of-two").idle("v0").patience(8).built().await?;
        story.resize(Side::B, Capacity { min: 1, max: 4, desired: 2 }).await?;
        story.fault(Side::B, Fault::SilentPartial);
        let end = story.ends(&story.upload("v2").await?).await?;
        end.golden("one-of-two");
        assert_eq!((end.error(), end.live), ("Mist.PartialDeployment", Some(Side::A)));
        Ok(())
    })
}

#[test]
fn a_stopped_environment_does_not_go_live_by_a_swap() -> Result {
    tell(async |world| {
        let story = world.given("swap-stopped").idle("v2").built().await?;
        let end = story.ends(&story.start("stop", json!({})).await?).await?;
        assert_eq!(end.error(), "", "{}", end.trace);
        story.no_longer_good(Side::B).await?;
        let end = story.ends(&story.start("swap", json!({})).await?).await?;
        end.golden("swap-stopped");
        assert_eq!((end.error(), end.live), ("Mist.Stopped", Some(Side::A)));
        assert_eq!(story.clients().1, 0);
        Ok(())
    })
}

#[test]
fn an_environment_that_answers_with_errors_does_not_go_live_by_a_swap() -> Result {
    tell(async |world| {
        let severe = Fault::Health { status: HealthStatus::Severe, seconds: None };
        let story = world.given("swap-severe").idle("v2").fault(Side::B, severe).built().await?;
        story.no_longer_good(Side::B).await?;
        let end = story.ends(&story.start("swap", json!({})).await?).await?;
        end.golden("end-TargetNotHealthy");
        assert_eq!((end.error(), end.live), ("Mist.TargetNotHealthy", Some(Side::A)));
        Ok(())
    })
}

#[test]
fn a_worker_environment_is_no_side_of_a_stack() -> Result {
    tell(async |world| {
        let story = world.given("worker").built().await?;
        let client = aws_sdk_elasticbeanstalk::Client::new(world.cloud.beanstalk_config());
        client
            .create_environment()
            .application_name(&story.stack.stack.application)
            .environment_name("Demo-worker-W")
            .solution_stack_name("64bit Amazon Linux 2023 v4.7.4 running PHP 8.4")
            .tier(EnvironmentTier::builder().name("Worker").r#type("SQS/HTTP").build())
            .send()
            .await?;
        until("the worker environment is ready", async || {
            let found = client.describe_environments().environment_names("Demo-worker-W").send();
            let found = found.await?;
            let mut statuses = found.environments().iter().filter_map(|it| it.status());
            Ok(statuses.all(|status| *status == EnvironmentStatus::Ready))
        })
        .await?;
        let mut stack = story.stack.stack.clone();
        stack.settings.environments.b = "Demo-worker-W".parse()?;
        world.rehearsal.aws().stacks().push(stack).await?;
        let end = story.ends(&story.upload("v2").await?).await?;
        end.golden("worker");
        assert_eq!((end.error(), end.live), ("Mist.WorkerTier", Some(Side::A)));
        Ok(())
    })
}

#[test]
fn a_release_waits_for_a_managed_update_and_different_platforms_are_reported() -> Result {
    tell(async |world| {
        let story = world.given("managed").idle("v0").built().await?;
        story.managed_update(Side::B).await?;
        let end = story.ends(&story.upload("v2").await?).await?;
        assert_eq!((end.error(), end.live), ("", Some(Side::B)), "{}", end.trace);
        assert_eq!(end.output["warnings"], json!([]));
        story.drained().await?;
        let client = aws_sdk_elasticbeanstalk::Client::new(world.cloud.beanstalk_config());
        client
            .update_environment()
            .environment_name(story.environment(Side::A))
            .solution_stack_name("64bit Amazon Linux 2023 v4.7.3 running PHP 8.4")
            .send()
            .await?;
        story.ready(Side::A).await?;
        let end = story.ends(&story.upload("v3").await?).await?;
        assert_eq!(end.error(), "", "{}", end.trace);
        let warnings = end.output["warnings"].to_string();
        assert!(warnings.contains("the environments run on different platforms"), "{warnings}");
        assert_eq!(story.clients().1, 0);
        Ok(())
    })
}

#[test]
fn an_environment_that_somebody_else_stopped_is_not_deployed_to() -> Result {
    tell(async |world| {
        let story = world.given("stopped-past").idle("v0").built().await?;
        story.resize(Side::B, Capacity { min: 0, max: 4, desired: 0 }).await?;
        let end = story.ends(&story.upload("v2").await?).await?;
        end.golden("sizes-unknown");
        assert_eq!((end.error(), end.live), ("Mist.SizesUnknown", Some(Side::A)));
        Ok(())
    })
}

#[test]
fn a_rollback_to_a_deleted_version_is_refused() -> Result {
    tell(async |world| {
        let story = world.given("deleted").idle("v0").built().await?;
        let client = aws_sdk_elasticbeanstalk::Client::new(world.cloud.beanstalk_config());
        let end = story.ends(&story.upload("v2").await?).await?;
        assert_eq!(end.live, Some(Side::B), "{}", end.trace);
        client
            .delete_application_version()
            .application_name(&story.stack.stack.application)
            .version_label("v0")
            .send()
            .await?;
        story.drained().await?;
        let back = json!({ "version": "v0" });
        let end = story.ends(&story.start("deploy", back).await?).await?;
        end.golden("version-deleted");
        assert_eq!((end.error(), end.live), ("Mist.UnknownVersion", Some(Side::B)));
        Ok(())
    })
}

#[test]
fn a_warning_that_scanners_cause_blocks_a_release_unless_it_is_allowed() -> Result {
    tell(async |world| {
        let warning = || Fault::Health { status: HealthStatus::Warning, seconds: None };
        let strict = world.given("warning").patience(8).fault(Side::B, warning()).built().await?;
        let end = strict.ends(&strict.upload("v2").await?).await?;
        assert_eq!((end.error(), end.live), ("Mist.Unhealthy", Some(Side::A)), "{}", end.trace);
        let healths = vec![Allowed::Ok, Allowed::Info, Allowed::Warning];
        let healths = AllowedHealth::try_from(healths)?;
        let mild = world.given("warning-allowed").allowed(healths).fault(Side::B, warning());
        let mild = mild.built().await?;
        let end = mild.ends(&mild.upload("v2").await?).await?;
        assert_eq!((end.error(), end.live), ("", Some(Side::B)), "{}", end.trace);
        Ok(())
    })
}

#[test]
fn requests_in_flight_during_the_swap_are_answered() -> Result {
    tell(async |world| {
        let slow = Fault::AnswerAfter { seconds: 1.0 };
        let story = world.given("in-flight").fault(Side::A, slow).built().await?;
        let end = story.ends(&story.upload("v2").await?).await?;
        assert_eq!((end.error(), end.live), ("", Some(Side::B)), "{}", end.trace);
        story.clients_meet("v2").await?;
        assert_eq!(story.clients(), (vec!["v1".to_owned(), "v2".to_owned()], 0));
        Ok(())
    })
}

#[test]
fn the_record_at_the_apex_is_an_alias_and_is_swapped_as_well() -> Result {
    tell(async |world| {
        let story = world.given("apex").alias().built().await?;
        let end = story.ends(&story.upload("v2").await?).await?;
        assert_eq!((end.error(), end.live), ("", Some(Side::B)), "{}", end.trace);
        let record = story.record().await?;
        assert!(record.ttl_seconds.is_none(), "{record:?}");
        assert_eq!(story.clients().1, 0);
        Ok(())
    })
}
