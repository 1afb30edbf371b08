//! Health, figures and logs of instances.

use aws_sdk_elasticbeanstalk::types::EnvironmentInfoType;
use mist_core::{
    beanstalk::health::InstanceHealth,
    ports::{Logs as _, Monitor as _},
};

use super::*;

async fn instances(response: fn() -> HttpResponse) -> Result<Option<Vec<InstanceHealth>>, Error> {
    let rule = mock!(Client::describe_instances_health).then_http_response(response);
    beanstalk(&[&rule]).instances(&name("Demo-QA-B")).await
}

#[tokio::test]
async fn reads_the_version_of_each_instance() {
    let there = || {
        ok(
            "DescribeInstancesHealth",
            "<InstanceHealthList><member><InstanceId>i-1</InstanceId><Deployment>\
             <VersionLabel>v2</VersionLabel><DeploymentId>2</DeploymentId><Status>Deployed</Status>\
             </Deployment></member><member><InstanceId>i-2</InstanceId></member></InstanceHealthList>",
        )
    };
    let found = instances(there).await.unwrap().unwrap();
    let deployed = |id: &str, version: Option<&str>, deployment: Option<&str>| InstanceHealth {
        id: id.to_owned(),
        version: version.map(str::to_owned),
        deployment: deployment.map(str::to_owned),
    };
    assert_eq!(found, [deployed("i-1", Some("v2"), Some("Deployed")), deployed("i-2", None, None)]);
}

#[tokio::test]
async fn basic_health_has_neither_instances_nor_figures() {
    let basic =
        || xml_error(400, "InvalidRequestException", "DescribeEnvironmentHealth is not supported.");
    assert_eq!(instances(basic).await.unwrap(), None);
    let rule = mock!(Client::describe_environment_health).then_http_response(basic);
    assert_eq!(beanstalk(&[&rule]).health(&name("Demo-QA-B")).await.unwrap(), None);
    let error = instances(|| xml_error(400, "Throttling", "Rate exceeded")).await.unwrap_err();
    assert_eq!(error.code(), "Mist.Throttled");
}

#[tokio::test]
async fn the_share_of_failed_requests_is_taken_from_the_codes() {
    let report = |codes: &'static str| async move {
        let rule = mock!(Client::describe_environment_health).then_http_response(move || {
            let metrics = format!(
                "<Causes><member>60.0 % of the requests are failing.</member></Causes>\
                 <ApplicationMetrics><Duration>10</Duration><RequestCount>0</RequestCount>\
                 {codes}<Latency><P90>0.25</P90></Latency></ApplicationMetrics>"
            );
            ok("DescribeEnvironmentHealth", &metrics)
        });
        beanstalk(&[&rule]).health(&name("Demo-QA-B")).await.unwrap().unwrap()
    };
    let codes = "<StatusCodes><Status2xx>1</Status2xx><Status5xx>3</Status5xx></StatusCodes>";
    let busy = report(codes).await;
    assert_eq!((busy.failed_percent, busy.p90_ms), (Some(75.0), Some(250.0)));
    assert_eq!(busy.causes, ["60.0 % of the requests are failing."]);
    let zeros = "<StatusCodes><Status2xx>0</Status2xx><Status5xx>0</Status5xx></StatusCodes>";
    assert_eq!(report(zeros).await.failed_percent, None, "without requests there is no rate");
}

#[tokio::test]
async fn the_ends_of_logs_are_asked_for_and_found() {
    let ask = mock!(Client::request_environment_info)
        .match_requests(|input| input.info_type() == Some(&EnvironmentInfoType::Tail))
        .then_http_response(|| ok("RequestEnvironmentInfo", ""));
    let busy = mock!(Client::request_environment_info).then_http_response(|| {
        let message =
            "Environment named Demo-QA-B is in an invalid state for this operation. Must be Ready.";
        xml_error(400, "InvalidParameterValue", message)
    });
    let sent = mock!(Client::retrieve_environment_info).then_http_response(|| {
        ok(
            "RetrieveEnvironmentInfo",
            "<EnvironmentInfo><member><InfoType>tail</InfoType><Ec2InstanceId>i-1</Ec2InstanceId>\
             <SampleTimestamp>2026-01-02T03:04:05Z</SampleTimestamp>\
             <Message>https://bucket/log?signature=abc</Message></member></EnvironmentInfo>",
        )
    });
    let beanstalk = beanstalk(&[&ask, &busy, &sent]);
    let name = name("Demo-QA-B");
    beanstalk.request(&name).await.unwrap();
    assert_eq!(beanstalk.request(&name).await.unwrap_err().code(), "Mist.EnvironmentBusy");
    let [log] = beanstalk.retrieve(&name).await.unwrap().try_into().unwrap();
    assert_eq!((log.instance.as_str(), log.time.as_second()), ("i-1", 1_767_323_045));
    assert!(!format!("{log:?}").contains("signature"), "{log:?}");
}
