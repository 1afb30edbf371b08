//! An AWS for unit tests: a server on loopback that answers calls with JSON.

use std::sync::Arc;

use aws_config::{BehaviorVersion, Region};
use axum::{
    Router,
    body::Bytes,
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
    response::IntoResponse as _,
    routing::post,
};
use mist_aws::Aws;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// An AWS whose calls `answer` answers, by their names and bodies: with a result, or with the name of an error.
pub(crate) async fn aws<A>(answer: A) -> Aws
where
    A: Fn(&str, &Value) -> Result<Value, &'static str> + Send + Sync + 'static,
{
    let answer = Arc::new(answer);
    let respond = async move |headers: HeaderMap, body: Bytes| {
        let target = headers["x-amz-target"].to_str().unwrap();
        let call = target.rsplit('.').next().unwrap();
        let (status, answer) = match answer(call, &serde_json::from_slice(&body).unwrap()) {
            Ok(result) => (StatusCode::OK, result),
            Err(name) => (StatusCode::BAD_REQUEST, json!({ "__type": name, "message": name })),
        };
        (status, [(CONTENT_TYPE, "application/x-amz-json-1.1")], answer.to_string()).into_response()
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().route("/", post(respond));
    tokio::spawn(async { axum::serve(listener, router).await });
    let loader = mist_aws::configure(aws_config::defaults(BehaviorVersion::latest()));
    let config = loader.region(Region::new("eu-west-1")).endpoint_url(endpoint).load().await;
    let keys = |name: &str| name.starts_with("AWS_APP").then(|| "key".to_owned());
    Aws::with_pairs(config, keys).await.unwrap()
}

/// An AWS with the parameters `stacks` of stacks and nothing else, as the answer to [`aws`].
pub(crate) fn parameters(
    stacks: &'static [(&'static str, &'static str)],
) -> impl Fn(&str, &Value) -> Result<Value, &'static str> + Send + Sync {
    move |call, body| match call {
        "GetParameter" => {
            let name = body["Name"].as_str().unwrap().trim_start_matches("/mist/stacks/");
            let found = stacks.iter().find(|(stack, _)| *stack == name);
            let (_, value) = found.ok_or("ParameterNotFound")?;
            Ok(json!({ "Parameter": { "Name": body["Name"], "Value": value } }))
        }
        "GetParametersByPath" => {
            let named =
                |(stack, _): &(&str, &str)| json!({ "Name": format!("/mist/stacks/{stack}") });
            Ok(json!({ "Parameters": stacks.iter().map(named).collect::<Vec<_>>() }))
        }
        "GetItem" => Ok(json!({})),
        "Query" => Ok(json!({ "Items": [], "Count": 0 })),
        _ => Err("NotExpected"),
    }
}
