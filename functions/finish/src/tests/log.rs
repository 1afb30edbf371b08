//! The logs of the instances in the cause of a failure.

use std::time::Duration;

use super::*;

fn unhealthy() -> Value {
    failing("Wait until healthy", "Mist.Unhealthy", "its health is Red (Severe)")
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(START + seconds).unwrap()
}

/// The tail of the logs of an instance, one of which has `line`, written after the deployment was requested.
fn tail(line: &str) -> String {
    tail_of("web.stdout.log", &format!("{TIME} {line}"))
}

fn tail_of(name: &str, lines: &str) -> String {
    format!("----------\n/var/log/{name}\n----------\n{lines}\n")
}

/// A time of the release, as the engine of Beanstalk and syslog write it.
const TIME: &str = "2026/01/02 03:04:06.123456";

/// The line of `tail(line)` in the cause.
fn quoted(instance: &str, line: &str) -> String {
    format!("{instance}: web.stdout.log: {TIME} {line}")
}

#[tokio::test]
async fn the_cause_of_an_unhealthy_version_has_the_log() {
    for step in ["Wait until healthy", "Warm up"] {
        let ports = given();
        ports.beanstalk.logs.send("i-1", at(4), &tail("no such module"));
        let cause = cause(&ports, failing(step, "Mist.WarmFailed", "`/` answered 503")).await;
        assert_eq!(cause.log, [quoted("i-1", "no such module")], "{step}");
        assert_eq!(ports.beanstalk.logs.requests(), 1);
    }
}

#[tokio::test]
async fn other_failures_have_no_log() {
    for request in [
        failing("Deploy", "Mist.VersionTaken", "use a new label"),
        failing("Bake", "Mist.BakeFailed", "became unhealthy"),
        failing("Wait until healthy", "Mist.Superseded", "superseded by a newer release"),
        failing("Wait until healthy", "Mist.LockLost", "the lock is free"),
        with(unhealthy(), "plan", json!(null)),
    ] {
        let ports = given();
        assert!(cause(&ports, request).await.log.is_empty());
        assert_eq!(ports.beanstalk.logs.requests(), 0);
    }
}

#[tokio::test]
async fn instances_have_time_to_send_their_logs() {
    let ports = given();
    *ports.beanstalk.late.lock().unwrap() = 3;
    ports.beanstalk.logs.send("i-1", at(5), &tail("no such module"));
    assert_eq!(cause(&ports, unhealthy()).await.log, [quoted("i-1", "no such module")]);
    assert_eq!(ports.clock.now(), at(6));
}

#[tokio::test]
async fn the_wait_for_logs_ends_after_half_a_minute() {
    let ports = given();
    queue(&ports);
    let cause = cause(&ports, unhealthy()).await;
    assert_eq!(cause.log, ["the logs cannot be read (Mist.NotReady)"]);
    assert_eq!((cause.error.as_str(), ports.clock.now()), ("Mist.Unhealthy", at(30)));
    let ended = ports.history.list().remove(0).ended_at;
    assert_eq!(ended, Some(at(0)), "the lock is free and the release has ended before that");
}

#[tokio::test]
async fn a_log_that_was_sent_before_is_of_another_deployment() {
    let ports = given();
    ports.clock.advance(Duration::from_millis(900));
    ports.beanstalk.logs.send("i-1", at(-1), &tail("all is well"));
    ports.beanstalk.logs.send("i-2", at(0), &tail("no such module"));
    let log = cause(&ports, unhealthy()).await.log;
    assert_eq!(log, [quoted("i-2", "no such module")], "Beanstalk's times have whole seconds");
}

#[tokio::test]
async fn of_many_instances_the_logs_of_two_are_shown() {
    let ports = given();
    for instance in ["i-1", "i-2", "i-3"] {
        ports.beanstalk.logs.send(instance, at(0), &tail("crashed"));
    }
    let log = cause(&ports, unhealthy()).await.log;
    assert_eq!(log, [quoted("i-1", "crashed"), quoted("i-2", "crashed")]);
}

#[tokio::test]
async fn of_many_lines_the_last_ones_are_shown() {
    let ports = given();
    let logs = |instance: &str| {
        let log = |number: usize| {
            let lines: Vec<_> =
                (0..8).map(|line| format!("{TIME} {instance} {number}.{line}")).collect();
            tail_of(&format!("{number}.stdout.log"), &lines.join("\n"))
        };
        (0..5).map(log).collect::<Vec<_>>().join("\n")
    };
    for instance in ["i-1", "i-2"] {
        ports.beanstalk.logs.send(instance, at(0), &logs(instance));
    }
    let log = cause(&ports, unhealthy()).await.log;
    let last = format!("i-2: 4.stdout.log: {TIME} i-2 4.7");
    assert_eq!((log.len(), log.last()), (60, Some(&last)));
}

#[tokio::test]
async fn empty_logs_have_no_lines() {
    let ports = given();
    ports.beanstalk.logs.send("i-1", at(0), "");
    assert!(cause(&ports, unhealthy()).await.log.is_empty());
}

/// The logs of an instance after two deployments; the second was requested at 03:04:05.
fn two_deployments() -> String {
    let engine = "2026/01/02 02:00:01.000000 [ERROR] no space left on device\n\
                  2026/01/02 03:04:07.000000 [ERROR] Command npm start failed";
    let output = "Jan  2 02:00:02 ip-10-0-0-1 web[1]: no such table: orders\n    at old.js:1\n\
                  Jan  2 03:04:08 ip-10-0-0-1 web[2]: no such module: shop\n    at new.js:1";
    let lines = [("eb-engine.log", engine), ("web.stdout.log", output), ("puma.log", "ready")];
    lines.map(|(name, lines)| tail_of(name, lines)).concat()
}

#[tokio::test]
async fn the_log_of_an_earlier_deployment_is_not_quoted() {
    let ports = given();
    ports.beanstalk.logs.send("i-1", at(5), &two_deployments());
    let deployed = json!({"deploy": {"since": "2026-01-02T03:04:05.900Z"}});
    let log = cause(&ports, with(unhealthy(), "results", deployed)).await.log;
    assert_eq!(
        log,
        [
            "i-1: eb-engine.log: 2026/01/02 03:04:07.000000 [ERROR] Command npm start failed",
            "i-1: web.stdout.log: Jan  2 03:04:08 ip-10-0-0-1 web[2]: no such module: shop",
            "i-1: web.stdout.log: at new.js:1",
            "i-1: puma.log (time unknown): ready",
        ]
    );
}

#[tokio::test]
async fn the_lines_count_from_the_deployment_and_without_one_from_the_release() {
    let later = json!({"deploy": {"since": "2026-01-02T03:04:08Z"}});
    for (results, first) in
        [(later, "web.stdout.log: Jan  2 03:04:08"), (json!({}), "eb-engine.log: 2026")]
    {
        let ports = given();
        ports.beanstalk.logs.send("i-1", at(5), &two_deployments());
        let log = cause(&ports, with(unhealthy(), "results", results)).await.log;
        assert!(log[0].starts_with(&format!("i-1: {first}")), "{log:?}");
        assert!(!log.concat().contains("old.js"), "{log:?}");
    }
}

#[tokio::test]
async fn secrets_of_the_application_are_masked() {
    let ports = given();
    let line = "cannot connect to postgres://shop:hunter2@db/shop";
    ports.beanstalk.logs.send("i-1", at(4), &tail(line));
    let log = cause(&ports, unhealthy()).await.log;
    assert_eq!(log, [quoted("i-1", "cannot connect to postgres://[masked]@db/shop")]);
}
