//! The answers and refusals of the local GitHub.

use std::io::Read as _;

use flate2::read::GzDecoder;
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};

use super::*;
use crate::{ApiKey, http::client_builder};

const REPOSITORY: &str = "demo/shop";

async fn given() -> (GitHub, Client) {
    let github = GitHub::start(0).await.unwrap();
    let client = client_builder().unwrap().redirect(reqwest::redirect::Policy::none());
    (github, client.user_agent("tests").build().unwrap())
}

async fn get(github: &GitHub, client: &Client, path: &str) -> Response {
    let url = format!("{}/repos/{REPOSITORY}{path}", github.url());
    client.get(url).bearer_auth(TOKEN).send().await.unwrap()
}

async fn post(github: &GitHub, client: &Client, path: &str, body: Value) -> (u16, Value) {
    let url = format!("{}/repos/{REPOSITORY}{path}", github.url());
    let answer = client.post(url).bearer_auth(TOKEN).json(&body).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test]
async fn refuses_requests_without_a_user_agent_a_token_or_a_known_format() {
    let (github, client) = given().await;
    github.commit(REPOSITORY, "main", NewCommit::new("First", []));
    let url = format!("{}/repos/{REPOSITORY}", github.url());
    let nameless = client_builder().unwrap().build().unwrap();
    for (request, expected) in [
        (nameless.get(&url).bearer_auth(TOKEN), 403),
        (client.get(&url), 404),
        (client.get(&url).bearer_auth("wrong"), 401),
        (client.get(&url).bearer_auth(TOKEN).header("accept", "text/html"), 415),
        (client.get(&url).bearer_auth(TOKEN).header("x-github-api-version", "1"), 400),
        (client.get(&url).bearer_auth(TOKEN), 200),
    ] {
        assert_eq!(request.send().await.unwrap().status(), expected);
    }
    let requests = github.requests();
    assert_eq!(requests[2].api_key, ApiKey::Wrong);
    assert!(!format!("{requests:?}").contains(TOKEN), "{requests:?}");
}

#[tokio::test]
async fn a_name_resolves_to_a_commit() {
    let (github, client) = given().await;
    assert_eq!(get(&github, &client, "/commits/main").await.status(), StatusCode::NOT_FOUND);
    let sha = github.commit(REPOSITORY, "main", NewCommit::new("First", []));
    github.name(REPOSITORY, "v1.0", &sha);
    github.name(REPOSITORY, "feature/basket", &sha);
    for name in ["main", "v1.0", "feature/basket", &sha, &sha[..7]] {
        let url = format!("{}/repos/{REPOSITORY}/commits/{name}", github.url());
        let request =
            client.get(url).bearer_auth(TOKEN).header("accept", "application/vnd.github.sha");
        assert_eq!(request.send().await.unwrap().text().await.unwrap(), sha, "{name}");
    }
    let answer: Value = get(&github, &client, "/git/commits/x").await.json().await.unwrap();
    assert_eq!(answer["message"], "Not Found");
    let answer = get(&github, &client, "/commits/none").await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn an_archive_is_on_another_server_and_refuses_a_token() {
    let (github, client) = given().await;
    let long = format!("{}x.txt", "folder/".repeat(20));
    let files = [
        File::new("run", "#!/bin/sh\n").executable(),
        File::new(".gitattributes", "docs export-ignore\n*.psd   -text export-ignore\n"),
        File::new("docs/a.md", ""),
        File::new("art/logo.psd", ""),
        File::link("link", "run"),
        File::new(&long, "deep"),
    ];
    let sha = github.commit(REPOSITORY, "main", NewCommit::new("First", files));
    let answer = get(&github, &client, "/tarball/main").await;
    assert_eq!(answer.status(), StatusCode::FOUND);
    let location = answer.headers()["location"].to_str().unwrap().to_owned();
    assert!(!location.starts_with(&github.url()), "{location}");
    let refused = client.get(&location).bearer_auth(TOKEN).send().await.unwrap();
    assert_eq!((refused.status(), github.received_a_token()), (StatusCode::BAD_REQUEST, true));
    let bytes = client.get(&location).send().await.unwrap().bytes().await.unwrap();
    let mut tar = tar::Archive::new(GzDecoder::new(&bytes[..]));
    let mut names = Vec::new();
    for entry in tar.entries().unwrap() {
        let mut entry = entry.unwrap();
        names.push(entry.path().unwrap().display().to_string());
        if names.last().unwrap().ends_with("x.txt") {
            let mut text = String::new();
            entry.read_to_string(&mut text).unwrap();
            assert_eq!(text, "deep");
        }
    }
    let root = format!("demo-shop-{}", &sha[..7]);
    assert_eq!(
        names[..3],
        ["pax_global_header", &format!("{root}/"), &format!("{root}/.gitattributes")]
    );
    assert!(names.contains(&format!("{root}/{long}")), "{names:?}");
    assert!(names.contains(&format!("{root}/link")), "{names:?}");
    assert!(!names.iter().any(|name| name.contains("docs") || name.contains("psd")), "{names:?}");
}

#[tokio::test]
async fn a_long_comparison_comes_in_pages() {
    let (github, client) = given().await;
    let base = github.commit(REPOSITORY, "main", NewCommit::new("Change 0", []));
    for number in 1..=45 {
        github.commit(REPOSITORY, "main", NewCommit::new(&format!("Change {number}"), []));
    }
    let path = format!("/compare/{base}...main?per_page=20");
    let answer = get(&github, &client, &path).await;
    let links = answer.headers()["link"].to_str().unwrap().to_owned();
    assert!(links.contains("page=2>; rel=\"next\""), "{links}");
    assert!(links.contains("page=3>; rel=\"last\""), "{links}");
    let body: Value = answer.json().await.unwrap();
    assert_eq!((&body["total_commits"], &body["behind_by"]), (&json!(45), &json!(0)));
    assert_eq!(body["commits"][0]["commit"]["message"], "Change 1");
    let last: Value = get(&github, &client, &format!("{path}&page=3")).await.json().await.unwrap();
    assert_eq!(last["commits"].as_array().map(Vec::len), Some(5));
}

#[tokio::test]
async fn refuses_deployments_as_the_real_one_does() {
    let (github, client) = given().await;
    let sha = github.commit(REPOSITORY, "main", NewCommit::new("First", []));
    let body = |name: &str| json!({ "ref": name, "required_contexts": [], "auto_merge": false, "environment": "QA" });
    assert_eq!(post(&github, &client, "/deployments", body("none")).await.0, 422);
    assert_eq!(post(&github, &client, "/deployments", json!({ "ref": "main" })).await.0, 409);
    let mut merging = body(&sha);
    merging["auto_merge"] = json!(true);
    assert_eq!(post(&github, &client, "/deployments", merging).await.0, 202);
    for expected in 1..=2 {
        let (status, made) = post(&github, &client, "/deployments", body(&sha)).await;
        assert_eq!((status, &made["id"]), (201, &json!(expected)));
        let path = format!("/deployments/{expected}/statuses");
        assert_eq!(post(&github, &client, &path, json!({ "state": "fine" })).await.0, 422);
        let long = json!({ "state": "success", "description": "x".repeat(141) });
        assert_eq!(post(&github, &client, &path, long).await.0, 422);
        assert_eq!(post(&github, &client, &path, json!({ "state": "success" })).await.0, 201);
    }
    let deployments = github.deployments(REPOSITORY, "QA");
    assert_eq!(deployments[0].states(), ["success", "inactive"]);
    assert_eq!(deployments[1].states(), ["success"]);
    let url = format!("{}/repos/{REPOSITORY}/deployments", github.url());
    let reading = client.post(url).bearer_auth(READ_ONLY_TOKEN).json(&body(&sha));
    assert_eq!(reading.send().await.unwrap().status(), StatusCode::FORBIDDEN);
}
