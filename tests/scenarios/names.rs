//! The names of a stack: A and AAAA, apex and `www`, and names that mist.yaml does not list.

use beanstalk_sim::{Fault, HealthStatus};
use mist_core::stack::side::Side;
use mist_local::Record;
use mist_tests::{Result, Story, tell};
use serde_json::json;

/// Fails unless the stack has so many records, and all of them point to the environment of `side`.
async fn all_point_to(story: &Story, side: Side, count: usize) -> Result {
    let records = story.records().await?;
    assert_eq!(records.own.len(), count, "{}", records.described());
    assert!(records.own.iter().all(|own| own.side == Some(side)), "{}", records.described());
    Ok(())
}

#[test]
fn twins_move_together_forward_and_back() -> Result {
    tell(async |world| {
        let story = world.given("twins").twins().watched(20).built().await?;
        let execution = story.upload("v2").await?;
        story.reaches(&execution, "Bake").await?;
        all_point_to(&story, Side::B, 2).await?;
        story.fault(Side::B, Fault::Health { status: HealthStatus::Severe, seconds: None });
        let end = story.ends(&execution).await?;
        end.golden("twins-swap-back");
        assert_eq!((end.error(), end.live), ("Mist.RolledBack", Some(Side::A)), "{}", end.trace);
        all_point_to(&story, Side::A, 2).await?;
        assert_eq!(story.clients().1, 0);
        Ok(())
    })
}

#[test]
fn a_twin_that_was_left_behind_by_hand_blocks_the_next_deployment() -> Result {
    tell(async |world| {
        let story = world.given("left-behind").twins().built().await?;
        assert_eq!(story.ends(&story.upload("v2").await?).await?.live, Some(Side::B));
        story.drained().await?;
        let changes = story.beanstalk_changes();
        story.point_domain(Side::A, Record::AliasForIpv6).await?;
        let refused = story.ends(&story.upload("v3").await?).await?;
        refused.golden("end-RecordsDisagree");
        assert_eq!((refused.error(), refused.live), ("Mist.RecordsDisagree", None));
        let accepted = json!({ "version": "v3", "acceptDrift": true });
        let again = story.ends(&story.start("deploy", accepted).await?).await?;
        assert_eq!(again.error(), "Mist.RecordsDisagree", "there is no idle environment to accept");
        let stop = story.ends(&story.start("stop", json!({})).await?).await?;
        assert_eq!(stop.error(), "Mist.RecordsDisagree", "{}", stop.trace);
        assert_eq!(story.beanstalk_changes(), changes);
        story.point_domain(Side::B, Record::AliasForIpv6).await?;
        let end = story.ends(&story.start("deploy", json!({ "version": "v3" })).await?).await?;
        assert_eq!((end.error(), end.live), ("", Some(Side::A)), "{}", end.trace);
        all_point_to(&story, Side::A, 2).await
    })
}

#[test]
fn all_names_of_a_stack_move_together_forward_and_back() -> Result {
    tell(async |world| {
        let given =
            world.given("several-names").twins().also_known_as(&["www", "shop"]).fixed(&["blue"]);
        let story = given.built().await?;
        story.point_name("blue", Side::A, Record::Cname { ttl: 1 }).await?;
        let end = story.ends(&story.upload("v2").await?).await?;
        assert_eq!((end.error(), end.live), ("", Some(Side::B)), "{}", end.trace);
        assert_eq!(
            end.output["names"],
            json!([
                "several-names.mist.test",
                "www.several-names.mist.test",
                "shop.several-names.mist.test"
            ])
        );
        all_point_to(&story, Side::B, 4).await?;
        assert_eq!(story.targets_of("blue").await?, [story.stack.cnames[0].clone()]);
        let back = story.ends(&story.start("rollback", json!({})).await?).await?;
        assert_eq!((back.error(), back.live), ("", Some(Side::A)), "{}", back.trace);
        all_point_to(&story, Side::A, 4).await?;
        assert_eq!(story.clients().1, 0);
        Ok(())
    })
}

#[test]
fn an_unlisted_name_is_refused_before_anything_is_changed() -> Result {
    tell(async |world| {
        let story = world.given("unlisted").idle("v2").built().await?;
        story.point_name("www", Side::B, Record::Cname { ttl: 60 }).await?;
        for operation in ["deploy", "swap", "stop"] {
            let extra = if operation == "deploy" { json!({ "version": "v2" }) } else { json!({}) };
            let refused = story.ends(&story.start(operation, extra).await?).await?;
            assert_eq!((refused.error(), refused.live), ("Mist.UnlistedRecord", Some(Side::A)));
            assert!(refused.trace.contains("CNAME `www.STACK.mist.test`"), "{}", refused.trace);
        }
        let refused = story.ends(&story.upload("v3").await?).await?;
        refused.golden("end-UnlistedRecord");
        assert_eq!(story.beanstalk_changes(), Vec::<String>::new());
        Ok(())
    })
}

#[test]
fn a_name_that_is_created_during_a_release_stops_the_swap() -> Result {
    tell(async |world| {
        let slow = Fault::DeploySeconds { seconds: 240.0 };
        let story = world.given("new-name").fault(Side::B, slow).built().await?;
        let execution = story.upload("v2").await?;
        story.reaches(&execution, "Wait until healthy").await?;
        story.point_name("www", Side::A, Record::Cname { ttl: 60 }).await?;
        let end = story.ends(&execution).await?;
        end.golden("new-name-stops-the-swap");
        assert_eq!(
            (end.error(), end.live),
            ("Mist.UnlistedRecord", Some(Side::A)),
            "{}",
            end.trace
        );
        assert_eq!(story.clients().1, 0);
        Ok(())
    })
}

#[test]
fn a_wildcard_that_points_to_an_environment_is_refused_by_its_name() -> Result {
    tell(async |world| {
        let story = world.given("starred").built().await?;
        story.point_name("*", Side::A, Record::Cname { ttl: 60 }).await?;
        let refused = story.ends(&story.upload("v2").await?).await?;
        refused.golden("wildcard");
        assert_eq!(refused.error(), "Mist.UnsupportedRecord", "{}", refused.trace);
        assert!(refused.trace.contains("`*.STACK.mist.test`"), "{}", refused.trace);
        assert_eq!(story.beanstalk_changes(), Vec::<String>::new());
        Ok(())
    })
}
