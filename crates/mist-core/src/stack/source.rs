//! The source of a stack's newest version: uploads, Beanstalk's versions, or a repository on GitHub.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    error::Error,
    names::{VersionLabel, text},
    url::is_secure,
};

/// The source of the version if a request names none.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Source {
    /// The bundle that was last uploaded for the stack.
    #[default]
    S3,
    /// The newest application version that Beanstalk has.
    Versions,
    /// A branch, tag or commit of a repository on GitHub.
    Github,
}

impl Source {
    /// Whether it is the default.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// A repository on GitHub that versions are fetched from.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GitHub {
    /// The repository: `OWNER/NAME`.
    pub repository: RepositoryName,
    /// The branch, tag or commit to release if a request names none.
    #[serde(default = "default_ref", rename = "ref")]
    pub git_ref: GitRef,
    /// The name of the secret in Secrets Manager with the token: a personal or fine-grained token, or that of an
    /// app's installation. It needs read access to contents, and write access to deployments if `deployments` is on.
    #[serde(default = "default_token")]
    pub token_secret: String,
    /// The address of the API. For an Enterprise Server: `https://HOST/api/v3`.
    #[serde(default = "default_api")]
    pub api_url: String,
    /// Whether releases are shown as deployments in the repository.
    #[serde(default = "default_deployments")]
    pub deployments: bool,
}

impl GitHub {
    /// Checks what would otherwise fail during a release. The error names the field.
    pub(crate) fn check(&self) -> Result<(), String> {
        // Not any of mist's secrets: the token is sent to `api_url`, which the same person configures.
        if !self.token_secret.starts_with("mist/github") {
            return Err(
                "github.tokenSecret: must begin with `mist/github`: no other secret is sent to `apiUrl`"
                    .to_owned(),
            );
        }
        if !is_secure(&self.api_url) {
            return Err(
                "github.apiUrl: must begin with `https://`, to protect the token".to_owned()
            );
        }
        Ok(())
    }
}

fn default_ref() -> GitRef {
    GitRef("main".to_owned())
}

fn default_token() -> String {
    "mist/github".to_owned()
}

fn default_api() -> String {
    "https://api.github.com".to_owned()
}

fn default_deployments() -> bool {
    true
}

/// The name of a repository: `OWNER/NAME`, of letters, digits, `-`, `_` and `.`.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(extend("pattern" = "^[A-Za-z0-9._-]{1,100}/[A-Za-z0-9._-]{1,100}$")))]
#[serde(try_from = "String", into = "String")]
pub struct RepositoryName(String);

impl TryFrom<String> for RepositoryName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let allowed = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
        let part = |part: &str| {
            (1..=100).contains(&part.len())
                && part.chars().all(allowed)
                && part != "."
                && part != ".."
        };
        match text.split_once('/') {
            Some((owner, name)) if part(owner) && part(name) => Ok(Self(text)),
            _ => Err(format!("`{text}` is not a repository: `OWNER/NAME`")),
        }
    }
}

/// The name of a branch, a tag or a commit, as git allows it.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct GitRef(String);

impl TryFrom<String> for GitRef {
    type Error = String;

    // The rules of `git check-ref-format` against names with another meaning.
    fn try_from(text: String) -> Result<Self, String> {
        let forbidden = |letter: char| {
            letter.is_control() || letter.is_whitespace() || "~^:?*[\\".contains(letter)
        };
        let ends = text.starts_with(['-', '/']) || text.ends_with(['/', '.']);
        let parts = text.split('/').any(|part| {
            part.is_empty() || part.starts_with('.') || part.strip_suffix(".lock").is_some()
        });
        let odd = text.contains("..") || text.contains("@{");
        if text.len() > 200 || text.contains(forbidden) || ends || parts || odd {
            return Err(format!("`{text}` is not a branch, tag or commit"));
        }
        Ok(Self(text))
    }
}

/// A commit: its name, and the time of its commit.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Commit {
    /// The name: 40 hexadecimal digits, or 64 in a repository with SHA-256.
    pub sha: Sha,
    /// The time of the commit; the author may have written it earlier.
    pub committed_at: Timestamp,
}

impl Commit {
    /// The label of its version: `git-SHA-MILLIS`. It is the same each time, and its time orders the commits.
    pub fn label(&self) -> Result<VersionLabel, Error> {
        let label = format!("git-{}-{}", self.sha, self.committed_at.as_millisecond());
        label.parse().map_err(|problem| Error::InvalidInput { problem })
    }
}

/// The key of the fetched bundle of version `label`. Stacks of one application share it, as they share the labels.
/// No upload to it starts a release.
pub fn fetched_key(application: &str, label: &VersionLabel) -> String {
    format!("{FETCHED}/{application}/{label}.zip")
}

/// The first part of the keys of fetched bundles.
pub const FETCHED: &str = "fetched";

/// The commit in the label of a version, `git-SHA-MILLIS`: mist and Beanstalk's `git aws.push` make such labels. `None`
/// for every other label.
pub fn commit_of(label: &str) -> Option<Sha> {
    let (sha, millis) = label.strip_prefix("git-")?.rsplit_once('-')?;
    let number = !millis.is_empty() && millis.bytes().all(|byte| byte.is_ascii_digit());
    number.then(|| Sha::try_from(sha.to_owned()).ok())?
}

/// The name of a commit, or its beginning: 7 to 64 hexadecimal digits in lower case.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Sha(String);

impl TryFrom<String> for Sha {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if (7..=64).contains(&text.len()) && text.bytes().all(hex) {
            Ok(Self(text))
        } else {
            Err(format!("`{text}` is not the name of a commit"))
        }
    }
}

text!(RepositoryName, GitRef, Sha);

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_the_repository_is_required() {
        let github: GitHub = serde_json::from_value(json!({"repository": "demo/shop"})).unwrap();
        assert_eq!(github.git_ref.as_str(), "main");
        assert_eq!(github.token_secret, "mist/github");
        assert_eq!(github.api_url, "https://api.github.com");
        assert!(github.deployments);
        assert!(github.check().is_ok());
    }

    #[test]
    fn refuses_a_name_that_is_no_repository() {
        for name in ["shop", "demo/shop/x", "/shop", "demo/", "demo/..", "de mo/shop", "../shop"] {
            assert!(name.parse::<RepositoryName>().is_err(), "{name}");
        }
        assert!("demo-1/my.shop_2".parse::<RepositoryName>().is_ok());
    }

    #[test]
    fn refuses_a_name_that_is_no_ref() {
        for name in ["", "a b", "a..b", "/a", "a/", "-a", "a~1", "a@{1}", "a.lock", "a//b", "a\n"] {
            assert!(name.parse::<GitRef>().is_err(), "{name:?}");
        }
        for name in ["main", "v1.2", "feature/new-basket", "refs/heads/main", "a1b2c3d", "ünïcode"]
        {
            assert!(name.parse::<GitRef>().is_ok(), "{name}");
        }
    }

    #[test]
    fn the_label_of_a_commit_has_its_name_and_its_time() {
        let commit = Commit {
            sha: "0123456789abcdef0123456789abcdef01234567".parse().unwrap(),
            committed_at: "2026-01-02T03:04:05Z".parse().unwrap(),
        };
        let label = commit.label().unwrap();
        assert_eq!(label.as_str(), "git-0123456789abcdef0123456789abcdef01234567-1767323045000");
        assert_eq!(commit_of(label.as_str()), Some(commit.sha));
        let key = "fetched/Demo/git-0123456789abcdef0123456789abcdef01234567-1767323045000.zip";
        assert_eq!(fetched_key("Demo", &label), key);
    }

    #[test]
    fn other_labels_name_no_commit() {
        for label in ["v2", "git-v2-1", "git-0123456", "git-0123456-", "git-0123456-x", "git-012-1"]
        {
            assert_eq!(commit_of(label), None, "{label}");
        }
    }
}
