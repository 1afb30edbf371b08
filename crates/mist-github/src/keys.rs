//! The SSH keys of a GitHub user. The first mist added one for its deployments.

use std::time::Duration;

use reqwest::{Client, RequestBuilder, StatusCode};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

/// The title of the key that the first mist added.
pub const FIRST_MIST: &str = "MIST Deployment";

const TIMEOUT: Duration = Duration::from_secs(10);
const PER_PAGE: usize = 100;

// No user has more keys.
const MOST_PAGES: usize = 50;

/// The SSH keys of the owner of a token.
#[derive(Debug)]
pub struct GitHubKeys {
    client: Client,
    api: String,
    token: SecretString,
}

/// An SSH key.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize)]
pub struct Key {
    /// The id at GitHub.
    pub id: u64,
    /// The title that its owner chose.
    pub title: String,
}

/// The reason why the keys cannot be read or changed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Refused {
    /// The token is invalid, or lacks a permission.
    NotAllowed(String),
    /// Another failure.
    Failed(String),
}

impl GitHubKeys {
    /// Uses the API at `api`, such as `https://api.github.com`, with `token`.
    pub fn new(api: &str, token: SecretString) -> Result<Self, String> {
        let client = mist_http::client().timeout(TIMEOUT).build();
        let client = client.map_err(|error| error.to_string())?;
        Ok(Self { client, api: api.trim_end_matches('/').to_owned(), token })
    }

    /// All keys with the title `title`.
    pub async fn titled(&self, title: &str) -> Result<Vec<Key>, Refused> {
        let mut found = Vec::new();
        for page in 1..=MOST_PAGES {
            let url = format!("{}/user/keys?per_page={PER_PAGE}&page={page}", self.api);
            let answer = self.send(self.client.get(url)).await?;
            let keys: Vec<Key> = answer.json().await.map_err(|error| {
                Refused::Failed(format!("GitHub answered no keys: {}", error.without_url()))
            })?;
            let last = keys.len() < PER_PAGE;
            found.extend(keys.into_iter().filter(|key| key.title == title));
            if last {
                break;
            }
        }
        Ok(found)
    }

    /// Removes the key `id`. GitHub answers the same for a missing key and a missing permission: both are
    /// [`Refused::NotAllowed`].
    pub async fn remove(&self, id: u64) -> Result<(), Refused> {
        let url = format!("{}/user/keys/{id}", self.api);
        self.send(self.client.delete(url)).await.map(drop)
    }

    async fn send(&self, request: RequestBuilder) -> Result<reqwest::Response, Refused> {
        let request = request
            .bearer_auth(self.token.expose_secret())
            .header("Accept", "application/vnd.github+json")
            .header("X-GitHub-Api-Version", "2022-11-28");
        let answer = request.send().await.map_err(|error| {
            Refused::Failed(format!("GitHub did not answer: {}", error.without_url()))
        })?;
        match answer.status() {
            status if status.is_success() => Ok(answer),
            // GitHub answers 404 for what a token cannot read.
            status @ (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND) => {
                Err(Refused::NotAllowed(format!("GitHub answered {status}")))
            }
            status => Err(Refused::Failed(format!("GitHub answered {status}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use axum::{
        Json, Router,
        extract::{Path, Query, State},
        http::HeaderMap,
        routing::{delete, get},
    };
    use serde_json::{Value, json};
    use tokio::net::TcpListener;

    use super::*;

    type Keys = Arc<Mutex<Vec<Value>>>;

    #[derive(Deserialize)]
    struct Page {
        page: usize,
        per_page: usize,
    }

    fn known(headers: &HeaderMap) -> Result<(), StatusCode> {
        let is = |name, value: &str| headers.get(name).is_some_and(|it| it == value);
        let agent = headers.get("user-agent").and_then(|it| it.to_str().ok());
        let good = is("authorization", "Bearer TOKEN")
            && is("x-github-api-version", "2022-11-28")
            && agent.is_some_and(|agent| agent.starts_with("mist/"));
        if good { Ok(()) } else { Err(StatusCode::UNAUTHORIZED) }
    }

    async fn list(
        headers: HeaderMap,
        Query(Page { page, per_page }): Query<Page>,
        State(keys): State<Keys>,
    ) -> Result<Json<Vec<Value>>, StatusCode> {
        known(&headers)?;
        let keys = keys.lock().unwrap();
        Ok(Json(keys.iter().skip((page - 1) * per_page).take(per_page).cloned().collect()))
    }

    async fn remove(
        headers: HeaderMap,
        Path(id): Path<u64>,
        State(keys): State<Keys>,
    ) -> Result<StatusCode, StatusCode> {
        known(&headers)?;
        let mut keys = keys.lock().unwrap();
        let before = keys.len();
        keys.retain(|key| key["id"] != id);
        if keys.len() < before { Ok(StatusCode::NO_CONTENT) } else { Err(StatusCode::NOT_FOUND) }
    }

    async fn github(token: &str) -> (GitHubKeys, Keys) {
        let title = |id: u64| if id == 150 { FIRST_MIST } else { "laptop" };
        let all =
            (1..=230).map(|id| json!({ "id": id, "title": title(id), "key": "ssh-rsa AAAA" }));
        let keys: Keys = Arc::new(Mutex::new(all.collect()));
        let router = Router::new()
            .route("/user/keys", get(list))
            .route("/user/keys/{id}", delete(remove))
            .with_state(Arc::clone(&keys));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let api = format!("http://{}/", listener.local_addr().unwrap());
        tokio::spawn(async { axum::serve(listener, router).await });
        (GitHubKeys::new(&api, SecretString::from(token.to_owned())).unwrap(), keys)
    }

    #[tokio::test]
    async fn finds_the_key_on_a_later_page_and_removes_it_alone() {
        let (github, keys) = github("TOKEN").await;
        let found = github.titled(FIRST_MIST).await.unwrap();
        assert_eq!(found, [Key { id: 150, title: FIRST_MIST.to_owned() }]);
        github.remove(150).await.unwrap();
        assert_eq!(keys.lock().unwrap().len(), 229);
        assert_eq!(github.titled(FIRST_MIST).await.unwrap(), []);
        let again = github.remove(150).await.unwrap_err();
        assert!(matches!(again, Refused::NotAllowed(_)), "{again:?}");
    }

    #[tokio::test]
    async fn a_refused_token_is_an_error_of_its_own_and_not_shown() {
        let (github, _) = github("SECRET-OTHER").await;
        let refused = github.titled(FIRST_MIST).await.unwrap_err();
        let told = Refused::NotAllowed("GitHub answered 401 Unauthorized".to_owned());
        assert_eq!(refused, told);
        assert!(!format!("{github:?}").contains("SECRET-OTHER"));
    }
}
