//! A version that went live is watched, and goes back when it turns bad.

use aws_sdk_cloudwatch::types::{ComparisonOperator, StateValue, Statistic};
use beanstalk_sim::{Fault, HealthStatus};
use mist_core::stack::{bake::OnNoData, side::Side};
use mist_tests::{Result, Story, World, tell};

/// A stack on which `v2` went live just now, and is being watched.
async fn watched(
    world: &'static World,
    name: &str,
    on_no_data: OnNoData,
) -> Result<(Story, String)> {
    let story = world.given(name).watched(20).without_data(on_no_data).built().await?;
    let run = story.upload("v2").await?;
    story.reaches(&run, "Bake").await?;
    Ok((story, run))
}

fn health(status: HealthStatus) -> Fault {
    Fault::Health { status, seconds: None }
}

#[test]
fn a_version_that_turns_bad_goes_back() -> Result {
    tell(async |world| {
        let (story, run) = watched(world, "turns-bad", OnNoData::Hold).await?;
        story.fault(Side::B, health(HealthStatus::Severe));
        let end = story.ends(&run).await?;
        insta::assert_snapshot!("rolled_back", end.trace);
        assert_eq!((end.error(), end.live), ("Mist.RolledBack", Some(Side::A)));
        story.history_says(&["deploy v2: Mist.RolledBack"]).await?;
        let live = story.state().await?.live.ok_or("it is remembered")?;
        assert_eq!((live.side, live.previous), (Side::A, None));
        story.lock_is_free().await?;
        // Without mist being asked for more, the next release goes on from there.
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
fn a_version_that_turns_bad_stays_where_the_other_side_is_no_better() -> Result {
    tell(async |world| {
        let (story, run) = watched(world, "held", OnNoData::Hold).await?;
        story.fault(Side::A, health(HealthStatus::Severe));
        story.fault(Side::B, health(HealthStatus::Degraded));
        let end = story.ends(&run).await?;
        end.golden("held");
        assert_eq!((end.error(), end.live), ("Mist.Held", Some(Side::B)), "{}", end.trace);
        assert!(end.trace.contains("cannot swap back"), "{}", end.trace);
        story.history_says(&["deploy v2: Mist.Held"]).await?;
        Ok(())
    })
}

#[test]
fn no_data_is_not_good_data() -> Result {
    tell(async |world| {
        let (story, run) = watched(world, "no-data", OnNoData::Hold).await?;
        story.fault(Side::B, health(HealthStatus::Unknown));
        let end = story.ends(&run).await?;
        end.golden("inconclusive");
        assert_eq!((end.error(), end.live), ("Mist.Inconclusive", Some(Side::B)), "{}", end.trace);
        Ok(())
    })
}

#[test]
fn without_data_it_goes_back_where_the_configuration_says_so() -> Result {
    tell(async |world| {
        let (story, run) = watched(world, "dataless", OnNoData::RollBack).await?;
        story.fault(Side::B, health(HealthStatus::Unknown));
        let end = story.ends(&run).await?;
        assert_eq!((end.error(), end.live), ("Mist.RolledBack", Some(Side::A)), "{}", end.trace);
        Ok(())
    })
}

#[test]
fn a_version_that_users_do_not_reach_goes_back() -> Result {
    tell(async |world| {
        let story = world.given("unreached").built().await?;
        let run = story.upload("v2").await?;
        story.reaches(&run, "Swap").await?;
        story.fault(Side::B, Fault::AnswerWith { status: 503 });
        let end = story.ends(&run).await?;
        end.golden("unreached");
        assert_eq!((end.error(), end.live), ("Mist.RolledBack", Some(Side::A)), "{}", end.trace);
        assert!(end.trace.contains("answered 503, not 200"), "{}", end.trace);
        Ok(())
    })
}

/// The alarm `name` is there, and `state`.
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
fn an_alarm_that_goes_off_takes_a_version_back_and_one_that_was_on_before_does_not() -> Result {
    tell(async |world| {
        alarm(world, "alarmed-errors", StateValue::Ok).await?;
        alarm(world, "alarmed-old", StateValue::Alarm).await?;
        let names = ["alarmed-errors", "alarmed-old"];
        let story = world.given("alarmed").watched(20).alarms(&names).built().await?;
        let run = story.upload("v2").await?;
        story.reaches(&run, "Bake").await?;
        alarm(world, "alarmed-errors", StateValue::Alarm).await?;
        let end = story.ends(&run).await?;
        end.golden("alarmed");
        assert_eq!((end.error(), end.live), ("Mist.RolledBack", Some(Side::A)));
        assert_eq!(story.clients().1, 0);
        Ok(())
    })
}
