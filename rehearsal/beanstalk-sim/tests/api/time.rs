//! Manual time: every phase can be stopped, and the same seed gives the same events.

use beanstalk_sim::{CannotMove, Settings};

use crate::stage::{Stage, line, stage, stage_with, status};

/// A simulator with time stopped and a healthy environment.
async fn standing() -> Stage {
    let start_time = Some("2026-01-01T00:00:00Z".parse().unwrap());
    let settings = Settings { manual_time: true, seed: Some(7), start_time, ..Settings::default() };
    let stage = stage_with(settings).await;
    stage.create("shop-a", &[]).await;
    stage.simulator.advance_time(200.0).await.unwrap();
    stage
}

async fn shown(stage: &Stage) -> String {
    let environment = stage.describe("shop-a").await.unwrap();
    let label = environment.version_label().unwrap_or("-");
    let health = environment.health_status().map_or("-", |health| health.as_str());
    format!("{} {label} {health}", status(&environment))
}

/// All events with their dates, oldest first.
async fn timeline(stage: &Stage) -> String {
    let answer = stage.client.describe_events().environment_name("shop-a").send().await.unwrap();
    let mut lines: Vec<_> = answer
        .events()
        .iter()
        .map(|event| {
            let date = event.event_date().unwrap();
            format!("{:>4} {}", date.secs() % 86_400, line(event))
        })
        .collect();
    lines.reverse();
    lines.join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_world_can_be_stopped_in_the_middle_of_a_deployment() {
    let stage = standing().await;
    assert_eq!(shown(&stage).await, "Ready v1 Ok");
    stage.begin("shop-a", "v2").await;
    stage.simulator.advance_time(20.0).await.unwrap();
    assert_eq!(shown(&stage).await, "Updating v1 Info");
    stage.simulator.advance_time(22.0).await.unwrap();
    assert_eq!(shown(&stage).await, "Ready v2 Info");
    stage.simulator.advance_time(10.0).await.unwrap();
    assert_eq!(shown(&stage).await, "Ready v2 Ok");
}

#[tokio::test(flavor = "multi_thread")]
async fn events_have_the_times_of_published_logs() {
    let stage = standing().await;
    stage.begin("shop-a", "v2").await;
    stage.simulator.advance_time(60.0).await.unwrap();
    insta::assert_snapshot!(timeline(&stage).await, @r"
      0 INFO  createEnvironment is starting.
      1 INFO  Using elasticbeanstalk-us-east-1-000000000000 as Amazon S3 storage bucket for environment data.
      9 INFO  Environment health has transitioned to Pending. Initialization in progress (running for 9 seconds). There are no instances.
     25 INFO  Created EIP: 127.0.1.1
     25 INFO  Created Auto Scaling group named: awseb-e-1-stack-AWSEBAutoScalingGroup-1
     30 INFO  Waiting for EC2 instances to launch. This may take a few minutes.
     81 INFO  Added instance [i-1] to your environment.
    118 INFO  Instance deployment completed successfully.
    120 INFO  Application available at shop-a.us-east-1.elasticbeanstalk.com.
    122 INFO  Successfully launched environment: shop-a
    123 INFO  Environment health has transitioned from Pending to Ok. Initialization completed 1 second ago and took 2 minutes.
    200 INFO  Environment update is starting.
    204 INFO  Deploying new version to instance(s).
    207 INFO  Environment health has transitioned from Ok to Info. Application update in progress (running for 7 seconds).
    239 INFO  Instance deployment completed successfully.
    242 INFO  New application version was deployed to running EC2 instances.
    242 INFO  Environment update completed successfully.
    252 INFO  Environment health has transitioned from Info to Ok. Application update completed 10 seconds ago and took 42 seconds.
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_events_but_changes_of_health_have_a_request_id() {
    let stage = standing().await;
    let answer = stage.client.describe_events().environment_name("shop-a").send().await.unwrap();
    for event in answer.events() {
        let is_health = line(event).contains("Environment health has transitioned");
        assert_eq!(event.request_id().is_none(), is_health, "{}", line(event));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_seed_gives_the_same_events() {
    let mut timelines = Vec::new();
    for _ in 0..2 {
        let stage = standing().await;
        let request_id = stage.begin("shop-a", "v2").await;
        stage.simulator.advance_time(60.0).await.unwrap();
        let ids = stage.instance_ids("shop-a").await;
        let environment = stage.describe("shop-a").await.unwrap();
        timelines.push((request_id, ids, environment.environment_id, timeline(&stage).await));
    }
    assert_eq!(timelines[0], timelines[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_goes_to_the_next_thing_that_happens() {
    let stage = standing().await;
    stage.begin("shop-a", "v2").await;
    let before = timeline(&stage).await.lines().count();
    while timeline(&stage).await.lines().count() == before {
        assert!(stage.simulator.step_time().await.unwrap());
    }
    let latest = timeline(&stage).await;
    assert!(latest.ends_with("Deploying new version to instance(s)."), "{latest}");
}

#[tokio::test(flavor = "multi_thread")]
async fn time_that_runs_is_not_moved() {
    let stage = stage().await;
    assert_eq!(stage.simulator.advance_time(1.0).await, Err(CannotMove::Running));
    stage.simulator.stop_time(true);
    stage.simulator.advance_time(1.0).await.unwrap();
}
