//! The promises that need no running cloud. The others are in `tests/`.

use std::path::Path;
use std::process::Command;

use super::places::Places;
use super::*;
use crate::Progress;
use crate::endpoints::Endpoints;

fn gone() -> CloudState {
    CloudState {
        pid: 1,
        // A port on which no process listens.
        control_port: 1,
        token: "0123".to_owned(),
        started: 0,
        endpoints: Endpoints {
            aws: String::new(),
            beanstalk: String::new(),
            dns: ([127, 0, 0, 1], 1).into(),
            recorder: String::new(),
            new_relic: String::new(),
            github: String::new(),
            data_port: 1,
        },
        outputs: SetupOutputs::new(),
        logs: Vec::new(),
    }
}

fn leave_file(target: &Path) {
    Places::of(target).make().unwrap();
    gone().write(&Places::of(target).state()).unwrap();
}

#[tokio::test]
async fn without_a_file_there_is_no_cloud() {
    let target = tempfile::tempdir().unwrap();
    assert_eq!(status(target.path()).await.unwrap(), Status::Stopped);
    assert!(!down(target.path()).await.unwrap());
    assert!(reset(target.path()).await.unwrap_err().to_string().contains("mist local up"));
}

#[tokio::test]
async fn a_file_without_its_process_is_stale_and_down_removes_it() {
    let target = tempfile::tempdir().unwrap();
    leave_file(target.path());
    assert_eq!(status(target.path()).await.unwrap(), Status::Stale(gone()));
    assert!(!down(target.path()).await.unwrap());
    assert_eq!(status(target.path()).await.unwrap(), Status::Stopped);
}

#[tokio::test]
async fn another_server_on_the_control_port_is_not_our_cloud() {
    let target = tempfile::tempdir().unwrap();
    let other = crate::Recorder::start(0).await.unwrap();
    let port = other.url().rsplit(':').next().unwrap().parse().unwrap();
    Places::of(target.path()).make().unwrap();
    CloudState { control_port: port, ..gone() }.write(&Places::of(target.path()).state()).unwrap();
    assert!(matches!(status(target.path()).await.unwrap(), Status::Stale(_)));
}

#[tokio::test]
async fn a_serving_process_that_ends_at_once_is_reported_with_its_log() {
    let target = tempfile::tempdir().unwrap();
    let mut command = Command::new("sh");
    command.args(["-c", "echo no Python found >&2; exit 3"]);
    let error = up(target.path(), command, &Progress::silent()).await.unwrap_err().to_string();
    assert!(error.contains("exit status: 3"), "{error}");
    assert!(error.contains("no Python found"), "{error}");
}

#[tokio::test]
async fn down_ends_a_starting_cloud() {
    let target = tempfile::tempdir().unwrap();
    let unwanted = Places::of(target.path()).unwanted();
    let mut command = Command::new("sh");
    command.args(["-c", "until [ -e \"$0\" ]; do :; done"]).arg(&unwanted);
    let starting = tokio::spawn({
        let target = target.path().to_owned();
        async move { up(&target, command, &Progress::silent()).await }
    });
    while !Places::of(target.path()).log().exists() {
        tokio::task::yield_now().await;
    }
    assert!(down(target.path()).await.unwrap());
    let error = starting.await.unwrap().unwrap_err();
    assert_eq!(error.to_string(), "the local cloud was stopped while it started");
    assert!(!unwanted.exists());
    assert!(!down(target.path()).await.unwrap());
}

#[test]
fn only_the_owner_may_read_the_token() {
    use std::os::unix::fs::PermissionsExt as _;

    let target = tempfile::tempdir().unwrap();
    leave_file(target.path());
    let mode = std::fs::metadata(Places::of(target.path()).state()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}
