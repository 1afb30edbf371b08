//! Attacks of web pages on a running cloud. A page can send any request to loopback, and its name can resolve to it.

use mist_local::{Cloud, Settings};
use reqwest::{Method, StatusCode};

use crate::common::{client, deployment, invoke, settings, start, whole};

/// The headers that browsers add to requests of pages: of another site, of another program on this machine, and of a
/// site whose name resolves to 127.0.0.1.
const ATTACKS: [(&str, &str); 6] = [
    ("origin", "https://evil.example"),
    ("origin", "null"),
    ("origin", "http://localhost:3000"),
    ("sec-fetch-site", "cross-site"),
    ("host", "evil.example"),
    ("host", "0.0.0.0"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_web_page_can_neither_change_nor_read_anything() {
    let cloud = start(Settings { gate: true, ..settings() }).await;
    cloud.upload("bundles", "secret", "text").await.unwrap();
    let endpoints = cloud.endpoints();
    let gate = cloud.gate().unwrap();
    for service in [
        &endpoints.aws,
        &endpoints.recorder,
        &endpoints.github,
        &gate.aws_url(),
        &gate.beanstalk_url(),
    ] {
        for (name, value) in ATTACKS {
            for method in [Method::PUT, Method::GET, Method::OPTIONS, Method::POST] {
                let object = format!("{service}/bundles/secret");
                let request = client().request(method.clone(), object).header(name, value);
                let answer = request.body("evil").send().await.unwrap();
                let attack = format!("{method} {service} with {name}: {value}");
                assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{attack}");
                let allowed = answer.headers().get("access-control-allow-origin");
                assert_eq!(allowed, None, "{attack}");
            }
        }
    }
    assert_eq!(content(&cloud).await, "text");
    assert_eq!(gate.calls(), []);
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_web_page_gets_no_event_of_a_function() {
    let cloud = start(settings()).await;
    let deployed = cloud.deploy(&deployment("hello")).await;
    deployed.unwrap_or_else(|error| panic!("{}", whole(&error)));
    assert_eq!(invoke(&cloud.endpoints().aws).await["page"], 403);
    cloud.stop().await;
}

/// The object, read from the name of its bucket, as S3 clients do.
async fn content(cloud: &Cloud) -> String {
    let aws = &cloud.endpoints().aws;
    let (_, port) = aws.rsplit_once(':').unwrap();
    let request = client().get(format!("{aws}/secret"));
    let answer = request.header("host", format!("bundles.localhost:{port}")).send().await.unwrap();
    answer.text().await.unwrap()
}
