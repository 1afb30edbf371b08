//! The logs of the instances in the cause of a failure.

use std::time::Duration;

use super::*;

fn unhealthy() -> Value {
    failing("Wait until healthy", "Mist.Unhealthy", "its health is Red (Severe)")
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(START + seconds).unwrap()
}

/// The tail of the logs of an instance, one of which has `line`.
fn tail(line: &str) -> String {
    format!("----------\n/var/log/web.stdout.log\n----------\n{line}\n")
}

#[tokio::test]
async fn the_cause_of_an_unhealthy_version_has_the_log() {
    for step in ["Wait until healthy", "Warm up"] {
        let ports = given();
        ports.beanstalk.logs.send("i-1", at(4), &tail("no such module"));
        let cause = cause(&ports, failing(step, "Mist.WarmFailed", "`/` answered 503")).await;
        assert_eq!(cause.log, ["i-1: web.stdout.log: no such module"], "{step}");
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
    assert_eq!(cause(&ports, unhealthy()).await.log, ["i-1: web.stdout.log: no such module"]);
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
    assert_eq!(
        log,
        ["i-2: web.stdout.log: no such module"],
        "Beanstalk's times have whole seconds"
    );
}

#[tokio::test]
async fn of_many_instances_the_logs_of_two_are_shown() {
    let ports = given();
    for instance in ["i-1", "i-2", "i-3"] {
        ports.beanstalk.logs.send(instance, at(0), &tail("crashed"));
    }
    let log = cause(&ports, unhealthy()).await.log;
    assert_eq!(log, ["i-1: web.stdout.log: crashed", "i-2: web.stdout.log: crashed"]);
}

#[tokio::test]
async fn of_many_lines_the_last_ones_are_shown() {
    let ports = given();
    let logs = |instance: &str| {
        let log = |number: usize| {
            let lines: Vec<_> = (0..8).map(|line| format!("{instance} {number}.{line}")).collect();
            let rule = "----------";
            format!("{rule}\n/var/log/{number}.stdout.log\n{rule}\n{}", lines.join("\n"))
        };
        (0..5).map(log).collect::<Vec<_>>().join("\n")
    };
    for instance in ["i-1", "i-2"] {
        ports.beanstalk.logs.send(instance, at(0), &logs(instance));
    }
    let log = cause(&ports, unhealthy()).await.log;
    assert_eq!((log.len(), log.last().unwrap().as_str()), (60, "i-2: 4.stdout.log: i-2 4.7"));
}

#[tokio::test]
async fn empty_logs_have_no_lines() {
    let ports = given();
    ports.beanstalk.logs.send("i-1", at(0), "");
    assert!(cause(&ports, unhealthy()).await.log.is_empty());
}
