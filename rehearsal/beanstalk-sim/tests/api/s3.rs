//! Bundles in a small S3 server of the test.

use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_elasticbeanstalk::types::S3Location;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use beanstalk_sim::{Settings, Simulator};
use tokio::net::TcpListener;

use crate::stage::{client, refusal, zip};

type Objects = Arc<HashMap<String, Vec<u8>>>;

async fn object(
    State(objects): State<Objects>,
    Path(path): Path<String>,
) -> Result<Vec<u8>, StatusCode> {
    objects.get(&path).cloned().ok_or(StatusCode::NOT_FOUND)
}

/// The endpoint of an S3 that has one bundle.
async fn s3() -> String {
    let objects = HashMap::from([("bundles/v1.zip".to_owned(), zip(&[("index.html", "from S3")]))]);
    let bucket = async || StatusCode::OK;
    let router =
        Router::new().route("/{*path}", get(object).put(bucket)).with_state(Arc::new(objects));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async { axum::serve(listener, router).await });
    endpoint
}

#[tokio::test(flavor = "multi_thread")]
async fn bundles_are_checked_and_fetched_with_path_style_addresses() {
    let settings =
        Settings { time_scale: 1000.0, s3_endpoint: Some(s3().await), ..Settings::default() };
    let simulator = Simulator::start(settings).await.unwrap();
    let client = client(&simulator.url());
    let create = |key: &str| {
        let location = S3Location::builder().s3_bucket("bundles").s3_key(key).build();
        let create =
            client.create_application_version().application_name("shop").version_label(key);
        create.auto_create_application(true).process(true).source_bundle(location).send()
    };
    insta::assert_snapshot!(refusal(create("v2.zip").await), @"InvalidParameterCombination: Unable to download from S3 location (Bucket: bundles  Key: v2.zip). Reason: Not Found");
    create("v1.zip").await.unwrap();
    assert!(client.create_storage_location().send().await.unwrap().s3_bucket().is_some());

    let bundles = Arc::default();
    let stage = crate::stage::Stage { simulator, client: client.clone(), bundles };
    let processed = async || {
        let versions = client
            .describe_application_versions()
            .send()
            .await
            .unwrap()
            .application_versions
            .unwrap();
        (versions[0].status().unwrap().as_str() == "PROCESSED").then_some(())
    };
    stage.wait(processed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_s3_is_a_refusal() {
    let settings =
        Settings { s3_endpoint: Some("http://127.0.0.1:9".to_owned()), ..Settings::default() };
    let simulator = Simulator::start(settings).await.unwrap();
    let location = S3Location::builder().s3_bucket("bundles").s3_key("v1.zip").build();
    let create = client(&simulator.url())
        .create_application_version()
        .application_name("shop")
        .version_label("v1");
    let result = create.auto_create_application(true).source_bundle(location).send().await;
    insta::assert_snapshot!(refusal(result), @"InvalidParameterCombination: Unable to download from S3 location (Bucket: bundles  Key: v1.zip). Reason: Service Unavailable");
}
