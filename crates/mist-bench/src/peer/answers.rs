//! What AWS and the others answer, as it comes over the wire.

use axum::{
    http::{HeaderName, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

/// The key of the bundle that Beanstalk is given.
const KEPT: &str = "versions/Demo/v2/4-162.zip";

const XML: [(HeaderName, &str); 1] = [(header::CONTENT_TYPE, "text/xml")];

/// A page of the application.
pub(crate) fn text(text: &'static str) -> Response {
    text.into_response()
}

/// Systems Manager and Secrets Manager.
pub(crate) fn json_service(operation: &str) -> Response {
    let answer = match operation {
        "GetParameter" => json!({ "Parameter": { "Value": stack().to_string() } }),
        "GetSecretValue" => json!({ "SecretString": "NRAK-TEST" }),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    ([(header::CONTENT_TYPE, "application/x-amz-json-1.1")], answer.to_string()).into_response()
}

fn stack() -> Value {
    json!({
        "format": 1,
        "stack": {
            "name": "QA",
            "application": "Demo",
            "region": "us-east-1",
            "artifacts": { "bucket": "artifacts" },
            "settings": {
                "domain": super::DOMAIN,
                "hostedZoneId": "Z1",
                "environments": { "a": "Demo-QA-A", "b": "Demo-QA-B" },
            },
        },
    })
}

/// Route 53: the name leads to side A, and can be changed.
pub(crate) fn route53(method: &Method) -> Response {
    let body = match *method {
        Method::GET => {
            "<ListResourceRecordSetsResponse><ResourceRecordSets><ResourceRecordSet>\
             <Name>qa.mist.test.</Name><Type>CNAME</Type><TTL>60</TTL><ResourceRecords>\
             <ResourceRecord><Value>demo-qa-a.us-east-1.elasticbeanstalk.com</Value>\
             </ResourceRecord></ResourceRecords></ResourceRecordSet></ResourceRecordSets>\
             <IsTruncated>false</IsTruncated><MaxItems>2</MaxItems>\
             </ListResourceRecordSetsResponse>"
        }
        _ => {
            "<ChangeResourceRecordSetsResponse><ChangeInfo><Id>/change/C2682N5HXP0BZ4</Id>\
             <Status>PENDING</Status><SubmittedAt>2026-01-02T03:04:05Z</SubmittedAt></ChangeInfo>\
             </ChangeResourceRecordSetsResponse>"
        }
    };
    (XML, body).into_response()
}

/// S3: a bundle is there, and can be copied.
pub(crate) fn s3(method: &Method) -> Response {
    let tag = (header::ETAG, "\"4-162\"");
    match *method {
        Method::HEAD => ([tag, (header::CONTENT_LENGTH, "1234")], ()).into_response(),
        Method::GET => (StatusCode::PARTIAL_CONTENT, [tag], "PK\u{3}\u{4}").into_response(),
        _ => {
            let body = "<CopyObjectResult><ETag>\"4-162\"</ETag></CopyObjectResult>";
            (XML, body).into_response()
        }
    }
}

/// New Relic: there is one application of any name, and it can be marked.
pub(crate) fn new_relic(question: &str) -> Response {
    let data = if question.contains("entitySearch") {
        let entities = json!([{ "guid": "MXxBUE18QVBQTElDQVRJT058MQ", "name": "Demo QA" }]);
        json!({ "actor": { "entitySearch": { "results": { "entities": entities } } } })
    } else {
        json!({ "changeTrackingCreateDeployment": { "deploymentId": "mark-1" } })
    };
    let answer = json!({ "data": data }).to_string();
    ([(header::CONTENT_TYPE, "application/json")], answer).into_response()
}

/// Elastic Beanstalk, which has the new version if it is `kept`, and runs it if it is `deployed`.
pub(crate) fn beanstalk(action: &str, kept: bool, deployed: bool) -> Response {
    let version = format!(
        "<ApplicationVersions><member><ApplicationName>Demo</ApplicationName>\
         <VersionLabel>v2</VersionLabel><Status>PROCESSED</Status><SourceBundle>\
         <S3Bucket>artifacts</S3Bucket><S3Key>{KEPT}</S3Key></SourceBundle></member>\
         </ApplicationVersions>"
    );
    let result = match action {
        "DescribeEnvironments" => {
            let b = environment("b", if deployed { "v2" } else { "v1" });
            format!("<Environments>{}{b}</Environments>", environment("a", "v1"))
        }
        "DescribeApplicationVersions" if kept => version,
        "DescribeApplicationVersions" => "<ApplicationVersions/>".to_owned(),
        "CreateApplicationVersion" => {
            "<ApplicationVersion><VersionLabel>v2</VersionLabel></ApplicationVersion>".to_owned()
        }
        "DescribeEvents" => "<Events><member><EventDate>2026-01-02T03:05:05Z</EventDate>\
            <EnvironmentName>Demo-QA-B</EnvironmentName><Severity>INFO</Severity>\
            <Message>Environment update completed successfully.</Message></member></Events>"
            .to_owned(),
        _ => "<Status>Updating</Status>".to_owned(),
    };
    let body = format!(
        "<{action}Response xmlns=\"http://elasticbeanstalk.amazonaws.com/docs/2010-12-01/\">\
         <{action}Result>{result}</{action}Result><ResponseMetadata><RequestId>{ID}</RequestId>\
         </ResponseMetadata></{action}Response>"
    );
    let headers = [(header::CONTENT_TYPE, "text/xml"), (REQUEST_ID, ID)];
    (headers, body).into_response()
}

const ID: &str = "6f3a1f0e-5a0c-4c6b-9d55-2f1c7c0a9b11";
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

fn environment(side: &str, version: &str) -> String {
    let name = format!("Demo-QA-{}", side.to_uppercase());
    format!(
        "<member><EnvironmentName>{name}</EnvironmentName><ApplicationName>Demo</ApplicationName>\
         <VersionLabel>{version}</VersionLabel><Status>Ready</Status><Health>Green</Health>\
         <HealthStatus>Ok</HealthStatus><CNAME>demo-qa-{side}.us-east-1.elasticbeanstalk.com</CNAME>\
         <EndpointURL>awseb-{side}.us-east-1.elb.amazonaws.com</EndpointURL>\
         <Tier><Name>WebServer</Name><Type>Standard</Type></Tier>\
         <DateUpdated>2026-01-02T03:05:05Z</DateUpdated></member>"
    )
}
