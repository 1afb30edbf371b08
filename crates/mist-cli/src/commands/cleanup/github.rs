//! The SSH key that the first mist put into the GitHub account of whoever set it up.

use mist_core::is_confidential;
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
        if !is_confidential(&api) {
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
    use super::*;

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
