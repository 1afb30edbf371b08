//! A cloud in the background: up, status, reset, down, and its end by signals.

use std::net::TcpStream;
use std::os::unix::process::parent_id;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use mist_local::{
    CloudState, Progress, Service, Settings, Status, Up, down, reset, serve, status, up,
};

use crate::common::{deployment, eventually, invoke, settings, target, until, whole};

/// The variable that makes a copy of this program serve the cloud of a folder.
const SERVED: &str = "MIST_LOCAL_TEST_SERVED";

#[tokio::test(flavor = "multi_thread")]
async fn serves_a_cloud_when_it_is_the_copy() {
    let Some(folder) = std::env::var_os(SERVED) else { return };
    let settings = Settings { target: PathBuf::from(folder), ..settings() };
    assert_eq!(settings.installed, target(), "the copies share the installed emulator");
    let service = Service {
        settings,
        setup: Arc::new(|cloud| {
            Box::pin(async move { Ok(cloud.deploy(&deployment("hello")).await?.outputs) })
        }),
    };
    let parent = parent_id();
    tokio::select! {
        served = serve(service) => served.unwrap_or_else(|error| panic!("{}", whole(&error))),
        // A real cloud outlives its parent, but a test must leave no process behind.
        () = until(async || parent_id() != parent) => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn goes_up_once_and_down_once() {
    let folder = folder();
    let (one, other) = tokio::join!(start(folder.path()), start(folder.path()));
    let started = [&one, &other].iter().filter(|up| matches!(up, Up::Started(_))).count();
    assert_eq!(started, 1, "{one:?} {other:?}");
    let (Up::Started(state) | Up::AlreadyRunning(state)) = one;
    assert!(state.logs.iter().all(|log| log.is_file()), "{:?}", state.logs);
    assert!(state.outputs.contains_key("Machine"));
    assert_eq!(status(folder.path()).await.unwrap(), Status::Running(state.clone()));

    let before = invoke(&state.endpoints.aws).await["pid"].clone();
    let after_reset =
        reset(folder.path()).await.unwrap_or_else(|error| panic!("{}", whole(&error)));
    assert_eq!(after_reset.endpoints, state.endpoints);
    assert_ne!(invoke(&state.endpoints.aws).await["pid"], before);

    assert!(down(folder.path()).await.unwrap_or_else(|error| panic!("{}", whole(&error))));
    assert!(!answers(&state));
    assert_eq!(status(folder.path()).await.unwrap(), Status::Stopped);
    assert!(!down(folder.path()).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_stops_the_cloud_and_removes_its_file() {
    let folder = folder();
    let Up::Started(state) = start(folder.path()).await else {
        panic!("a cloud was running already")
    };
    signal("-TERM", &state);
    eventually("the cloud is gone", async || !answers(&state)).await;
    eventually("its file is gone", async || {
        status(folder.path()).await.unwrap() == Status::Stopped
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_cloud_is_stale_and_can_be_replaced() {
    let folder = folder();
    let Up::Started(state) = start(folder.path()).await else {
        panic!("a cloud was running already")
    };
    signal("-KILL", &state);
    eventually("the cloud is gone", async || !answers(&state)).await;
    eventually("it is known to be gone", async || {
        matches!(status(folder.path()).await.unwrap(), Status::Stale(_))
    })
    .await;
    let Up::Started(next) = start(folder.path()).await else {
        panic!("a killed cloud counts as running")
    };
    assert_ne!(next.token, state.token);
    assert!(down(folder.path()).await.unwrap());
}

/// A folder for a cloud of its own.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

async fn start(folder: &Path) -> Up {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "background::serves_a_cloud_when_it_is_the_copy", "--nocapture"])
        .env(SERVED, folder);
    up(folder, command, &Progress::silent())
        .await
        .unwrap_or_else(|error| panic!("{}", whole(&error)))
}

fn answers(state: &CloudState) -> bool {
    TcpStream::connect(state.endpoints.aws.trim_start_matches("http://")).is_ok()
}

/// Sends a signal to the serving process, which is a child of this test.
fn signal(signal: &str, state: &CloudState) {
    let sent = Command::new("kill").args([signal, &state.pid.to_string()]).status().unwrap();
    assert!(sent.success());
}
