//! The SSH key that the first mist added to the GitHub account of the person who set it up.

use mist_core::url::is_secure;
use mist_github::{
    GitHubKeys,
    keys::{FIRST_MIST, Key, Refused},
};
use secrecy::SecretString;

const API: &str = "https://api.github.com";

/// The SSH keys of the first mist at GitHub.
#[derive(Debug, Default)]
pub(crate) struct SshKeys {
    github: Option<GitHubKeys>,
    keys: Vec<Key>,
}

impl SshKeys {
    /// Finds the keys, if `get` has `GITHUB_ACCESS_TOKEN`. A problem is returned beside the keys and is no failure:
    /// hardly any account still has such a key.
    pub(crate) async fn find(get: impl Fn(&str) -> Option<String>) -> (Self, Option<String>) {
        let token = get("GITHUB_ACCESS_TOKEN").filter(|token| !token.trim().is_empty());
        let Some(token) = token else { return (Self::default(), None) };
        let api = get("GITHUB_API_URL").unwrap_or_else(|| API.to_owned());
        let stays = |why: &str| {
            let problem = format!("the SSH key `{FIRST_MIST}` at GitHub, if it exists: {why}");
            (Self::default(), Some(problem))
        };
        if !is_secure(&api) {
            return stays("GITHUB_API_URL must begin with https://, or the token could be read");
        }
        let github = match GitHubKeys::new(&api, SecretString::from(token.trim())) {
            Ok(github) => github,
            Err(problem) => return stays(&problem),
        };
        match github.titled(FIRST_MIST).await {
            Ok(keys) => (Self { github: Some(github), keys }, None),
            Err(refused) => stays(&problem(&refused)),
        }
    }

    /// Whether there is no key.
    pub(crate) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The keys, one line each.
    pub(crate) fn items(&self) -> impl Iterator<Item = String> {
        self.keys.iter().map(line)
    }

    /// Removes the keys. Returns the line and the result of each.
    pub(crate) async fn remove(&self) -> Vec<(String, Result<(), String>)> {
        let Some(github) = &self.github else { return Vec::new() };
        let mut removed = Vec::new();
        for key in &self.keys {
            let result = github.remove(key.id).await.map_err(|refused| problem(&refused));
            removed.push((line(key), result));
        }
        removed
    }
}

fn line(key: &Key) -> String {
    format!("SSH key `{}` ({}) at GitHub", key.title, key.id)
}

fn problem(refused: &Refused) -> String {
    match refused {
        Refused::NotAllowed(answer) => {
            format!("{answer}; the token needs the scope admin:public_key")
        }
        Refused::Failed(problem) => problem.clone(),
    }
}

#[cfg(test)]
mod tests {
    use axum::{
        Json, Router,
        http::StatusCode,
        routing::{delete, get},
    };
    use serde_json::{Value, json};
    use tokio::net::TcpListener;

    use super::*;

    /// A GitHub that lists `keys` and answers every removal with `removal`.
    async fn github(keys: Value, removal: StatusCode) -> (SshKeys, Option<String>) {
        let list = async move || Json(keys);
        let router = Router::new()
            .route("/user/keys", get(list))
            .route("/user/keys/{id}", delete(async move || removal));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let api = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async { axum::serve(listener, router).await });
        SshKeys::find(|name| match name {
            "GITHUB_ACCESS_TOKEN" => Some("TOP-SECRET".to_owned()),
            _ => Some(api.clone()),
        })
        .await
    }

    fn both() -> Value {
        json!([{ "id": 1, "title": "laptop" }, { "id": 2, "title": "MIST Deployment" }])
    }

    #[tokio::test]
    async fn only_the_key_of_the_first_mist_is_removed() {
        let (keys, problem) = github(both(), StatusCode::NO_CONTENT).await;
        assert_eq!(problem, None);
        let line = "SSH key `MIST Deployment` (2) at GitHub";
        assert_eq!(keys.items().collect::<Vec<_>>(), [line]);
        assert_eq!(keys.remove().await, [(line.to_owned(), Ok(()))]);
    }

    #[tokio::test]
    async fn a_token_that_may_not_remove_keys_is_reported_with_the_missing_scope() {
        let (keys, _) = github(both(), StatusCode::NOT_FOUND).await;
        let removed = keys.remove().await;
        let problem = removed[0].1.as_ref().unwrap_err();
        assert!(problem.contains("needs the scope admin:public_key"), "{problem}");
    }

    #[tokio::test]
    async fn an_answer_that_lists_no_keys_is_a_problem_and_no_failure() {
        let (keys, problem) = github(json!({ "message": "odd" }), StatusCode::OK).await;
        let problem = problem.unwrap();
        assert!(keys.is_empty() && problem.contains("GitHub answered no keys"), "{problem}");
        assert!(!problem.contains("TOP-SECRET"));
    }

    #[tokio::test]
    async fn without_a_token_github_is_not_called() {
        let (keys, problem) = SshKeys::find(|_| None).await;
        assert!(keys.is_empty() && problem.is_none());
    }

    #[tokio::test]
    async fn a_token_is_not_sent_over_plain_http() {
        let get = |name: &str| match name {
            "GITHUB_API_URL" => Some("http://github.example.com/api/v3".to_owned()),
            _ => Some("TOP-SECRET".to_owned()),
        };
        let (keys, problem) = SshKeys::find(get).await;
        let problem = problem.unwrap();
        assert!(problem.contains("must begin with https://"), "{problem}");
        assert!(keys.is_empty() && !problem.contains("TOP-SECRET"));
    }
}
