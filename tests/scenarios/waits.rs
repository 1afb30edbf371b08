//! Releases that wait for events: each ends correctly, whether its events arrive or not.

use beanstalk_sim::Fault;
use jiff::Timestamp;
use mist_core::{
    release::{
        lock::{self, EndedBy},
        state::{Holder, TaskToken, WaitKind},
        steps,
    },
    stack::{lock::OnConflict, side::Side},
};
use mist_tests::{Result, Story, World, tell, tell_apart, until};
use serde_json::{Value, json};

/// The source of events that the rules for Elastic Beanstalk match.
const SOURCE: &str = "aws.elasticbeanstalk";

/// A release of `v2` that waits for a slow deployment.
async fn waiting(world: &'static World, name: &str) -> Result<(Story, String)> {
    let slow = Fault::DeploySeconds { seconds: 240.0 };
    let story = world.given(name).fault(Side::B, slow).built().await?;
    let execution = story.upload("v2").await?;
    waits(&story, WaitKind::Health).await?;
    Ok((story, execution))
}

/// The task token of the release, once it waits for `kind`.
async fn waits(story: &Story, kind: WaitKind) -> Result<TaskToken> {
    let mut token = None;
    until("the release waits", async || {
        let wait = story.state().await?.lease.and_then(|lease| lease.wait);
        token = wait.filter(|wait| wait.kind == kind).map(|wait| wait.token);
        Ok(token.is_some())
    })
    .await?;
    token.ok_or_else(|| "no token".into())
}

/// The URLs of the queues whose names contain `name`.
async fn queues(world: &World, name: &str) -> Result<Vec<String>> {
    let told = world.cloud.ask("sqs", "AmazonSQS.ListQueues", &json!({})).await?;
    let urls = told["QueueUrls"].as_array().into_iter().flatten().filter_map(Value::as_str);
    Ok(urls.filter(|url| url.contains(name)).map(str::to_owned).collect())
}

#[test]
fn without_events_of_beanstalk_timers_wake_a_release() -> Result {
    tell_apart(async |world| {
        let rules = world.cloud.ask("events", "AWSEvents.ListRules", &json!({})).await?;
        let mut disabled = 0;
        for rule in rules["Rules"].as_array().into_iter().flatten() {
            if rule["EventPattern"].as_str().is_some_and(|pattern| pattern.contains(SOURCE)) {
                let rule = json!({ "Name": rule["Name"] });
                world.cloud.ask("events", "AWSEvents.DisableRule", &rule).await?;
                disabled += 1;
            }
        }
        assert!(disabled > 0, "{rules}");
        let story = world.given("silent").watched(2).built().await?;
        let end = story.ends(&story.upload("v2").await?).await?;
        assert_eq!((end.error(), end.live), ("", Some(Side::B)), "{}", end.trace);
        assert_eq!(story.clients().1, 0);
        Ok(())
    })
}

#[test]
fn malformed_messages_and_foreign_events_change_nothing() -> Result {
    tell(async |world| {
        let (story, execution) = waiting(world, "nonsense").await?;
        let mut sent = 0;
        for queue in queues(world, "Queue").await? {
            for body in ["", "no JSON", "{}", r#"{"wake":{}}"#, "[null]", r#"{"token":"mine"}"#] {
                let body = if body.is_empty() { " " } else { body };
                let message = json!({ "QueueUrl": queue, "MessageBody": body });
                world.cloud.ask("sqs", "AmazonSQS.SendMessage", &message).await?;
                sent += 1;
            }
        }
        assert!(sent >= 12, "{sent}");
        // An environment without a release, and one event of ours many times.
        for environment in ["Demo-other-A", story.environment(Side::B)] {
            let detail = json!({ "EnvironmentName": environment, "Status": "" }).to_string();
            let kind = "Elastic Beanstalk resource status change";
            let event = json!({ "Source": SOURCE, "DetailType": kind, "Detail": detail });
            let entries = vec![event; 10];
            let events = json!({ "Entries": entries });
            world.cloud.ask("events", "AWSEvents.PutEvents", &events).await?;
        }
        let end = story.ends(&execution).await?;
        assert_eq!((end.error(), end.live), ("", Some(Side::B)), "{}", end.trace);
        assert_eq!(story.beanstalk_changes().len(), 1);
        Ok(())
    })
}

#[test]
fn a_used_or_late_token_changes_nothing() -> Result {
    tell(async |world| {
        let (story, execution) = waiting(world, "spent").await?;
        let token = waits(&story, WaitKind::Health).await?;
        let end = story.ends(&execution).await?;
        assert_eq!((end.error(), end.live), ("", Some(Side::B)), "{}", end.trace);
        let use_it = json!({ "taskToken": token.expose(), "output": "{}" });
        let used = world.cloud.ask("states", "AWSStepFunctions.SendTaskSuccess", &use_it).await;
        assert!(used.is_err(), "{used:?}");
        assert_eq!(story.ends(&execution).await?.trace, end.trace);
        story.lock_is_free().await?;
        Ok(())
    })
}

#[test]
fn a_release_that_loses_its_lock_while_it_waits_ends_and_changes_nothing() -> Result {
    tell(async |world| {
        let (story, execution) = waiting(world, "lost-lock").await?;
        let locks = world.rehearsal.aws().locks();
        let stack = &story.stack.stack.name;
        steps::change(&locks, stack, |state| {
            let released = lock::end(state, &execution, EndedBy::StepFunctions, Timestamp::now());
            Ok((released.next, ()))
        })
        .await?;
        let end = story.ends(&execution).await?;
        assert_eq!((end.error(), end.live), ("Mist.LockLost", Some(Side::A)), "{}", end.trace);
        story.history_says(&["deploy v2: Mist.LockLost"]).await?;
        Ok(())
    })
}

#[test]
fn an_ended_execution_does_not_acquire_the_lock() -> Result {
    tell(async |world| {
        let (story, execution) = waiting(world, "ended").await?;
        let fence = story.state().await?.fence;
        story.stopped(&execution).await?;
        story.lock_is_free().await?;
        let holder = Holder { execution, fence };
        let state = story.state().await?;
        let refused = state.lease_of(&holder).unwrap_err();
        assert_eq!(refused.code(), "Mist.LockLost");
        // What the stopped execution left does not disturb the next release.
        let next = story.upload("v3").await?;
        let end = story.ends(&next).await?;
        assert_eq!((end.error(), end.live), ("", Some(Side::B)), "{}", end.trace);
        Ok(())
    })
}

#[test]
fn a_release_that_waits_too_long_for_the_lock_fails() -> Result {
    tell(async |world| {
        let slow = Fault::DeploySeconds { seconds: 1200.0 };
        let given = world.given("impatient").on_conflict(OnConflict::Queue).queues(1);
        let story = given.fault(Side::B, slow).built().await?;
        let first = story.upload("v2").await?;
        waits(&story, WaitKind::Health).await?;
        let second = story.start("swap", json!({})).await?;
        let end = story.ends(&second).await?;
        assert_eq!(end.error(), "Mist.Locked", "{}", end.trace);
        assert!(end.trace.contains("timed out after"), "{}", end.trace);
        assert_eq!(story.state().await?.queue, []);
        let end = story.ends(&first).await?;
        assert_eq!((end.error(), end.live), ("", Some(Side::B)), "{}", end.trace);
        Ok(())
    })
}
