//! Helpers for the tests of a whole cloud.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use mist_local::{Cloud, Deployment, Error, Settings};

/// Cargo's target folder, where the AWS emulator is installed for all tests.
pub(crate) fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().to_owned()
}

/// The settings of a fast cloud whose functions have one variable more.
pub(crate) fn settings() -> Settings {
    Settings {
        time_scale: 500.0,
        function_environment: Arc::new(|endpoints| {
            BTreeMap::from([("SEEN".to_owned(), endpoints.new_relic.clone())])
        }),
        ..Settings::new(target())
    }
}

/// A template with one function and one state machine.
pub(crate) fn deployment(greeting: &str) -> Deployment {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/local/data");
    let greeting = greeting.to_owned();
    Deployment {
        template: data.join("template.yaml"),
        stack: "echo".to_owned(),
        functions: BTreeMap::from([("echo".to_owned(), data.join("echo.sh"))]),
        parameters: Arc::new(move |_| BTreeMap::from([("Greeting".to_owned(), greeting.clone())])),
    }
}

/// Calls the function and returns its answer.
pub(crate) async fn invoke(aws: &str) -> serde_json::Value {
    let client = client();
    let url = format!("{aws}/2015-03-31/functions/echo/invocations");
    client.post(url).body("{}").send().await.unwrap().json().await.unwrap()
}

/// A client without proxies.
pub(crate) fn client() -> reqwest::Client {
    // It fails only if another test has installed a provider.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(10)).build().unwrap()
}

/// Starts a cloud, or fails the test with the error and its causes.
pub(crate) async fn start(settings: Settings) -> Cloud {
    match Cloud::start(settings).await {
        Ok(cloud) => cloud,
        Err(error) => panic!("{}", whole(&error)),
    }
}

/// An error with its causes.
pub(crate) fn whole(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

/// Checks every 20 ms until `holds` is true; fails the test after ten seconds.
pub(crate) async fn eventually(what: &str, holds: impl AsyncFnMut() -> bool) {
    let held = tokio::time::timeout(Duration::from_secs(10), until(holds)).await;
    assert!(held.is_ok(), "after ten seconds still not: {what}");
}

/// Checks every 20 ms until `holds` is true.
pub(crate) async fn until(mut holds: impl AsyncFnMut() -> bool) {
    let mut looks = tokio::time::interval(Duration::from_millis(20));
    while !holds().await {
        looks.tick().await;
    }
}
