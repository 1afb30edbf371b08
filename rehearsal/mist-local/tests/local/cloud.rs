//! A whole cloud, as the `mist` command and the scenarios use it.

use std::time::{Duration, Instant};

use mist_local::{Cloud, Deployment, Error, Record, Resolver, Settings, StackSpec, Version};

use crate::common::{deployment, eventually, invoke, settings, start, whole};

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_can_be_visited_by_name() {
    let cloud = start(settings()).await;
    let spec = StackSpec { idle: Some(Version::page("2")), ..StackSpec::new("QA") };
    let stack = cloud.stack(spec).await.unwrap_or_else(|error| panic!("{}", whole(&error)));
    let visitors = cloud.traffic(&stack.url, 50).unwrap();
    eventually("some answers", async || visitors.report().answers("1") > 5).await;
    let report = visitors.stop().await;
    assert_eq!((report.failed(), report.answers("2")), (0, 0), "{report:?}");
    assert_eq!(report.requests, report.answers("1"));
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_caches_an_address_for_its_ttl_and_a_new_client_sees_the_change() {
    let cloud = start(settings()).await;
    let stack =
        cloud.stack(StackSpec::new("QA")).await.unwrap_or_else(|error| panic!("{}", whole(&error)));
    let [side_a, side_b] = &stack.cnames;
    let old_client = cloud.resolver();
    let before = old_client.addresses(&stack.spec.domain).await.unwrap();
    cloud.point(&stack.spec.domain, side_b, Record::Cname { ttl: 60 }).await.unwrap();
    let new_client = Resolver::new(cloud.dns_address()).unwrap();
    assert_eq!(before, new_client.addresses(side_a).await.unwrap());
    assert_eq!(before, old_client.addresses(&stack.spec.domain).await.unwrap());
    let after = new_client.addresses(&stack.spec.domain).await.unwrap();
    assert_eq!(after, new_client.addresses(side_b).await.unwrap());
    assert_ne!(after, before);
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_stack_has_reasons_and_can_be_deployed_again() {
    let cloud = start(settings()).await;
    let folder = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(deployment("hello").template).unwrap();
    let broken = "  Broken:
    Type: AWS::Route53::RecordSet
    Properties: {HostedZoneId: ZNOWHERE, Name: x.mist.test, Type: A, TTL: 60, ResourceRecords: [127.0.0.1]}
Outputs:";
    let template = folder.path().join("template.yaml");
    std::fs::write(&template, text.replace("Outputs:", broken)).unwrap();
    let definition = deployment("hello").template.with_file_name("machine.asl.json");
    std::fs::copy(definition, folder.path().join("machine.asl.json")).unwrap();
    let error = cloud.deploy(&Deployment { template, ..deployment("hello") }).await.unwrap_err();
    let Error::StackFailed { reasons, .. } = &error else { panic!("{}", whole(&error)) };
    assert!(reasons.iter().any(|reason| reason.starts_with("Broken: ")), "{reasons:?}");
    let repaired = cloud
        .deploy(&deployment("hello"))
        .await
        .unwrap_or_else(|error| panic!("{}", whole(&error)));
    assert!(repaired.outputs.contains_key("Machine"));
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_stacks_are_built_at_the_same_time() {
    let cloud = start(settings()).await;
    let alias = StackSpec { record: Record::Alias, ..StackSpec::new("LIVE") };
    let (qa, uat, live) = tokio::join!(
        cloud.stack(StackSpec::new("QA")),
        cloud.stack(StackSpec::new("UAT")),
        cloud.stack(alias)
    );
    let zones =
        [qa, uat, live].map(|stack| stack.unwrap_or_else(|error| panic!("{}", whole(&error))).zone);
    assert_eq!(zones[0], zones[1]);
    assert_eq!(zones[0], zones[2]);
    let resolver = cloud.resolver();
    for name in ["qa.mist.test", "uat.mist.test", "live.mist.test"] {
        assert_eq!(resolver.addresses(name).await.unwrap().len(), 1, "{name}");
    }
    assert!(resolver.addresses("nothing.mist.test").await.is_err());
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_is_deployed_updated_and_left_alone() {
    let cloud = start(settings()).await;
    let deploy = async |cloud: &Cloud, greeting| {
        let deployed = cloud.deploy(&deployment(greeting)).await;
        deployed.unwrap_or_else(|error| panic!("{}", whole(&error)))
    };
    let first = deploy(&cloud, "hello").await;
    assert!(
        first.outputs["Machine"].starts_with("arn:aws:states:us-east-1:000000000000:stateMachine:"),
        "{first:?}"
    );
    let answer = invoke(&cloud.endpoints().aws).await;
    assert_eq!(answer["greeting"], "hello", "{answer}");
    assert_eq!(answer["beanstalk"], cloud.endpoints().beanstalk);
    assert_eq!(answer["seen"], cloud.endpoints().new_relic);

    assert!(!deploy(&cloud, "hello").await.changed);
    assert!(deploy(&cloud, "goodbye").await.changed);
    assert_eq!(invoke(&cloud.endpoints().aws).await["greeting"], "goodbye");

    cloud.reset().await.unwrap();
    assert!(deploy(&cloud, "hello").await.changed);
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn functions_call_the_gate_in_place_of_the_services() {
    let cloud = start(Settings { gate: true, ..settings() }).await;
    let deployed = cloud.deploy(&deployment("hello")).await;
    deployed.unwrap_or_else(|error| panic!("{}", whole(&error)));
    let gate = cloud.gate().unwrap();
    let answer = invoke(&cloud.endpoints().aws).await;
    assert_eq!(answer["beanstalk"], gate.beanstalk_url());
    assert_ne!(answer["beanstalk"], cloud.endpoints().beanstalk);
    // Only calls of functions pass the gate.
    assert_eq!(gate.calls(), []);
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_that_names_an_unknown_function_is_refused() {
    let cloud = start(settings()).await;
    let mut deployment = deployment("hello");
    deployment.functions.clear();
    let error = cloud.deploy(&deployment).await.unwrap_err().to_string();
    assert!(error.ends_with("function `echo` has no binary"), "{error}");
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_clouds_share_nothing() {
    let (one, other) = tokio::join!(start(settings()), start(settings()));
    assert_ne!(one.endpoints(), other.endpoints());
    one.upload("only-here", "key", "text").await.unwrap();
    let buckets = aws_sdk_s3::Client::new(other.sdk_config()).list_buckets().send().await.unwrap();
    assert_eq!(buckets.buckets(), []);
    tokio::join!(one.stop(), other.stop());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_cloud_listens_nowhere() {
    let cloud = start(settings()).await;
    let address = cloud.endpoints().aws.trim_start_matches("http://").to_owned();
    assert!(std::net::TcpStream::connect(&address).is_ok());
    let begin = Instant::now();
    cloud.stop().await;
    assert!(std::net::TcpStream::connect(&address).is_err());
    assert!(begin.elapsed() < Duration::from_secs(3), "stopping took {:?}", begin.elapsed());
}
