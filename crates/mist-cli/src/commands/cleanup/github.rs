//! The SSH key that the first mist put into the GitHub account of whoever set it up.

use mist_core::url::is_secure;
use mist_web::{
    GitHubKeys,
    github_keys::{FIRST_MIST, Key, Refused},
};
use secrecy::SecretString;

use super::remove::Outcome;

const API: &str = "https://api.github.com";

/// The keys of the first mist.
#[derive(Debug, Default)]
pub(super) struct OldKeys {
    github: Option<GitHubKeys>,
    keys: Vec<Key>,
}

impl OldKeys {
    /// Looks for them, if `get` has `GITHUB_ACCESS_TOKEN`. What keeps it from that is told, and is no failure: hardly
    /// anybody has such a key any more.
    pub(super) async fn look(get: impl Fn(&str) -> Option<String>) -> (Self, Option<String>) {
        let token = get("GITHUB_ACCESS_TOKEN").filter(|token| !token.trim().is_empty());
        let Some(token) = token else { return (Self::default(), None) };
        let api = get("GITHUB_API_URL").unwrap_or_else(|| API.to_owned());
        let stays = |why: &str| {
            let words = format!("the SSH key `{FIRST_MIST}` at GitHub, if there is one: {why}");
            (Self::default(), Some(words))
        };
        if !is_secure(&api) {
            return stays("GITHUB_API_URL must begin with https://, for the token's sake");
        }
        let github = match GitHubKeys::new(&api, SecretString::from(token.trim())) {
            Ok(github) => github,
            Err(problem) => return stays(&problem),
        };
        match github.titled(FIRST_MIST).await {
            Ok(keys) => (Self { github: Some(github), keys }, None),
            Err(refused) => stays(&told(&refused)),
        }
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The keys, one line each.
    pub(super) fn items(&self) -> impl Iterator<Item = String> {
        self.keys.iter().map(line)
    }

    /// Takes them away.
    pub(super) async fn remove(&self, outcome: &mut Outcome) {
        let Some(github) = &self.github else { return };
        for key in &self.keys {
            let ended = github.remove(key.id).await.map_err(|refused| told(&refused));
            outcome.note(line(key), ended);
        }
    }
}

fn line(key: &Key) -> String {
    format!("SSH key `{}` ({}) at GitHub", key.title, key.id)
}

fn told(refused: &Refused) -> String {
    match refused {
        Refused::NotAllowed(answer) => {
            format!("{answer}; the token needs the scope admin:public_key for that")
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

    /// A GitHub that answers a question for keys with `keys`, and every removal with `removal`.
    async fn github(keys: Value, removal: StatusCode) -> (OldKeys, Option<String>) {
        let list = async move || Json(keys);
        let router = Router::new()
            .route("/user/keys", get(list))
            .route("/user/keys/{id}", delete(async move || removal));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let api = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async { axum::serve(listener, router).await });
        OldKeys::look(|name| match name {
            "GITHUB_ACCESS_TOKEN" => Some("TOP-SECRET".to_owned()),
            _ => Some(api.clone()),
        })
        .await
    }

    fn both() -> Value {
        json!([{ "id": 1, "title": "laptop" }, { "id": 2, "title": "MIST Deployment" }])
    }

    #[tokio::test]
    async fn the_key_of_the_first_mist_goes_and_others_stay() {
        let (keys, problem) = github(both(), StatusCode::NO_CONTENT).await;
        assert_eq!(problem, None);
        let line = "SSH key `MIST Deployment` (2) at GitHub";
        assert_eq!(keys.items().collect::<Vec<_>>(), [line]);
        let mut outcome = Outcome::default();
        keys.remove(&mut outcome).await;
        assert_eq!((outcome.removed, outcome.failed), (vec![line.to_owned()], vec![]));
    }

    #[tokio::test]
    async fn a_token_that_may_look_and_not_remove_is_told_with_what_it_lacks() {
        let (keys, _) = github(both(), StatusCode::NOT_FOUND).await;
        let mut outcome = Outcome::default();
        keys.remove(&mut outcome).await;
        assert_eq!(outcome.removed, Vec::<String>::new());
        assert!(outcome.failed[0].contains("needs the scope admin:public_key"), "{outcome:?}");
    }

    #[tokio::test]
    async fn where_github_cannot_be_asked_the_rest_goes_on() {
        let (keys, problem) = github(json!({ "message": "odd" }), StatusCode::OK).await;
        let problem = problem.unwrap();
        assert!(keys.is_empty() && problem.contains("GitHub answered no keys"), "{problem}");
        assert!(!problem.contains("TOP-SECRET"));
    }

    #[tokio::test]
    async fn without_a_token_nobody_is_asked() {
        let (keys, problem) = OldKeys::look(|_| None).await;
        assert!(keys.is_empty() && problem.is_none());
    }

    #[tokio::test]
    async fn a_token_is_not_sent_where_others_can_read_it() {
        let get = |name: &str| match name {
            "GITHUB_API_URL" => Some("http://github.example.com/api/v3".to_owned()),
            _ => Some("TOP-SECRET".to_owned()),
        };
        let (keys, problem) = OldKeys::look(get).await;
        let problem = problem.unwrap();
        assert!(problem.contains("must begin with https://"), "{problem}");
        assert!(keys.is_empty() && !problem.contains("TOP-SECRET"));
    }
}
