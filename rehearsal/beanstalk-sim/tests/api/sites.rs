//! The data plane: sites and their addresses.

use std::net::{Ipv4Addr, TcpListener};

use beanstalk_sim::Settings;

use crate::stage::{APPLICATION, stage, stage_with, status};

#[tokio::test(flavor = "multi_thread")]
async fn a_site_serves_the_files_of_the_bundle() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    stage
        .version(
            "site",
            &[
                ("index.html", "home"),
                ("css/site style.css", "body {}"),
                ("docs/index.html", "docs"),
            ],
        )
        .await;
    stage.deploy("shop-a", "site").await;

    let page = async |path: &str| {
        let response = stage.get("SHOP-A.us-east-1.elasticbeanstalk.com.", path).await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let kind = headers["content-type"].to_str().unwrap().to_owned();
        let name = headers["x-environment-name"].to_str().unwrap();
        let version = headers["x-application-version"].to_str().unwrap();
        format!("{status} {kind} {name} {version} {}", response.text().await.unwrap())
    };
    insta::assert_snapshot!(page("/").await, @"200 text/html shop-a site home");
    insta::assert_snapshot!(page("/css/site%20style.css?v=1").await, @"200 text/css shop-a site body {}");
    insta::assert_snapshot!(page("/docs/").await, @"200 text/html shop-a site docs");
    insta::assert_snapshot!(page("/nothing.html").await, @"404 text/plain; charset=utf-8 shop-a site Not Found");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_environment_without_version_serves_the_sample_application() {
    let stage = stage().await;
    let request =
        stage.client.create_environment().application_name(APPLICATION).environment_name("shop-a");
    request.cname_prefix("shop-a").send().await.unwrap();
    stage.until("shop-a", |environment| status(environment) == "Ready").await;
    let home = stage.home("shop-a.us-east-1.elasticbeanstalk.com").await;
    assert!(home.starts_with("Sample Application: <!DOCTYPE html>"), "{home}");
}

#[tokio::test(flavor = "multi_thread")]
async fn environments_have_addresses_that_share_a_port() {
    let stage = stage().await;
    // Another listener has the second address.
    let _taken =
        TcpListener::bind((Ipv4Addr::new(127, 0, 1, 2), stage.simulator.data_port())).unwrap();
    stage.environment("shop-a").await;
    stage.environment("shop-b").await;
    let address =
        |name| stage.simulator.address_of(&format!("{name}.us-east-1.elasticbeanstalk.com"));
    assert_eq!(address("shop-a"), Some(Ipv4Addr::new(127, 0, 1, 1)));
    assert_eq!(address("shop-b"), Some(Ipv4Addr::new(127, 0, 1, 3)));
    assert_eq!(address("shop-c"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_simulators_never_share_a_data_port() {
    let (one, two) = (stage().await, stage().await);
    assert_ne!(one.simulator.data_port(), two.simulator.data_port());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_simulator_listens_no_more() {
    let stage = stage_with(Settings { time_scale: 1000.0, ..Settings::default() }).await;
    stage.environment("shop-a").await;
    let address = stage.simulator.address_of("shop-a.us-east-1.elasticbeanstalk.com").unwrap();
    let site = format!("http://{address}:{}/", stage.simulator.data_port());
    stage.simulator.stop().await;
    stage.simulator.stop().await;
    let closed =
        async |url: &str| crate::stage::http().get(url).send().await.is_err().then_some(());
    stage.wait(async || closed(&site).await).await;
    stage.wait(async || closed(&stage.simulator.url()).await).await;
}
