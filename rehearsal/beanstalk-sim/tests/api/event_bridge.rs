//! The events in EventBridge.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use beanstalk_sim::{Error, Settings, Simulator};
use serde_json::{Value, json};

use crate::stage::{Stage, stage_with};

/// A server that records its requests and refuses the first ones.
#[derive(Default)]
struct Recorder {
    refusals: AtomicUsize,
    /// Refuses all events, as the real service does with sources of AWS.
    refuses_source: bool,
    requests: AtomicUsize,
    batches: Mutex<Vec<Vec<Value>>>,
}

impl Recorder {
    /// Starts to listen. Returns the address.
    async fn start(self: Arc<Self>) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().route("/", post(record)).with_state(self);
        tokio::spawn(async move { axum::serve(listener, router).await });
        url
    }

    fn entries(&self) -> Vec<Value> {
        self.batches.lock().unwrap().concat()
    }

    fn details(&self) -> Vec<Value> {
        let detail =
            |entry: Value| serde_json::from_str(entry["Detail"].as_str().unwrap()).unwrap();
        self.entries().into_iter().map(detail).collect()
    }

    fn statuses(&self) -> Vec<String> {
        let status = |detail: &Value| detail["Status"].as_str().unwrap().to_owned();
        self.details().iter().map(status).collect()
    }
}

async fn record(
    State(recorder): State<Arc<Recorder>>,
    headers: HeaderMap,
    body: String,
) -> (StatusCode, Json<Value>) {
    recorder.requests.fetch_add(1, Ordering::SeqCst);
    if recorder.refuses_source {
        let entry = json!({"ErrorCode": "NotAuthorizedForSourceException"});
        return (StatusCode::OK, Json(json!({"FailedEntryCount": 1, "Entries": [entry]})));
    }
    let refused = recorder
        .refusals
        .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1))
        .is_ok();
    if refused {
        return (StatusCode::INTERNAL_SERVER_ERROR, Json(json!({})));
    }
    assert_eq!(headers["x-amz-target"], "AWSEvents.PutEvents");
    assert_eq!(headers["content-type"], "application/x-amz-json-1.1");
    let body: Value = serde_json::from_str(&body).unwrap();
    recorder.batches.lock().unwrap().push(body["Entries"].as_array().unwrap().clone());
    (StatusCode::OK, Json(json!({"FailedEntryCount": 0, "Entries": []})))
}

async fn staged(recorder: &Arc<Recorder>) -> Stage {
    let endpoint = Arc::clone(recorder).start().await;
    stage_with(Settings {
        time_scale: 1000.0,
        events_endpoint: Some(endpoint),
        ..Settings::default()
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn eventbridge_gets_the_events_of_an_environment_in_order() {
    let recorder = Arc::new(Recorder::default());
    let stage = staged(&recorder).await;
    stage.environment("shop-a").await;
    stage.deploy("shop-a", "v2").await;
    stage.client.terminate_environment().environment_name("shop-a").send().await.unwrap();
    let told = stage
        .wait(async || {
            let told = recorder.statuses();
            told.iter().any(|status| status == "Environment termination successful").then_some(told)
        })
        .await;
    let told: Vec<_> =
        told.iter().filter(|status| *status != "Environment health changed").collect();
    assert_eq!(
        told,
        [
            "Environment creation started",
            "Auto Scaling group created",
            "Instance added",
            "Environment creation successful",
            "Environment update started",
            "Environment update successful",
            "Environment termination started",
            "Instance removed",
            "Auto Scaling group deleted",
            "Environment termination successful",
        ]
    );
    let (entries, details) = (recorder.entries(), recorder.details());
    let arn = "arn:aws:elasticbeanstalk:us-east-1:000000000000:environment/shop/shop-a";
    assert!(entries.iter().all(|entry| entry["Resources"] == json!([arn])));
    assert!(entries.iter().all(|entry| entry["Source"] == "aws.elasticbeanstalk"));
    let dates: Vec<_> =
        details.iter().map(|detail| detail["EventDate"].as_i64().unwrap()).collect();
    assert!(dates.is_sorted(), "{dates:?}");
    let mut names: Vec<_> = details[0].as_object().unwrap().keys().cloned().collect();
    names.sort();
    assert_eq!(
        names,
        ["ApplicationName", "EnvironmentName", "EventDate", "Message", "Severity", "Status"]
    );
    assert!(recorder.batches.lock().unwrap().iter().all(|batch| batch.len() <= 10));
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_events_are_sent_again() {
    let recorder = Arc::new(Recorder { refusals: AtomicUsize::new(2), ..Recorder::default() });
    let stage = staged(&recorder).await;
    stage.environment("shop-a").await;
    let statuses = stage
        .wait(async || {
            let statuses = recorder.statuses();
            statuses.iter().any(|one| one == "Environment creation successful").then_some(statuses)
        })
        .await;
    assert_eq!(statuses[0], "Environment creation started");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_refuses_the_source_is_not_asked_again() {
    let recorder = Arc::new(Recorder { refuses_source: true, ..Recorder::default() });
    let stage = staged(&recorder).await;
    stage.environment("shop-a").await;
    stage.wait(async || (recorder.requests.load(Ordering::SeqCst) == 1).then_some(())).await;
    stage.deploy("shop-a", "v2").await;
    assert_eq!(recorder.requests.load(Ordering::SeqCst), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_never_answers_delays_nothing() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let settings =
        Settings { time_scale: 1000.0, events_endpoint: Some(endpoint), ..Settings::default() };
    let stage = stage_with(settings).await;
    stage.environment("shop-a").await;
    let stopped = tokio::time::timeout(Duration::from_secs(10), stage.simulator.stop()).await;
    assert!(stopped.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_must_be_an_address() {
    let settings = Settings { events_endpoint: Some("nowhere".to_owned()), ..Settings::default() };
    let error = Simulator::start(settings).await.unwrap_err();
    assert!(matches!(error, Error::Setting { name: "events_endpoint", .. }), "{error}");
}
