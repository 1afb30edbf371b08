//! The launcher's changes to the AWS emulator, which make it behave as AWS does.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mist_local::{Cloud, Deployed, Deployment, Settings};
use serde_json::{Value, json};

use crate::common::{client, eventually, settings, start, whole};

/// The factor of waits: a minute takes 0.6 s. The shortest limit of a task with a token is 2 s.
const SCALE: f64 = 0.01;

#[tokio::test(flavor = "multi_thread")]
async fn a_task_with_a_token_fails_with_its_function() {
    let worker = Worker::start().await;
    let failing = worker.run("please fail").await;
    let dying = worker.run("please die").await;
    let failed = worker.ended(&failing).await;
    assert_eq!(failed["output"], json!({"error": "Worker.Failed", "state": "Ask"}), "{failed}");
    let died = worker.ended(&dying).await;
    assert_eq!(died["output"]["state"], "Ask", "{died}");
    assert_ne!(died["output"]["error"], "States.Timeout", "{died}");
    worker.cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_attempt_has_a_token_that_ends_with_it() {
    let worker = Worker::start().await;
    let begin = Instant::now();
    let execution = worker.run("wait").await;
    let first = worker.seen().await;
    assert_eq!(first["input"], json!({"what": "wait"}));
    assert_eq!(first["state"], "Ask");
    assert!(first["entered"].is_string(), "{first}");
    let second = worker.seen().await;
    // The definition has 150 s, which are scaled to 2 s.
    assert!(begin.elapsed() >= Duration::from_secs(2), "{:?}", begin.elapsed());
    assert_ne!(first["token"], second["token"]);
    assert_eq!(worker.answer(&first, "late").await["__type"], "TaskTimedOut");
    assert_eq!(worker.answer(&second, "in time").await, json!({}));
    let ended = worker.ended(&execution).await;
    assert_eq!(ended["output"], json!("in time"), "{ended}");
    assert_eq!(worker.answer(&second, "again").await["__type"], "TaskTimedOut");
    worker.cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_execution_does_nothing_more() {
    let worker = Worker::start().await;
    let waiting = worker.run("wait").await;
    let asked = worker.seen().await;
    let retrying = worker.start_with(json!({"kind": "call", "what": "please fail"})).await;
    worker.seen().await;
    worker.seen().await;
    for execution in [&waiting, &retrying] {
        worker.call("AWSStepFunctions.StopExecution", json!({"executionArn": execution})).await;
    }
    assert_eq!(worker.answer(&asked, "late").await["__type"], "TaskTimedOut");
    // By then both retries would have run: the one after an error, and the one after the limit.
    while worker.look(1).await.is_some() {}
    assert_eq!(worker.look(3).await, None);
    for execution in [&waiting, &retrying] {
        assert_eq!(worker.ended(execution).await["status"], "ABORTED");
    }
    worker.cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_arrive_after_their_delay_and_failed_ones_sooner_as_waits_are_scaled() {
    let worker = Worker::start().await;
    worker.send("at once", 0).await;
    worker.seen().await;
    let begin = Instant::now();
    // The sender computes the delay from its own clock, which is not scaled.
    worker.send("in two seconds", 2).await;
    let batch = worker.seen().await;
    assert!(begin.elapsed() >= Duration::from_secs(2), "{:?}", begin.elapsed());
    assert_eq!(batch["Records"][0]["body"], "in two seconds", "{batch}");

    worker.send("please fail", 0).await;
    worker.seen().await;
    worker.seen().await;
    let dead = &worker.deployed.outputs["Dead"];
    let gone = worker.receive(dead, 10).await;
    assert_eq!(gone.as_deref(), Some("please fail"));
    worker.cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alarm_that_changes_its_state_sends_an_event() {
    let worker = Worker::start().await;
    for (state, reason) in [("ALARM", "too many"), ("ALARM", "still"), ("OK", "few")] {
        let change = json!({"AlarmName": "errors", "StateValue": state, "StateReason": reason});
        worker.call("GraniteServiceVersion20100801.SetAlarmState", change).await;
    }
    let mut events = Vec::new();
    while events.len() < 2 {
        let batch = worker.seen().await;
        for record in batch["Records"].as_array().unwrap() {
            events.push(serde_json::from_str::<Value>(record["body"].as_str().unwrap()).unwrap());
        }
    }
    let arn = "arn:aws:cloudwatch:us-east-1:000000000000:alarm:errors";
    let mut changes: Vec<_> = events
        .iter()
        .map(|event| {
            assert_eq!(event["source"], "aws.cloudwatch");
            assert_eq!(event["detail-type"], "CloudWatch Alarm State Change");
            assert_eq!(event["resources"], json!([arn]));
            let detail = &event["detail"];
            assert_eq!(detail["alarmName"], "errors");
            let metric = &detail["configuration"]["metrics"][0]["metricStat"]["metric"];
            assert_eq!(metric["dimensions"], json!({"Stack": "LIVE"}));
            [&detail["previousState"]["value"], &detail["state"]["value"]]
                .map(|value| value.as_str().unwrap().to_owned())
        })
        .collect();
    // A queue keeps no order, and two functions run at a time.
    changes.sort();
    assert_eq!(changes, [["ALARM", "OK"], ["INSUFFICIENT_DATA", "ALARM"]]);
    assert_eq!(worker.look(1).await, None);
    worker.cloud.stop().await;
}

/// A cloud with a function that sends its events to a queue, and a state machine that calls it.
struct Worker {
    cloud: Cloud,
    deployed: Deployed,
    client: reqwest::Client,
}

impl Worker {
    async fn start() -> Self {
        let cloud = start(Settings { wait_scale: Some(SCALE), ..settings() }).await;
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/local/data");
        let deployment = Deployment {
            template: data.join("worker.yaml"),
            stack: "worker".to_owned(),
            functions: BTreeMap::from([("worker".to_owned(), data.join("worker.sh"))]),
            parameters: Arc::new(|_| BTreeMap::new()),
        };
        let deployed = cloud.deploy(&deployment).await;
        let deployed = deployed.unwrap_or_else(|error| panic!("{}", whole(&error)));
        Self { cloud, deployed, client: client() }
    }

    async fn run(&self, what: &str) -> String {
        self.start_with(json!({"what": what})).await
    }

    async fn start_with(&self, input: Value) -> String {
        let machine = &self.deployed.outputs["Machine"];
        let request = json!({"stateMachineArn": machine, "input": input.to_string()});
        let started = self.call("AWSStepFunctions.StartExecution", request).await;
        started["executionArn"].as_str().unwrap().to_owned()
    }

    /// The execution after its end, with its output as JSON.
    async fn ended(&self, execution: &str) -> Value {
        let mut found = Value::Null;
        eventually("the execution is over", async || {
            let request = json!({"executionArn": execution});
            found = self.call("AWSStepFunctions.DescribeExecution", request).await;
            found["status"] != "RUNNING"
        })
        .await;
        if let Some(output) = found["output"].as_str() {
            found["output"] = serde_json::from_str(output).unwrap();
        }
        found
    }

    /// Answers the task token in the event `asked`.
    async fn answer(&self, asked: &Value, output: &str) -> Value {
        let request = json!({"taskToken": asked["token"], "output": json!(output).to_string()});
        self.call("AWSStepFunctions.SendTaskSuccess", request).await
    }

    async fn send(&self, body: &str, delay: u32) {
        let queue = &self.deployed.outputs["Wakes"];
        let message = json!({"QueueUrl": queue, "MessageBody": body, "DelaySeconds": delay});
        self.call("AmazonSQS.SendMessage", message).await;
    }

    /// The next event of the function.
    async fn seen(&self) -> Value {
        self.look(10).await.unwrap_or_else(|| panic!("the function was not called"))
    }

    /// The next event of the function; `None` if there is none within `seconds`.
    async fn look(&self, seconds: u32) -> Option<Value> {
        let body = self.receive(&self.deployed.outputs["Seen"], seconds).await?;
        Some(serde_json::from_str(&body).unwrap())
    }

    async fn receive(&self, queue: &str, seconds: u32) -> Option<String> {
        let begin = Instant::now();
        let mut looks = tokio::time::interval(Duration::from_millis(20));
        loop {
            looks.tick().await;
            // Without long polling, which the emulator checks only every second.
            let request = json!({"QueueUrl": queue, "WaitTimeSeconds": 0});
            let received = self.call("AmazonSQS.ReceiveMessage", request).await;
            if let Some(message) = received["Messages"].get(0) {
                let handle = &message["ReceiptHandle"];
                let request = json!({"QueueUrl": queue, "ReceiptHandle": handle});
                self.call("AmazonSQS.DeleteMessage", request).await;
                return Some(message["Body"].as_str().unwrap().to_owned());
            }
            if begin.elapsed() > Duration::from_secs(seconds.into()) {
                return None;
            }
        }
    }

    async fn call(&self, target: &str, request: Value) -> Value {
        let call = self
            .client
            .post(&self.cloud.endpoints().aws)
            .header("x-amz-target", target)
            .header("content-type", "application/x-amz-json-1.0")
            .body(request.to_string());
        let text = call.send().await.unwrap().text().await.unwrap();
        serde_json::from_str(&text).unwrap_or_default()
    }
}
