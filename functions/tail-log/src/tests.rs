//! Stories of this operation.

use std::time::Duration;

use mist_testkit::{FakeLogs, START};

use super::*;

fn asked_at() -> Timestamp {
    Timestamp::from_second(START).unwrap()
}

async fn call(logs: &FakeLogs, step: Step) -> Result<Option<String>, String> {
    let request = Request { environment: "Demo-QA-B".parse().unwrap(), step };
    let answer = run(logs, logs, request).await;
    answer.map(|answer| answer.log).map_err(|error| format!("{}: {error}", error.code()))
}

fn tail(line: &str) -> String {
    format!("----------\n/var/log/web.stdout.log\n----------\n{line}\n")
}

#[tokio::test]
async fn instances_are_asked_and_what_they_send_is_told() {
    let logs = FakeLogs::default();
    assert_eq!(call(&logs, Step::Ask).await, Ok(None));
    assert_eq!(logs.asked(), 1);
    let read = || Step::Read { since: asked_at() };
    let waits = "Mist.NotReady: the log of environment `Demo-QA-B` is not ready yet: no instance has sent it yet";
    assert_eq!(call(&logs, read()).await.unwrap_err(), waits);
    logs.send("i-1", asked_at() + Duration::from_secs(4), &tail("no such module"));
    let told = Ok(Some("i-1: web.stdout.log: no such module".to_owned()));
    assert_eq!(call(&logs, read()).await, told);
    assert_eq!(call(&logs, read()).await, told, "running it again changes nothing");
    assert_eq!(logs.asked(), 1);
}

#[tokio::test]
async fn what_was_sent_before_tells_of_another_deployment() {
    let logs = FakeLogs::default();
    logs.send("i-1", asked_at() - Duration::from_secs(1), &tail("all is well"));
    let error = call(&logs, Step::Read { since: asked_at() }).await.unwrap_err();
    assert!(error.starts_with("Mist.NotReady"), "{error}");
}

#[tokio::test]
async fn of_many_instances_a_few_are_told() {
    let logs = FakeLogs::default();
    for instance in ["i-1", "i-2", "i-3"] {
        logs.send(instance, asked_at(), &tail("crashed"));
    }
    let told = call(&logs, Step::Read { since: asked_at() }).await.unwrap();
    assert_eq!(told.as_deref(), Some("i-1: web.stdout.log: crashed; i-2: web.stdout.log: crashed"));
}

#[tokio::test]
async fn logs_that_say_nothing_are_no_text() {
    let logs = FakeLogs::default();
    logs.send("i-1", asked_at(), "");
    assert_eq!(call(&logs, Step::Read { since: asked_at() }).await, Ok(None));
}
