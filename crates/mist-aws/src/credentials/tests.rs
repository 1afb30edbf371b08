//! Calls to a local AWS that records the access key of each.

use std::sync::{Arc, Mutex};

use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
};
use mist_core::{
    error::Error,
    ports::{Alarms as _, Beanstalk as _, Dns as _},
};
use tokio::net::TcpListener;

use super::*;
use crate::Aws;

const BEANSTALK_ROLE: &str = "arn:aws:iam::111111111111:role/mist-beanstalk";
const DNS_ROLE: &str = "arn:aws:iam::222222222222:role/mist-dns";
const DNS_SECRET: &str = "mist-dns/key";

/// The recorded calls: the service, the access key that signed the call, and role and external id of `AssumeRole`.
type Seen = Arc<Mutex<Vec<String>>>;

/// Answers every call with a success, except roles of account 000000000000 and secrets called `missing` or `broken`.
async fn answer(State(seen): State<Seen>, headers: HeaderMap, body: Bytes) -> Response {
    let header = |name: &str| headers.get(name).map_or("", |value| value.to_str().unwrap());
    let credential = header("authorization").split_once("Credential=").unwrap().1;
    let mut scope = credential.split('/');
    let (key, service) = (scope.next().unwrap(), scope.nth(2).unwrap());
    let body = String::from_utf8_lossy(&body).into_owned();
    let given = |name: &str| {
        let field = body.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        field.unwrap_or_default().replace("%3A", ":").replace("%2F", "/")
    };
    let told = match service {
        "sts" => format!(" {} {}", given("RoleArn"), given("ExternalId")),
        _ => String::new(),
    };
    seen.lock().unwrap().push(format!("{service} as {key}{told}").trim_end().to_owned());
    let xml = |text: String| ([("content-type", "text/xml")], text).into_response();
    match service {
        "sts" if given("RoleArn").contains("000000000000") => {
            let error = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>mist is not \
                         authorized to perform: sts:AssumeRole</Message></Error></ErrorResponse>";
            (StatusCode::FORBIDDEN, xml(error.to_owned())).into_response()
        }
        "sts" => {
            let role = given("RoleArn");
            let key = if role == DNS_ROLE { "ASIADNS" } else { "ASIABEANSTALK" };
            xml(format!(
                "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>{key}</AccessKeyId>\
                 <SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>\
                 <Expiration>2199-01-02T03:04:05Z</Expiration></Credentials></AssumeRoleResult>\
                 </AssumeRoleResponse>"
            ))
        }
        "secretsmanager" if body.contains("missing") => {
            let error = r#"{"__type":"ResourceNotFoundException","message":"there is none"}"#;
            (StatusCode::BAD_REQUEST, error).into_response()
        }
        "secretsmanager" if body.contains("broken") => {
            r#"{"SecretString":"{\"accessKeyId\":\"TOP-SECRET\"}"}"#.into_response()
        }
        "secretsmanager" => {
            let pair = r#"{\"accessKeyId\":\"AKIADNS\",\"secretAccessKey\":\"TOP-SECRET\"}"#;
            format!(r#"{{"SecretString":"{pair}"}}"#).into_response()
        }
        "route53" => xml(
            "<ListResourceRecordSetsResponse><ResourceRecordSets/><IsTruncated>false</IsTruncated>\
             <MaxItems>2</MaxItems></ListResourceRecordSetsResponse>"
                .to_owned(),
        ),
        "elasticbeanstalk" => {
            xml("<DescribeEnvironmentsResponse><DescribeEnvironmentsResult><Environments/>\
             </DescribeEnvironmentsResult></DescribeEnvironmentsResponse>"
                .to_owned())
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn start() -> (SdkConfig, Seen) {
    let seen = Seen::default();
    let router = Router::new().fallback(answer).with_state(Arc::clone(&seen));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async { axum::serve(listener, router).await });
    let own = Credentials::new("OWN", "s", None, None, "tests");
    let loader = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .endpoint_url(url)
        .credentials_provider(own);
    (crate::configure(loader).load().await, seen)
}

/// The variables of an installation: `given`, and the others empty.
fn variables(given: &[(&str, &str)]) -> impl Fn(&str) -> Option<String> {
    let given: Vec<_> =
        given.iter().map(|(name, value)| (*name).to_owned() + "=" + value).collect();
    move |name| {
        let value = given.iter().find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        Some(value.unwrap_or_default().to_owned())
    }
}

async fn aws(config: SdkConfig, given: &[(&str, &str)]) -> Aws {
    let variables = variables(given);
    Aws::with_identities(config, &Identity::beanstalk(&variables), &Identity::dns(&variables)).await
}

async fn call_both(aws: &Aws) -> (Option<Error>, Option<Error>) {
    let environments = aws.beanstalk().environments(&[&"Demo-QA-A".parse().unwrap()]).await;
    (environments.err(), aws.dns().page("Z1", None).await.err())
}

fn take(seen: &Seen) -> Vec<String> {
    std::mem::take(&mut *seen.lock().unwrap())
}

#[tokio::test]
async fn environments_and_hosted_zones_each_have_a_role_of_their_own() {
    let (config, seen) = start().await;
    let given = [
        ("MIST_BEANSTALK_ROLE_ARN", BEANSTALK_ROLE),
        ("MIST_BEANSTALK_EXTERNAL_ID", "blue"),
        ("MIST_DNS_ROLE_ARN", DNS_ROLE),
        ("MIST_DNS_EXTERNAL_ID", "green"),
    ];
    let aws = aws(config, &given).await;
    let (environments, records) = call_both(&aws).await;
    assert!(environments.is_none() && records.is_none(), "{environments:?} {records:?}");
    assert_eq!(
        take(&seen),
        [
            format!("sts as OWN {BEANSTALK_ROLE} blue"),
            "elasticbeanstalk as ASIABEANSTALK".to_owned(),
            format!("sts as OWN {DNS_ROLE} green"),
            "route53 as ASIADNS".to_owned(),
        ]
    );
    // All clients of an identity share a session. Alarms have the identity of environments.
    call_both(&aws).await;
    drop(aws.alarms().states(&["Errors".to_owned()]).await);
    let again = take(&seen);
    assert_eq!(again[..2], ["elasticbeanstalk as ASIABEANSTALK", "route53 as ASIADNS"]);
    assert!(again[2..].iter().all(|call| call == "monitoring as ASIABEANSTALK"), "{again:?}");
}

#[tokio::test]
async fn an_access_key_in_a_secret_is_for_hosted_zones_only() {
    let (config, seen) = start().await;
    let aws = aws(config, &[("MIST_DNS_SECRET", DNS_SECRET)]).await;
    call_both(&aws).await;
    let expected = ["elasticbeanstalk as OWN", "secretsmanager as OWN", "route53 as AKIADNS"];
    assert_eq!(take(&seen), expected);
    assert!(!format!("{aws:?}").contains("TOP-SECRET"));
}

#[tokio::test]
async fn all_calls_use_the_credentials_of_mist_by_default() {
    let (config, seen) = start().await;
    call_both(&aws(config, &[]).await).await;
    assert_eq!(take(&seen), ["elasticbeanstalk as OWN", "route53 as OWN"]);
}

#[tokio::test]
async fn the_app_pair_is_for_all_calls_but_those_about_hosted_zones() {
    let (config, seen) = start().await;
    let given = variables(&[
        ("AWS_APP_ACCESS_KEY_ID", "APP"),
        ("AWS_APP_SECRET_ACCESS_KEY", "TOP-SECRET"),
        ("AWS_DNS_ACCESS_KEY_ID", "DNS"),
        ("AWS_DNS_SECRET_ACCESS_KEY", "TOP-SECRET"),
    ]);
    let aws = Aws::with_pairs(config, &given).await.unwrap();
    call_both(&aws).await;
    assert_eq!(take(&seen), ["elasticbeanstalk as APP", "route53 as DNS"]);
    assert!(!format!("{aws:?}").contains("TOP-SECRET"));
}

#[tokio::test]
async fn half_a_pair_names_the_other_half() {
    let (config, _) = start().await;
    for (given, missing) in [
        ("AWS_APP_ACCESS_KEY_ID", "AWS_APP_SECRET_ACCESS_KEY"),
        ("AWS_DNS_SECRET_ACCESS_KEY", "AWS_DNS_ACCESS_KEY_ID"),
    ] {
        let pairs = Aws::with_pairs(config.clone(), variables(&[(given, "TOP-SECRET")])).await;
        let error = pairs.unwrap_err().to_string();
        let expected = format!("`{given}` is set and `{missing}` is not; set both, or neither");
        assert_eq!(error, format!("invalid input: {expected}"));
    }
}

#[tokio::test]
async fn an_error_names_the_role_that_cannot_be_assumed() {
    let (config, seen) = start().await;
    let role = "arn:aws:iam::000000000000:role/closed";
    let aws = aws(config, &[("MIST_DNS_ROLE_ARN", role)]).await;
    let (environments, records) = call_both(&aws).await;
    assert!(environments.is_none(), "{environments:?}");
    insta::assert_snapshot!(records.as_ref().unwrap(), @"role `arn:aws:iam::000000000000:role/closed` cannot be assumed: AccessDenied: mist is not authorized to perform: sts:AssumeRole; its trust policy must allow the functions of mist, with the same external id");
    assert_eq!(records.unwrap().code(), "Mist.RoleDenied");
    assert_eq!(take(&seen)[1..], [format!("sts as OWN {role}")], "it is tried once");
}

#[tokio::test]
async fn an_error_names_the_secret_without_an_access_key_and_does_not_show_it() {
    for id in ["mist-dns/missing", "mist-dns/broken"] {
        let (config, _) = start().await;
        let aws = aws(config, &[("MIST_DNS_SECRET", id)]).await;
        let error = call_both(&aws).await.1.unwrap();
        assert_eq!(error.code(), "Mist.SecretMissing", "{error}");
        assert!(error.to_string().contains(id), "{error}");
        assert!(!format!("{error} {error:?}").contains("TOP-SECRET"), "{error:?}");
    }
}
