//! The Auto Scaling API, and the effect of its changes on environments.

use beanstalk_sim::{Fault, Settings};

use crate::stage::{Stage, health, http, option, stage, stage_with, status};

const ASG: &str = "aws:autoscaling:asg";
/// The tags that Beanstalk gives to the group of an environment.
const TAG_KEYS: [&str; 3] =
    ["Name", "elasticbeanstalk:environment-id", "elasticbeanstalk:environment-name"];

/// An answer of the Auto Scaling API.
#[derive(Debug)]
struct Answer(String);

impl Answer {
    /// The texts of all elements of this name.
    fn all(&self, name: &str) -> Vec<&str> {
        let open = format!("<{name}>");
        let texts = self.0.split(&open).skip(1);
        texts.map(|rest| rest.split('<').next().unwrap()).collect()
    }

    fn first(&self, name: &str) -> &str {
        self.all(name).first().copied().unwrap_or_else(|| panic!("no `{name}` in {}", self.0))
    }
}

/// Calls as a client that signs for Auto Scaling.
async fn call(stage: &Stage, action: &str, parameters: &[(&str, &str)]) -> Answer {
    let mut form = vec![("Action", action), ("Version", "2011-01-01")];
    form.extend(parameters);
    let body: Vec<_> = form
        .iter()
        .map(|(name, value)| format!("{name}={}", value.replace(' ', "%20").replace('+', "%2B")))
        .collect();
    let response = http()
        .post(stage.simulator.url())
        .header("content-type", "application/x-www-form-urlencoded; charset=utf-8")
        .header("x-amz-date", "20261124T120000Z")
        .header(
            "authorization",
            "AWS4-HMAC-SHA256 Credential=AKIDTEST/20261124/us-east-1/autoscaling/aws4_request, \
             SignedHeaders=host;x-amz-date, Signature=0",
        )
        .body(body.join("&"))
        .send()
        .await
        .unwrap();
    Answer(response.text().await.unwrap())
}

/// Code and message of a refusal.
async fn refusal(stage: &Stage, action: &str, parameters: &[(&str, &str)]) -> String {
    let answer = call(stage, action, parameters).await;
    format!("{}: {}", answer.first("Code"), answer.first("Message"))
}

async fn group_of(stage: &Stage, environment: &str) -> String {
    let request = stage.client.describe_environment_resources().environment_name(environment);
    let resources = request.send().await.unwrap().environment_resources.unwrap();
    resources.auto_scaling_groups()[0].name().unwrap().to_owned()
}

/// An environment and its group.
async fn staged(options: &[(&str, &str, &str)]) -> (Stage, String) {
    let stage = stage().await;
    let options: Vec<_> =
        options.iter().map(|(namespace, name, value)| option(namespace, name, value)).collect();
    stage.environment_with("shop-a", &options).await;
    let group = group_of(&stage, "shop-a").await;
    (stage, group)
}

async fn resize(stage: &Stage, group: &str, min: &str, max: &str) -> Answer {
    let sizes = [("AutoScalingGroupName", group), ("MinSize", min), ("MaxSize", max)];
    call(stage, "UpdateAutoScalingGroup", &sizes).await
}

/// The messages without a request ID, oldest first.
async fn unasked(stage: &Stage) -> Vec<String> {
    let events = stage.client.describe_events().environment_name("shop-a").send().await.unwrap();
    let mut events = events.events.unwrap();
    events.retain(|event| event.request_id().is_none());
    events.reverse();
    events.iter().map(crate::stage::line).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_environment_has_a_group() {
    let (stage, group) = staged(&[(ASG, "MinSize", "2"), (ASG, "MaxSize", "3")]).await;
    let answer = call(&stage, "DescribeAutoScalingGroups", &[]).await;
    assert!(answer.0.contains("xmlns=\"http://autoscaling.amazonaws.com/doc/2011-01-01/\""));
    assert_eq!(answer.first("AutoScalingGroupName"), group);
    let sizes = ["MinSize", "MaxSize", "DesiredCapacity"].map(|name| answer.first(name));
    assert_eq!(sizes, ["2", "3", "2"]);
    let mut ids: Vec<_> = answer.all("InstanceId").iter().map(ToString::to_string).collect();
    let mut expected = stage.instance_ids("shop-a").await;
    ids.sort();
    expected.sort();
    assert_eq!(ids, expected);
    assert_eq!(answer.all("LifecycleState"), ["InService", "InService"]);
    assert_eq!(answer.all("HealthStatus"), ["Healthy", "Healthy"]);
    assert_eq!(answer.all("Key"), TAG_KEYS);

    let tags = [("Filters.member.1.Name", "key"), ("Filters.member.1.Values.member.1", "Name")];
    assert_eq!(call(&stage, "DescribeTags", &tags).await.all("Value"), ["shop-a"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_are_filtered_by_their_tags() {
    let (stage, group) = staged(&[]).await;
    let other = [option(ASG, "MinSize", "1")];
    stage.environment_with("shop-b", &other).await;
    let described = stage.client.describe_environments().environment_names("shop-a");
    let environments = described.send().await.unwrap().environments.unwrap();
    let id = environments[0].environment_id().unwrap();
    let found = async |filters: &[(&str, &[&str])]| {
        let mut parameters = Vec::new();
        for ((name, values), number) in filters.iter().zip(1..) {
            let filter = format!("Filters.member.{number}");
            parameters.push((format!("{filter}.Name"), *name));
            for (value, number) in values.iter().zip(1..) {
                parameters.push((format!("{filter}.Values.member.{number}"), *value));
            }
        }
        let parameters: Vec<_> =
            parameters.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        let answer = call(&stage, "DescribeAutoScalingGroups", &parameters).await;
        answer.all("AutoScalingGroupName").into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let name = "tag:elasticbeanstalk:environment-name";
    assert_eq!(found(&[(name, &["shop-a"])]).await, [group.as_str()]);
    assert_eq!(found(&[(name, &["shop-a", "shop-b"])]).await.len(), 2);
    assert!(found(&[(name, &["shop-c"])]).await.is_empty());
    assert_eq!(found(&[("tag:elasticbeanstalk:environment-id", &[id])]).await, [group.as_str()]);
    assert_eq!(found(&[("tag:Name", &["shop-a"])]).await, [group.as_str()]);
    assert_eq!(found(&[("tag-key", &["Name"])]).await.len(), 2);
    assert_eq!(found(&[("tag-value", &["shop-a"])]).await, [group.as_str()]);
    assert_eq!(
        found(&[("tag-key", &["Name"]), ("tag-value", &["shop-a"])]).await,
        [group.as_str()]
    );
    assert!(found(&[(name, &["shop-a"]), ("tag:Name", &["shop-b"])]).await.is_empty());
    let unknown = [("Filters.member.1.Name", "owner"), ("Filters.member.1.Values.member.1", "me")];
    assert_eq!(
        refusal(&stage, "DescribeAutoScalingGroups", &unknown).await,
        "ValidationError: Filter type owner is not correct."
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_come_in_pages() {
    let (stage, _) = staged(&[(ASG, "MinSize", "3")]).await;
    let first = call(&stage, "DescribeAutoScalingInstances", &[("MaxRecords", "2")]).await;
    assert_eq!(first.all("InstanceId").len(), 2);
    let token = [("MaxRecords", "2"), ("NextToken", first.first("NextToken"))];
    let second = call(&stage, "DescribeAutoScalingInstances", &token).await;
    assert_eq!((second.all("InstanceId").len(), second.all("NextToken").len()), (1, 0));
    let refused = refusal(&stage, "DescribeAutoScalingInstances", &[("NextToken", "x")]).await;
    assert_eq!(refused, "InvalidNextToken: The NextToken value is not valid.");
}

#[tokio::test(flavor = "multi_thread")]
async fn to_zero_and_back_works() {
    let (stage, group) = staged(&[]).await;
    resize(&stage, &group, "0", "0").await;
    stage.until("shop-a", |environment| health(environment) == "Ready Severe").await;
    assert!(stage.instance_ids("shop-a").await.is_empty());
    let request = stage.client.describe_environment_health().environment_name("shop-a");
    let answer = request
        .attribute_names(aws_sdk_elasticbeanstalk::types::EnvironmentHealthAttribute::All)
        .send()
        .await
        .unwrap();
    assert_eq!(
        answer.causes(),
        ["There are no instances. Auto Scaling group desired capacity is set to 0."]
    );
    let cname = "shop-a.us-east-1.elasticbeanstalk.com";
    assert_eq!(stage.get(cname, "/").await.unwrap().status().as_u16(), 503);

    let words = stage.deploy("shop-a", "v2").await;
    assert!(words.ends_with("Environment update completed successfully."), "{words}");
    assert!(stage.instance_ids("shop-a").await.is_empty());

    resize(&stage, &group, "1", "4").await;
    stage.until("shop-a", |environment| health(environment) == "Ready Ok").await;
    assert_eq!(stage.home(cname).await, "v2: <h1>v2</h1>");
    let events = unasked(&stage).await;
    for words in ["Removed instance [i-1] from", "Added instance [i-1] to"] {
        assert_eq!(events.iter().filter(|event| event.contains(words)).count(), 1, "{events:#?}");
    }
    let activities =
        call(&stage, "DescribeScalingActivities", &[("AutoScalingGroupName", &group)]).await;
    assert_eq!(activities.all("StatusCode"), ["Successful"; 3]);
    assert!(activities.first("Cause").contains("changing the desired capacity from 0 to 1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_desired_capacity_stays_within_the_bounds() {
    let (stage, group) = staged(&[(ASG, "MinSize", "1"), (ASG, "MaxSize", "2")]).await;
    let set = |desired, polite| {
        [
            ("AutoScalingGroupName", group.as_str()),
            ("DesiredCapacity", desired),
            ("HonorCooldown", polite),
        ]
    };
    assert_eq!(
        refusal(&stage, "SetDesiredCapacity", &set("3", "false")).await,
        "ValidationError: New SetDesiredCapacity value 3 is above max value 2 for the AutoScalingGroup."
    );
    assert_eq!(
        refusal(&stage, "SetDesiredCapacity", &set("0", "false")).await,
        "ValidationError: New SetDesiredCapacity value 0 is below min value 1 for the AutoScalingGroup."
    );
    let contradiction = resize(&stage, &group, "3", "2").await;
    assert_eq!(
        contradiction.first("Message"),
        "Max bound, 2, must be greater than or equal to min bound, 3"
    );

    call(&stage, "SetDesiredCapacity", &set("2", "false")).await;
    let refused = refusal(&stage, "SetDesiredCapacity", &set("1", "true")).await;
    assert!(refused.starts_with("ScalingActivityInProgress: Scaling activity "), "{refused}");
    let deployed = ["v1 #1 Deployed"; 2];
    stage.wait(async || (stage.instances("shop-a").await == deployed).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminated_instance_is_replaced_unless_nothing_launches() {
    let (stage, group) = staged(&[]).await;
    let old = stage.instance_ids("shop-a").await.remove(0);
    let old = old.as_str();
    let terminate = |id, shrinks| [("InstanceId", id), ("ShouldDecrementDesiredCapacity", shrinks)];
    let refused =
        refusal(&stage, "TerminateInstanceInAutoScalingGroup", &terminate(old, "true")).await;
    assert!(
        refused.starts_with("ValidationError: Currently, desiredSize equals minSize (1)."),
        "{refused}"
    );
    assert_eq!(
        refusal(&stage, "TerminateInstanceInAutoScalingGroup", &terminate("i-0", "false")).await,
        "ValidationError: Instance Id not found - No managed instance found for instance ID: i-0"
    );

    let launch =
        [("AutoScalingGroupName", group.as_str()), ("ScalingProcesses.member.1", "Launch")];
    call(&stage, "SuspendProcesses", &launch).await;
    let described = call(&stage, "DescribeAutoScalingGroups", &[]).await;
    assert_eq!(described.all("ProcessName"), ["Launch"]);
    let answer =
        call(&stage, "TerminateInstanceInAutoScalingGroup", &terminate(old, "false")).await;
    assert!(answer.first("Cause").contains("in response to a user request"), "{}", answer.0);
    stage.until("shop-a", |environment| health(environment) == "Ready Severe").await;
    assert!(stage.instance_ids("shop-a").await.is_empty());

    call(&stage, "ResumeProcesses", &launch).await;
    stage.until("shop-a", |environment| health(environment) == "Ready Ok").await;
    assert_ne!(stage.instance_ids("shop-a").await, [old]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unhealthy_instance_is_replaced() {
    let (stage, _) = staged(&[]).await;
    let old = stage.instance_ids("shop-a").await;
    let unhealthy = [("InstanceId", old[0].as_str()), ("HealthStatus", "Unhealthy")];
    call(&stage, "SetInstanceHealth", &unhealthy).await;
    stage
        .wait(async || {
            let ids = stage.instance_ids("shop-a").await;
            (ids.len() == 1 && ids != old).then_some(())
        })
        .await;
    stage.until("shop-a", |environment| health(environment) == "Ready Ok").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_launched_during_an_update_gets_the_new_version() {
    let stage = stage_with(Settings { manual_time: true, ..Settings::default() }).await;
    stage.create("shop-a", &[option(ASG, "MaxSize", "2")]).await;
    stage.simulator.advance_time(200.0).await.unwrap();
    let group = group_of(&stage, "shop-a").await;
    resize(&stage, &group, "2", "2").await;
    stage.simulator.set_fault("shop-a", Fault::DeploySeconds { seconds: 5.0 });
    while !unasked(&stage).await.last().unwrap().contains("Added instance") {
        assert!(stage.simulator.step_time().await.unwrap());
    }
    // The old version is being deployed to the new instance.
    stage.simulator.advance_time(3.0).await.unwrap();
    stage.begin("shop-a", "v2").await;
    stage.simulator.advance_time(100.0).await.unwrap();
    assert_eq!(stage.instances("shop-a").await, ["v2 #2 Deployed"; 2]);
    for _ in 0..2 {
        let home = stage.home("shop-a.us-east-1.elasticbeanstalk.com").await;
        assert_eq!(home, "v2: <h1>v2</h1>");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_configuration_update_restores_the_configured_capacity() {
    let (stage, group) = staged(&[]).await;
    resize(&stage, &group, "0", "0").await;
    stage.until("shop-a", |environment| health(environment) == "Ready Severe").await;
    let request = stage.client.update_environment().environment_name("shop-a");
    request.option_settings(option(ASG, "Cooldown", "60")).send().await.unwrap();
    stage.until("shop-a", |environment| health(environment) == "Ready Ok").await;
    let answer = call(&stage, "DescribeAutoScalingGroups", &[]).await;
    let sizes = ["MinSize", "MaxSize", "DesiredCapacity", "DefaultCooldown"];
    assert_eq!(sizes.map(|name| answer.first(name)), ["1", "4", "1", "60"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scheduled_action_is_in_the_way_of_rolling_updates() {
    let rolling = ("aws:autoscaling:updatepolicy:rollingupdate", "RollingUpdateEnabled", "true");
    let (stage, group) = staged(&[rolling]).await;
    let action = [
        ("AutoScalingGroupName", group.as_str()),
        ("ScheduledActionName", "night"),
        ("Recurrence", "0 20 * * *"),
        ("MinSize", "0"),
        ("DesiredCapacity", "0"),
    ];
    call(&stage, "PutScheduledUpdateGroupAction", &action).await;
    let described = call(&stage, "DescribeScheduledActions", &action[..1]).await;
    assert_eq!(described.first("ScheduledActionName"), "night");
    assert_eq!(described.first("Recurrence"), "0 20 * * *");

    let grow = async || {
        let request = stage.client.update_environment().environment_name("shop-a");
        let launch = "aws:autoscaling:launchconfiguration";
        let request = request.option_settings(option(launch, "InstanceType", "m5.large"));
        let answer = request.send().await.unwrap();
        let id = aws_sdk_elasticbeanstalk::operation::RequestId::request_id(&answer).unwrap();
        stage.last_words(id).await
    };
    let words = grow().await;
    let obstacle = "ERROR Autoscaling rolling updates cannot be performed because scheduled action(s) [night] are \
        currently associated with this autoscaling group; either delete these actions or suspend the \
        ScheduledActions process and then retry the update.";
    assert!(words.contains(obstacle), "{words}");
    assert!(
        words.ends_with("The environment was reverted to the previous configuration setting."),
        "{words}"
    );

    call(&stage, "DeleteScheduledAction", &action[..2]).await;
    let again = refusal(&stage, "DeleteScheduledAction", &action[..2]).await;
    assert_eq!(again, "ValidationError: Scheduled action name not found");
    stage.until("shop-a", |environment| status(environment) == "Ready").await;
    let words = grow().await;
    assert!(words.ends_with("Environment update completed successfully."), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scheduled_action_happens_at_its_time() {
    let (stage, group) = staged(&[]).await;
    let soon = (jiff::Timestamp::now() + jiff::SignedDuration::from_secs(2)).to_string();
    let past = [
        ("AutoScalingGroupName", group.as_str()),
        ("ScheduledActionName", "stop"),
        ("StartTime", "2020-01-01T00:00:00Z"),
        ("MinSize", "0"),
        ("MaxSize", "0"),
    ];
    let refused = refusal(&stage, "PutScheduledUpdateGroupAction", &past).await;
    assert_eq!(refused, "ValidationError: Given start time is in the past");
    let mut action = past;
    action[2].1 = &soon;
    call(&stage, "PutScheduledUpdateGroupAction", &action).await;
    stage.until("shop-a", |environment| health(environment) == "Ready Severe").await;
    assert!(jiff::Timestamp::now().to_string() >= soon);
    let left = call(&stage, "DescribeScheduledActions", &[]).await;
    assert!(left.all("ScheduledActionName").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_environment_without_its_group_is_suspended() {
    let (stage, group) = staged(&[]).await;
    let name = ("AutoScalingGroupName", group.as_str());
    let refused = refusal(&stage, "DeleteAutoScalingGroup", &[name]).await;
    assert!(
        refused.starts_with("ResourceInUse: You cannot delete an AutoScalingGroup while"),
        "{refused}"
    );
    call(&stage, "DeleteAutoScalingGroup", &[name, ("ForceDelete", "true")]).await;
    stage.until("shop-a", |environment| health(environment) == "Ready Suspended").await;
    assert!(call(&stage, "DescribeAutoScalingGroups", &[]).await.all("MinSize").is_empty());

    let request = stage.client.rebuild_environment().environment_name("shop-a");
    request.send().await.unwrap();
    stage.until("shop-a", |environment| health(environment) == "Ready Ok").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_groups_are_refused() {
    let stage = stage().await;
    let unknown = [("AutoScalingGroupName", "x"), ("DesiredCapacity", "1")];
    for action in [
        "SetDesiredCapacity",
        "UpdateAutoScalingGroup",
        "SuspendProcesses",
        "DeleteAutoScalingGroup",
    ] {
        assert_eq!(
            refusal(&stage, action, &unknown).await,
            "ValidationError: AutoScalingGroup name not found - AutoScalingGroup: x not found",
            "{action}"
        );
    }
    assert_eq!(
        refusal(&stage, "Dance", &[]).await,
        "InvalidAction: Could not find operation Dance for version 2011-01-01"
    );
    let refused = refusal(&stage, "UpdateAutoScalingGroup", &[("MinSize", "many")]).await;
    assert!(refused.starts_with("MalformedInput: "), "{refused}");
}
