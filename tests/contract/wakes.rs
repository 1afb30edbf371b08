//! Wake-ups: rules send events to queues, and each queue wakes one function. None is lost without a trace.

use serde_json::{Value, json};

use crate::{
    asl::sow,
    project::{self, Result, none, timeout},
};

/// The functions that are woken, and their queues.
const WOKEN: [(&str, &str); 2] = [("WaitReady", "HealthQueue"), ("Bake", "BakeQueue")];

/// The rules whose events wake, and the queues that they go to.
const RULES: [(&str, &str); 4] = [
    ("EnvironmentEvents", "HealthQueue"),
    ("DeploymentLogs", "HealthQueue"),
    ("HealthEvents", "BakeQueue"),
    ("AlarmEvents", "BakeQueue"),
];

/// The types of events of Elastic Beanstalk.
const ENVIRONMENT_EVENTS: [&str; 4] = [
    "Elastic Beanstalk resource status change",
    "Other resource status change",
    "Health status change",
    "Managed update status change",
];

/// The problems of queues, rules and event sources.
fn check(template: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    let properties = |resource: &str| &template["Resources"][resource]["Properties"];
    for (function, queue) in WOKEN {
        problems.extend(check_queue(properties(queue), queue, timeout(template, function)));
        let ours = properties(&format!("{function}Function"));
        let source = json!({
            "Queue": arn(queue),
            "BatchSize": 100,
            "MaximumBatchingWindowInSeconds": 1,
            "ScalingConfig": {"MaximumConcurrency": 2},
        });
        let wakes = &ours["Events"]["Wakes"];
        if wakes["Type"] != "SQS" || wakes["Properties"] != source {
            problems.push(format!("{function}Function: its event source must be {source}"));
        }
        if !ours["ReservedConcurrentExecutions"].is_null() {
            problems
                .push(format!("{function}Function: must not reserve concurrency, or wake-ups age"));
        }
    }
    for (rule, queue) in RULES {
        if properties(rule)["Targets"] != json!([{"Id": queue, "Arn": arn(queue)}]) {
            problems.push(format!("{rule}: must send its events to {queue}"));
        }
    }
    let types = &properties("EnvironmentEvents")["EventPattern"]["detail-type"];
    if *types != json!(ENVIRONMENT_EVENTS) {
        problems.push(format!("EnvironmentEvents: must match {ENVIRONMENT_EVENTS:?}"));
    }
    let policy = properties("QueuesPolicy");
    let receives = &policy["PolicyDocument"]["Statement"][0];
    if receives["Principal"] != json!({"Service": "events.amazonaws.com"})
        || receives["Action"] != "sqs:SendMessage"
        || receives["Condition"].is_null()
    {
        problems
            .push("QueuesPolicy: must let rules of this account send, and nothing else".to_owned());
    }
    for queue in ["LostUploads", "HealthQueue", "BakeQueue"] {
        let listed = policy["Queues"].as_array();
        if !listed.is_some_and(|listed| listed.contains(&json!({"Ref": queue}))) {
            problems.push(format!("QueuesPolicy: must be for {queue}"));
        }
    }
    for queue in ["LostUploads", "LostWakes"] {
        problems.extend(check_lost(template, queue));
    }
    problems
}

fn arn(resource: &str) -> Value {
    json!({"Fn::GetAtt": [resource, "Arn"]})
}

/// The longest time without a look after one that failed, in seconds.
const LONGEST_HIDDEN: u64 = 90;

fn check_queue(queue: &Value, name: &str, timeout: Option<u64>) -> Vec<String> {
    let mut problems = Vec::new();
    if queue["SqsManagedSseEnabled"] != true {
        problems.push(format!("{name}: must be encrypted"));
    }
    if queue["RedrivePolicy"]
        != json!({"deadLetterTargetArn": arn("LostWakes"), "maxReceiveCount": 5})
    {
        problems.push(format!("{name}: must keep what fails five times in LostWakes"));
    }
    let hidden = queue["VisibilityTimeout"].as_u64();
    // A message whose look failed is the timer of all that waits, so it must come again soon.
    if hidden < timeout || hidden > Some(LONGEST_HIDDEN) {
        problems.push(format!(
            "{name}: must hide a message while its function may run, and at most {LONGEST_HIDDEN} s"
        ));
    }
    problems
}

/// A queue for what was lost keeps it for as long as SQS can, and has an alarm.
fn check_lost(template: &Value, name: &str) -> Vec<String> {
    let mut problems = Vec::new();
    let queue = &template["Resources"][name]["Properties"];
    if queue["MessageRetentionPeriod"] != 1_209_600 || queue["SqsManagedSseEnabled"] != true {
        problems.push(format!("{name}: must be encrypted, and keep messages for 14 days"));
    }
    let alarm = &template["Resources"][format!("{name}Alarm")]["Properties"];
    let watched = json!([{"Name": "QueueName", "Value": {"Fn::GetAtt": [name, "QueueName"]}}]);
    if alarm["Dimensions"] != watched
        || alarm["AlarmActions"] != json!([{"Ref": "NotificationsTopic"}])
    {
        problems.push(format!("{name}: must have an alarm that notifies"));
    }
    problems
}

#[test]
fn a_wake_up_arrives_or_leaves_a_trace() -> Result {
    none(&check(&project::template()?));
    Ok(())
}

#[test]
fn a_mistake_that_would_lose_a_wake_up_is_found() -> Result {
    let template = project::template()?;
    let queue = "/Resources/HealthQueue/Properties";
    let source = "/Resources/BakeFunction/Properties/Events/Wakes";
    for (place, value, expected) in [
        (format!("{queue}/SqsManagedSseEnabled"), json!(false), "HealthQueue: must be encrypted"),
        (format!("{queue}/RedrivePolicy"), Value::Null, "HealthQueue: must keep what fails"),
        (format!("{queue}/VisibilityTimeout"), json!(300), "HealthQueue: must hide a message"),
        (format!("{source}/Type"), json!("SNS"), "BakeFunction: its event source"),
        (format!("{source}/Properties/BatchSize"), json!(10), "BakeFunction: its event source"),
        (
            "/Resources/BakeFunction/Properties/ReservedConcurrentExecutions".to_owned(),
            json!(1),
            "BakeFunction: must not reserve",
        ),
        (
            "/Resources/AlarmEvents/Properties/Targets".to_owned(),
            json!([]),
            "AlarmEvents: must send its events to BakeQueue",
        ),
        (
            "/Resources/EnvironmentEvents/Properties/EventPattern/detail-type".to_owned(),
            json!(["Health status change"]),
            "EnvironmentEvents: must match",
        ),
        (
            "/Resources/QueuesPolicy/Properties/Queues/1/Ref".to_owned(),
            json!("LostWakes"),
            "QueuesPolicy: must be for HealthQueue",
        ),
        (
            "/Resources/LostWakes/Properties/MessageRetentionPeriod".to_owned(),
            json!(60),
            "LostWakes: must be encrypted, and keep",
        ),
        (
            "/Resources/LostWakesAlarm/Properties/AlarmActions".to_owned(),
            json!([]),
            "LostWakes: must have an alarm",
        ),
    ] {
        let mut seeded = template.clone();
        sow(&mut seeded, &place, value)?;
        let problems = check(&seeded);
        assert!(problems.iter().any(|it| it.contains(expected)), "{place}: {problems:#?}");
    }
    Ok(())
}
