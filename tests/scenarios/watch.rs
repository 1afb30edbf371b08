//! Bake: a version that went live is watched, and mist swaps back if it becomes unhealthy.

use aws_sdk_cloudwatch::types::{ComparisonOperator, StateValue, Statistic};
use beanstalk_sim::{Fault, HealthStatus};
use mist_core::stack::{bake::OnNoData, side::Side};
use mist_tests::{Result, Story, World, tell};

/// A stack on which `v2` went live just now, and bakes.
async fn watched(
    world: &'static World,
    name: &str,
    on_no_data: OnNoData,
) -> Result<(Story, String)> {
    let story = world.given(name).watched(20).without_data(on_no_data).built().await?;
    let execution = story.upload("v2").await?;
    story.reaches(&execution, "Bake").await?;
    Ok((story, execution))
}

fn health(status: HealthStatus) -> Fault {
    Fault::Health { status, seconds: None }
}

#[test]
fn mist_swaps_back_if_the_version_becomes_unhealthy() -> Result {
    tell(async |world| {
        let (story, execution) = watched(world, "unhealthy-bake", OnNoData::Hold).await?;
        story.fault(Side::B, health(HealthStatus::Severe));
        let end = story.ends(&execution).await?;
        insta::assert_snapshot!("rolled_back", end.trace);
        assert_eq!((end.error(), end.live), ("Mist.RolledBack", Some(Side::A)));
        story.history_says(&["deploy v2: Mist.RolledBack"]).await?;
        let live = story.state().await?.live.ok_or("the table has no live environment")?;
        assert_eq!((live.side, live.previous), (Side::A, None));
        story.lock_is_free().await?;
        // The next release needs no option: mist remembers its own swap back.
        story.well_again(Side::B);
        story.drained().await?;
        let next = story.upload("v3").await?;
        story.reaches(&next, "Deploy").await?;
        story.stopped(&next).await?;
        assert_eq!(story.clients().1, 0);
        Ok(())
    })
}

#[test]
fn an_unhealthy_version_is_held_if_the_other_environment_is_unhealthy_as_well() -> Result {
    tell(async |world| {
        let (story, execution) = watched(world, "held", OnNoData::Hold).await?;
        story.fault(Side::A, health(HealthStatus::Severe));
        story.fault(Side::B, health(HealthStatus::Degraded));
        let end = story.ends(&execution).await?;
        end.golden("held");
        assert_eq!((end.error(), end.live), ("Mist.Held", Some(Side::B)), "{}", end.trace);
        assert!(end.trace.contains("cannot swap back"), "{}", end.trace);
        story.history_says(&["deploy v2: Mist.Held"]).await?;
        Ok(())
    })
}

#[test]
fn a_bake_without_data_is_inconclusive() -> Result {
    tell(async |world| {
        let (story, execution) = watched(world, "no-data", OnNoData::Hold).await?;
        story.fault(Side::B, health(HealthStatus::Unknown));
        let end = story.ends(&execution).await?;
        end.golden("inconclusive");
        assert_eq!((end.error(), end.live), ("Mist.Inconclusive", Some(Side::B)), "{}", end.trace);
        Ok(())
    })
}

#[test]
fn without_data_mist_swaps_back_if_the_configuration_says_so() -> Result {
    tell(async |world| {
        let (story, execution) = watched(world, "dataless", OnNoData::RollBack).await?;
        story.fault(Side::B, health(HealthStatus::Unknown));
        let end = story.ends(&execution).await?;
        assert_eq!((end.error(), end.live), ("Mist.RolledBack", Some(Side::A)), "{}", end.trace);
        Ok(())
    })
}

#[test]
fn mist_swaps_back_if_users_do_not_reach_the_version() -> Result {
    tell(async |world| {
        let story = world.given("unreached").built().await?;
        let execution = story.upload("v2").await?;
        story.reaches(&execution, "Swap").await?;
        story.fault(Side::B, Fault::AnswerWith { status: 503 });
        let end = story.ends(&execution).await?;
        end.golden("unreached");
        assert_eq!((end.error(), end.live), ("Mist.RolledBack", Some(Side::A)), "{}", end.trace);
        assert!(end.trace.contains("answered 503, not 200"), "{}", end.trace);
        Ok(())
    })
}

/// Creates the alarm `name`, in `state`.
async fn alarm(world: &World, name: &str, state: StateValue) -> Result {
    let client = aws_sdk_cloudwatch::Client::new(world.rehearsal.aws().config());
    client
        .put_metric_alarm()
        .alarm_name(name)
        .namespace("Shop")
        .metric_name("Errors")
        .statistic(Statistic::Sum)
        .period(60)
        .evaluation_periods(1)
        .threshold(1.0)
        .comparison_operator(ComparisonOperator::GreaterThanThreshold)
        .send()
        .await?;
    let set = client.set_alarm_state().alarm_name(name).state_value(state);
    set.state_reason("a story").send().await?;
    Ok(())
}

#[test]
fn mist_swaps_back_on_a_new_alarm_and_not_on_one_from_before() -> Result {
    tell(async |world| {
        alarm(world, "alarmed-errors", StateValue::Ok).await?;
        alarm(world, "alarmed-old", StateValue::Alarm).await?;
        let names = ["alarmed-errors", "alarmed-old"];
        let story = world.given("alarmed").watched(20).alarms(&names).built().await?;
        let execution = story.upload("v2").await?;
        story.reaches(&execution, "Bake").await?;
        alarm(world, "alarmed-errors", StateValue::Alarm).await?;
        let end = story.ends(&execution).await?;
        end.golden("alarmed");
        assert_eq!((end.error(), end.live), ("Mist.RolledBack", Some(Side::A)));
        assert_eq!(story.clients().1, 0);
        Ok(())
    })
}
