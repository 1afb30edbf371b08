//! The call that a request makes: the function, the service and the operation.

use super::wire::Message;

/// A kind of call.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Call {
    /// The calling function, by its name in the template; empty for callers without a name.
    pub function: String,
    /// The service, by its name in signatures.
    pub service: String,
    /// The operation, such as `DescribeEnvironments`.
    pub operation: String,
}

/// The protocol of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    /// A form in the request, and XML in the answer.
    Query,
    /// JSON in both, with the operation in a header.
    Json,
    /// JSON in both, with the operation in method and path.
    RestJson,
    /// XML in both, with the errors of S3.
    S3,
    /// XML in both.
    RestXml,
    /// CBOR in both.
    Cbor,
}

impl Call {
    pub(super) fn of(request: &Message) -> Self {
        let service = service(request).unwrap_or_default().to_owned();
        let operation = operation(request, &service);
        Self { function: function(request), service, operation }
    }

    /// Whether the call changes nothing.
    pub fn is_read(&self) -> bool {
        let words = ["Get", "Head", "List", "Describe", "Query", "Scan", "BatchGet", "Test"];
        words.iter().any(|word| self.operation.starts_with(word))
    }
}

impl Protocol {
    pub(super) fn of(request: &Message, service: &str) -> Self {
        match service {
            "s3" => Self::S3,
            "route53" => Self::RestXml,
            _ if request.header("x-amz-target").is_some() => Self::Json,
            _ if request.header("smithy-protocol").is_some_and(|it| it.contains("cbor")) => {
                Self::Cbor
            }
            _ if form_value(&request.content, "Action").is_some() => Self::Query,
            _ => Self::RestJson,
        }
    }
}

// SDKs put the name of the application into `app/NAME`. CloudFormation names a function STACK-NAME-RANDOM.
fn function(request: &Message) -> String {
    let agents = ["user-agent", "x-amz-user-agent"];
    let words =
        agents.iter().filter_map(|name| request.header(name)).flat_map(str::split_whitespace);
    let Some(name) = words.into_iter().find_map(|word| word.strip_prefix("app/")) else {
        return String::new();
    };
    let parts: Vec<_> = name.split('-').collect();
    match parts.as_slice() {
        [_, logical @ .., random] if !logical.is_empty() && is_random(random) => logical.join("-"),
        _ => name.to_owned(),
    }
}

fn is_random(part: &str) -> bool {
    let telling = |letter: char| letter.is_ascii_digit() || letter.is_ascii_uppercase();
    part.len() >= 8 && part.chars().any(telling)
}

// `Credential=KEY/20260101/us-east-1/SERVICE/aws4_request`.
fn service(request: &Message) -> Option<&str> {
    let (_, credential) = request.header("authorization")?.split_once("Credential=")?;
    credential.split([',', ' ']).next()?.split('/').nth(3)
}

fn operation(request: &Message, service: &str) -> String {
    let path = request.path();
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let named = match Protocol::of(request, service) {
        Protocol::Json => request.header("x-amz-target").and_then(|it| it.rsplit('.').next()),
        Protocol::Query => form_value(&request.content, "Action"),
        Protocol::Cbor => path.rsplit('/').next(),
        Protocol::S3 => s3(request, path, query),
        Protocol::RestXml => route53(request.method(), path),
        Protocol::RestJson => None,
    };
    named.map_or_else(|| format!("{} {path}", request.method()), str::to_owned)
}

// Newer SDKs set `x-id` where method and path are not enough.
fn s3<'a>(request: &Message, path: &str, query: &'a str) -> Option<&'a str> {
    let value = |name: &str| query.split('&').find_map(|it| it.strip_prefix(name));
    if let Some(id) = value("x-id=") {
        return Some(id);
    }
    let of_object = path.trim_matches('/').contains('/');
    match (request.method(), of_object) {
        ("PUT", true) if request.header("x-amz-copy-source").is_some() => Some("CopyObject"),
        ("PUT", true) => Some("PutObject"),
        ("HEAD", true) => Some("HeadObject"),
        ("HEAD", false) => Some("HeadBucket"),
        ("GET", true) => Some("GetObject"),
        ("GET", false) if value("versions").is_some() => Some("ListObjectVersions"),
        ("GET", false) if value("list-type=2").is_some() => Some("ListObjectsV2"),
        ("DELETE", true) => Some("DeleteObject"),
        _ => None,
    }
}

fn route53(method: &str, path: &str) -> Option<&'static str> {
    let mut parts = path.trim_matches('/').split('/').skip(1);
    match (method, parts.next()?, parts.next(), parts.next()) {
        ("POST", "hostedzone", Some(_), Some("rrset")) => Some("ChangeResourceRecordSets"),
        ("GET", "hostedzone", Some(_), Some("rrset")) => Some("ListResourceRecordSets"),
        ("GET", "hostedzone", Some(_), None) => Some("GetHostedZone"),
        ("GET", "hostedzone", None, None) => Some("ListHostedZones"),
        ("GET", "hostedzonesbyname", None, None) => Some("ListHostedZonesByName"),
        ("GET", "change", Some(_), None) => Some("GetChange"),
        ("GET", "testdnsanswer", None, None) => Some("TestDNSAnswer"),
        _ => None,
    }
}

fn form_value<'a>(body: &'a [u8], name: &str) -> Option<&'a str> {
    let body = str::from_utf8(body).ok()?;
    body.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(first: &str, headers: &[(&str, &str)], body: &str) -> String {
        let scope = |service| {
            format!(
                "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host"
            )
        };
        let headers = headers.iter().map(|(name, value)| match *name {
            "for" => ("authorization".to_owned(), scope(value)),
            name => (name.to_owned(), (*value).to_owned()),
        });
        let call = Call::of(&Message::new(first, headers.collect(), body));
        format!("{}/{}/{}", call.function, call.service, call.operation)
    }

    #[test]
    fn a_query_names_its_action_and_the_user_agent_the_function() {
        let agent = "aws-sdk-rust/1.3 ua/2.1 api/elasticbeanstalk#1.122 app/mist-PlanFunction-1A2B3C4D5E6F m/E";
        let found = of(
            "POST / HTTP/1.1",
            &[("for", "elasticbeanstalk"), ("user-agent", agent)],
            "Action=DescribeEnvironments&Version=2010-12-01",
        );
        assert_eq!(found, "PlanFunction/elasticbeanstalk/DescribeEnvironments");
    }

    #[test]
    fn json_names_its_target_and_cbor_its_path() {
        let target = ("x-amz-target", "AmazonSSM.GetParameter");
        assert_eq!(of("POST / HTTP/1.1", &[("for", "ssm"), target], "{}"), "/ssm/GetParameter");
        let cbor = ("smithy-protocol", "rpc-v2-cbor");
        let first = "POST /service/GraniteServiceVersion20100801/operation/DescribeAlarms HTTP/1.1";
        assert_eq!(of(first, &[("for", "monitoring"), cbor], ""), "/monitoring/DescribeAlarms");
    }

    #[test]
    fn s3_and_route_53_are_recognized_by_method_and_path() {
        for (first, service, operation) in [
            ("HEAD /b/k.zip HTTP/1.1", "s3", "HeadObject"),
            ("GET /b/k.zip?x-id=GetObject HTTP/1.1", "s3", "GetObject"),
            ("PUT /b/k.zip?x-id=CopyObject HTTP/1.1", "s3", "CopyObject"),
            ("GET /b/?list-type=2&prefix=p HTTP/1.1", "s3", "ListObjectsV2"),
            (
                "GET /2013-04-01/hostedzone/Z1/rrset?name=x HTTP/1.1",
                "route53",
                "ListResourceRecordSets",
            ),
            (
                "POST /2013-04-01/hostedzone/Z1/rrset/ HTTP/1.1",
                "route53",
                "ChangeResourceRecordSets",
            ),
            ("GET /2013-04-01/change/C1 HTTP/1.1", "route53", "GetChange"),
            ("POST /elsewhere HTTP/1.1", "s3", "POST /elsewhere"),
        ] {
            assert_eq!(of(first, &[("for", service)], ""), format!("/{service}/{operation}"));
        }
    }

    #[test]
    fn a_call_needs_no_signature_and_no_name_of_cloud_formation() {
        assert_eq!(of("GET /x?y HTTP/1.1", &[], ""), "//GET /x");
        for name in ["me", "mist-plan", "mist-wait-ready"] {
            let agent = format!("x app/{name} y");
            let found = of("GET / HTTP/1.1", &[("user-agent", &agent)], "");
            assert_eq!(found, format!("{name}//GET /"));
        }
    }
}
