//! The answers of Elastic Beanstalk.

use axum::{
    http::{HeaderName, header},
    response::{IntoResponse, Response},
};

use super::{
    scene::{Scene, UPDATED},
    stage::Stage,
};

/// The key of the bundle at Beanstalk.
const KEPT: &str = "versions/Demo/v2/4-162.zip";

const ID: &str = "6f3a1f0e-5a0c-4c6b-9d55-2f1c7c0a9b11";
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// The answer to `action`; `None` if no function calls it.
pub(crate) fn answer(action: &str, scene: &mut Scene) -> Option<Response> {
    let result = match action {
        "DescribeEnvironments" => {
            let b = environment("b", if scene.stage >= Stage::Deployed { "v2" } else { "v1" });
            format!("<Environments>{}{b}</Environments>", environment("a", "v1"))
        }
        "DescribeApplicationVersions" if scene.kept => format!(
            "<ApplicationVersions><member><ApplicationName>Demo</ApplicationName>\
             <VersionLabel>v2</VersionLabel><Status>UNPROCESSED</Status><SourceBundle>\
             <S3Bucket>artifacts</S3Bucket><S3Key>{KEPT}</S3Key></SourceBundle></member>\
             </ApplicationVersions>"
        ),
        "DescribeApplicationVersions" => "<ApplicationVersions/>".to_owned(),
        "CreateApplicationVersion" => {
            scene.kept = true;
            "<ApplicationVersion><VersionLabel>v2</VersionLabel></ApplicationVersion>".to_owned()
        }
        "UpdateEnvironment" => "<Status>Updating</Status>".to_owned(),
        "DescribeEvents" => format!(
            "<Events><member><EventDate>{UPDATED}</EventDate>\
             <EnvironmentName>Demo-QA-B</EnvironmentName><Severity>INFO</Severity>\
             <Message>Environment update completed successfully.</Message></member></Events>"
        ),
        "DescribeEnvironmentResources" => {
            "<EnvironmentResources><AutoScalingGroups><member><Name>awseb-e-b</Name></member>\
             </AutoScalingGroups></EnvironmentResources>"
                .to_owned()
        }
        "DescribeAutoScalingGroups" => {
            let instance = "<member><InstanceId>i-0a1b2c3d4e5f60718</InstanceId>\
                            <LifecycleState>InService</LifecycleState></member>";
            format!(
                "<AutoScalingGroups><member><AutoScalingGroupName>awseb-e-b</AutoScalingGroupName>\
                 <MinSize>1</MinSize><MaxSize>4</MaxSize><DesiredCapacity>1</DesiredCapacity>\
                 <Instances>{instance}</Instances></member></AutoScalingGroups>"
            )
        }
        "RequestEnvironmentInfo" | "RetrieveEnvironmentInfo" | "UpdateAutoScalingGroup" => {
            String::new()
        }
        "DescribeInstancesHealth" => {
            "<InstanceHealthList><member><InstanceId>i-0a1b2c3d4e5f60718</InstanceId><Deployment>\
             <VersionLabel>v2</VersionLabel><DeploymentId>2</DeploymentId><Status>Deployed</Status>\
             </Deployment></member></InstanceHealthList>"
                .to_owned()
        }
        "DescribeEnvironmentHealth" => {
            "<Causes/><ApplicationMetrics><Duration>10</Duration><RequestCount>9</RequestCount>\
             <StatusCodes><Status2xx>90</Status2xx><Status5xx>0</Status5xx></StatusCodes>\
             <Latency><P90>0.25</P90></Latency></ApplicationMetrics>"
                .to_owned()
        }
        _ => return None,
    };
    let body = format!(
        "<{action}Response xmlns=\"http://elasticbeanstalk.amazonaws.com/docs/2010-12-01/\">\
         <{action}Result>{result}</{action}Result><ResponseMetadata><RequestId>{ID}</RequestId>\
         </ResponseMetadata></{action}Response>"
    );
    let headers = [(header::CONTENT_TYPE, "text/xml"), (REQUEST_ID, ID)];
    Some((headers, body).into_response())
}

fn environment(side: &str, version: &str) -> String {
    let name = format!("Demo-QA-{}", side.to_uppercase());
    format!(
        "<member><EnvironmentName>{name}</EnvironmentName><ApplicationName>Demo</ApplicationName>\
         <VersionLabel>{version}</VersionLabel><Status>Ready</Status><Health>Green</Health>\
         <HealthStatus>Ok</HealthStatus><CNAME>demo-qa-{side}.us-east-1.elasticbeanstalk.com</CNAME>\
         <EndpointURL>awseb-{side}.us-east-1.elb.amazonaws.com</EndpointURL>\
         <Tier><Name>WebServer</Name><Type>Standard</Type></Tier>\
         <DateUpdated>{UPDATED}</DateUpdated></member>"
    )
}
