//! Calls to the New Relic of the local cloud, which checks requests as the real one does.

use std::time::Duration;

use axum::{Router, http::StatusCode, routing::any};
use jiff::Timestamp;
use mist_core::{
    ports::{Account, MarkError, Marker as _, Release},
    stack::new_relic::{NewRelic, NewRelicApi, NewRelicRegion},
};
use mist_local::{API_KEY, Failure, Recorder, When};
use secrecy::SecretString;
use tokio::net::TcpListener;

use super::NewRelicMarker;

const NAME: &str = "Demo's QA";

fn settings(recorder: &Recorder, api: NewRelicApi) -> NewRelic {
    let endpoint = match api {
        NewRelicApi::NerdGraph => recorder.new_relic_url(),
        NewRelicApi::Rest => recorder.new_relic_rest_url(),
    };
    NewRelic {
        application: NAME.to_owned(),
        api_key_secret: "mist/new-relic".to_owned(),
        region: NewRelicRegion::Us,
        api,
        endpoint: Some(endpoint),
    }
}

fn release() -> Release {
    let now = Timestamp::now();
    Release {
        version: "v2".to_owned(),
        description: "`v2` runs on stack QA".to_owned(),
        user: "ann".to_owned(),
        group_id: "run-1".to_owned(),
        changelog: Some("https://example.com/v1...v2".to_owned()),
        commit: Some("6d119ce".to_owned()),
        deep_link: Some("https://console.test/run-1".to_owned()),
        since: now,
        time: now,
    }
}

/// Finds the application, and marks `release` unless there is a marker: the result.
async fn story(settings: &NewRelic, key: &str, release: &Release) -> Result<String, MarkError> {
    let marker = NewRelicMarker::new().unwrap();
    let key = SecretString::from(key.to_owned());
    let account = Account { settings, key: &key };
    let application = marker.find(&account).await?;
    match marker.marked(&account, &application, release).await? {
        Some(id) => Ok(format!("found {id}")),
        None => marker.mark(&account, &application, release).await,
    }
}

const BOTH: [NewRelicApi; 2] = [NewRelicApi::NerdGraph, NewRelicApi::Rest];

#[tokio::test]
async fn a_marker_has_all_fields() {
    let recorder = Recorder::start(0).await.unwrap();
    let id =
        story(&settings(&recorder, NewRelicApi::NerdGraph), API_KEY, &release()).await.unwrap();
    let marker = &recorder.markers()[0];
    assert_eq!(marker.deployment_id, id);
    let told = [&marker.version, &marker.user, &marker.group_id, &marker.deployment_type];
    assert_eq!(told, ["v2", "ann", "run-1", "BLUE_GREEN"]);
    let told = [&marker.changelog, &marker.commit, &marker.deep_link, &marker.description];
    let expected = [
        "https://example.com/v1...v2",
        "6d119ce",
        "https://console.test/run-1",
        "`v2` runs on stack QA",
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn a_key_of_the_rest_api_works() {
    let recorder = Recorder::start(0).await.unwrap();
    recorder.expect_rest_key("an-old-key");
    story(&settings(&recorder, NewRelicApi::Rest), "an-old-key\n", &release()).await.unwrap();
    let marker = &recorder.markers()[0];
    assert_eq!((marker.version.as_str(), marker.user.as_str()), ("v2", "ann"));
    assert_eq!(marker.description, "`v2` runs on stack QA, run run-1");
    let changelog = "https://example.com/v1...v2\nCommit 6d119ce\nhttps://console.test/run-1";
    assert_eq!(marker.changelog, changelog);
    let wrong = settings(&recorder, NewRelicApi::NerdGraph);
    let error = story(&wrong, "an-old-key", &release()).await.unwrap_err();
    assert_eq!(error.code(), "NewRelic.KeyRefused");
    assert!(error.to_string().contains("set `newRelic.api: rest`"), "{error}");
}

#[tokio::test]
async fn finds_the_marker_of_the_same_release_only() {
    for api in BOTH {
        let recorder = Recorder::start(0).await.unwrap();
        let settings = settings(&recorder, api);
        let id = story(&settings, API_KEY, &release()).await.unwrap();
        assert_eq!(story(&settings, API_KEY, &release()).await.unwrap(), format!("found {id}"));
        for other in [
            Release { group_id: "run-2".to_owned(), ..release() },
            Release { version: "v1".to_owned(), ..release() },
        ] {
            let id = story(&settings, API_KEY, &other).await.unwrap();
            assert!(!id.starts_with("found"), "{api:?}: {id}");
        }
        assert_eq!(recorder.markers().len(), 3);
    }
}

#[tokio::test]
async fn finds_the_marker_whose_answer_was_lost() {
    for api in BOTH {
        let recorder = Recorder::start(0).await.unwrap();
        let settings = settings(&recorder, api);
        // Only the request that creates a marker contains the user.
        recorder.fail_times(When::Body("\"user\"".to_owned()), Failure::LostAnswer, 1);
        let error = story(&settings, API_KEY, &release()).await.unwrap_err();
        assert!(error.is_transient(), "{api:?}: {error}");
        assert!(story(&settings, API_KEY, &release()).await.unwrap().starts_with("found"));
        assert_eq!(recorder.markers().len(), 1);
    }
}

#[tokio::test]
async fn matches_the_exact_name_on_any_page() {
    for api in BOTH {
        let recorder = Recorder::start(0).await.unwrap();
        let others = std::iter::repeat_n("DEMO'S qa", 210);
        recorder.know_applications(others.chain([NAME]));
        story(&settings(&recorder, api), API_KEY, &release()).await.unwrap();
        assert_eq!(recorder.markers().len(), 1, "{api:?}");
    }
}

#[tokio::test]
async fn no_application_and_several_are_different_errors() {
    for api in BOTH {
        let recorder = Recorder::start(0).await.unwrap();
        let settings = settings(&recorder, api);
        recorder.find_entities(0);
        let error = story(&settings, API_KEY, &release()).await.unwrap_err();
        assert_eq!(error.code(), "NewRelic.ApplicationMissing");
        recorder.find_entities(2);
        let error = story(&settings, API_KEY, &release()).await.unwrap_err();
        assert_eq!(error.code(), "NewRelic.ApplicationAmbiguous");
        let told = error.to_string();
        assert!(told.starts_with("New Relic has 2 APM applications `Demo's QA`"), "{told}");
    }
}

#[tokio::test]
async fn an_error_with_status_200_is_a_refusal() {
    let recorder = Recorder::start(0).await.unwrap();
    recorder.fail(When::Always, Failure::Errors("This is forbidden".to_owned()));
    let settings = settings(&recorder, NewRelicApi::NerdGraph);
    let error = story(&settings, API_KEY, &release()).await.unwrap_err();
    assert_eq!(error.to_string(), "New Relic refused the request: This is forbidden");
}

#[tokio::test]
async fn an_error_does_not_show_the_key() {
    for api in BOTH {
        let recorder = Recorder::start(0).await.unwrap();
        let settings = settings(&recorder, api);
        for key in ["NRAK-SECRET", "NRAK\u{7f}SECRET"] {
            let error = story(&settings, key, &release()).await.unwrap_err();
            assert_eq!(error.code(), "NewRelic.KeyRefused");
            assert!(!format!("{error} {error:?}").contains("SECRET"), "{error:?}");
            assert!(error.to_string().contains("`mist/new-relic`"), "{error}");
        }
    }
}

#[tokio::test]
async fn throttling_and_failures_are_transient() {
    for api in BOTH {
        let recorder = Recorder::start(0).await.unwrap();
        let settings = settings(&recorder, api);
        recorder.fail_times(When::Always, Failure::Busy(3), 1);
        let error = story(&settings, API_KEY, &release()).await.unwrap_err();
        assert_eq!(error, MarkError::Throttled { after: Some(Duration::from_secs(3)) });
        recorder.fail_times(When::Always, Failure::Status(503), 1);
        let error = story(&settings, API_KEY, &release()).await.unwrap_err();
        assert!(error.is_transient(), "{error}");
        recorder.fail_times(When::Always, Failure::Status(404), 1);
        let error = story(&settings, API_KEY, &release()).await.unwrap_err();
        assert_eq!(error.code(), "NewRelic.Refused");
        assert!(!error.is_transient(), "{error}");
    }
}

#[tokio::test]
async fn a_redirect_does_not_receive_the_key() {
    let recorder = Recorder::start(0).await.unwrap();
    let target = recorder.new_relic_url();
    let there = move || {
        let target = target.clone();
        async move { (StatusCode::TEMPORARY_REDIRECT, [("location", target)]) }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}/graphql", listener.local_addr().unwrap());
    tokio::spawn(async { axum::serve(listener, Router::new().fallback(any(there))).await });
    let settings =
        NewRelic { endpoint: Some(endpoint), ..settings(&recorder, NewRelicApi::NerdGraph) };
    let error = story(&settings, API_KEY, &release()).await.unwrap_err();
    assert_eq!(error.code(), "NewRelic.Refused");
    assert!(recorder.requests().is_empty());
}
