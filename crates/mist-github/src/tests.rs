//! Calls to the GitHub of the local cloud.

use mist_core::{
    ports::{
        Access, Changes, Chunks as _, DeploymentState, DeploymentStatus, Deployments as _,
        NewDeployment, Repositories as _,
    },
    stack::source::{GitHub, Sha},
};
use mist_local::github::{File, NewCommit, READ_ONLY_TOKEN, TOKEN, Trouble};
use secrecy::SecretString;

use super::*;

const REPOSITORY: &str = "demo/shop";
const EXECUTION: &str = "arn:aws:states:us-east-1:123456789012:execution:mist:release-1";

/// A GitHub with one repository, and the access to it.
struct Given {
    local: mist_local::GitHub,
    settings: GitHub,
    token: SecretString,
    api: GitHubApi,
}

impl Given {
    async fn new() -> Self {
        let local = mist_local::GitHub::start(0).await.unwrap();
        let settings = GitHub {
            repository: REPOSITORY.parse().unwrap(),
            git_ref: "main".parse().unwrap(),
            token_secret: "mist/github".to_owned(),
            api_url: local.url(),
            deployments: true,
        };
        Self { local, settings, token: SecretString::from(TOKEN), api: GitHubApi::new().unwrap() }
    }

    fn access(&self) -> Access<'_> {
        Access { github: &self.settings, token: &self.token }
    }

    fn commit(&self, message: &str) -> Sha {
        let files = [File::new("index.html", "<h1>Hello</h1>"), File::new(".ebignore", "docs/\n")];
        self.local.commit(REPOSITORY, "main", NewCommit::new(message, files)).parse().unwrap()
    }

    /// The error for `name`: `CODE: message`.
    async fn refused(&self, name: &str) -> String {
        let error = self.api.commit(self.access(), &name.parse().unwrap()).await.unwrap_err();
        let told = format!("{}: {error}", error.code());
        assert!(!format!("{told} {error:?}").contains(TOKEN), "{error:?}");
        told
    }
}

#[tokio::test]
async fn reads_the_commit_of_a_name_and_its_time() {
    let given = Given::new().await;
    let sha = given.commit("First");
    given.local.name(REPOSITORY, "feature/basket", sha.as_str());
    for name in ["main", "feature/basket", sha.as_str()] {
        let commit = given.api.commit(given.access(), &name.parse().unwrap()).await.unwrap();
        assert_eq!((&commit.sha, commit.committed_at.as_second()), (&sha, 1_767_323_044));
    }
}

#[tokio::test]
async fn tells_a_missing_name_from_a_missing_repository() {
    let mut given = Given::new().await;
    given.commit("First");
    let told = given.refused("none").await;
    assert_eq!(
        told,
        "Mist.RefMissing: repository `demo/shop` has no branch, tag or commit `none`; check `--ref`, or `github.ref` in mist.yaml"
    );
    given.settings.repository = "demo/other".parse().unwrap();
    let told = given.refused("main").await;
    assert_eq!(
        told,
        "Mist.RepositoryMissing: repository `demo/other` does not exist, or the token in secret `mist/github` has no access to it; check `github.repository` and the token"
    );
}

#[tokio::test]
async fn an_error_names_the_secret_of_a_refused_token() {
    let mut given = Given::new().await;
    given.commit("First");
    given.token = SecretString::from("ghp_expired");
    let told = given.refused("main").await;
    assert_eq!(
        told,
        "Mist.GitHubDenied: GitHub refused the token in secret `mist/github`: 401 Unauthorized: Bad credentials"
    );
}

#[tokio::test]
async fn throttling_and_failures_are_transient() {
    let given = Given::new().await;
    given.commit("First");
    for (trouble, expected) in [
        (Trouble::RateLimit, "Mist.Throttled"),
        (Trouble::SecondaryRateLimit, "Mist.Throttled"),
        (Trouble::Status(429), "Mist.Throttled"),
        (Trouble::Status(403), "Mist.GitHubDenied"),
        (Trouble::Status(502), "Mist.ServiceUnavailable"),
        (Trouble::Status(418), "Mist.ServiceFailed"),
    ] {
        given.local.fail_times("/commits/main", trouble, 1);
        let told = given.refused("main").await;
        assert!(told.starts_with(expected), "{trouble:?}: {told}");
    }
    let mut gone = Given::new().await;
    gone.settings.api_url = "http://127.0.0.1:1".to_owned();
    assert!(gone.refused("main").await.starts_with("Mist.ServiceUnavailable"));
}

#[tokio::test]
async fn reads_a_file_if_it_exists() {
    let given = Given::new().await;
    let sha = given.commit("First");
    let read = async |path: &str| given.api.file(given.access(), &sha, path).await;
    assert_eq!(read(".ebignore").await.unwrap().as_deref(), Some("docs/\n"));
    assert_eq!(read("none").await.unwrap(), None);
    let files = [File::new("big", vec![b'x'; 1024 * 1024 + 1]), File::new("odd", b"\xff\xfe")];
    let sha = given.local.commit(REPOSITORY, "main", NewCommit::new("Second", files));
    for (path, problem) in [("big", "`big` is larger than 1 MiB"), ("odd", "`odd` is not text")] {
        let error = given.api.file(given.access(), &sha.parse().unwrap(), path).await.unwrap_err();
        assert_eq!(error.code(), "Mist.UnfitArchive");
        assert!(error.to_string().ends_with(problem), "{error}");
    }
}

#[tokio::test]
async fn follows_the_redirect_of_an_archive_without_the_token() {
    let given = Given::new().await;
    let sha = given.commit("First");
    let mut archive = given.api.archive(given.access(), &sha).await.unwrap();
    let mut bytes = Vec::new();
    while let Some(chunk) = archive.next().await.unwrap() {
        bytes.extend(chunk);
    }
    assert!(bytes.starts_with(&[0x1f, 0x8b]));
    assert!(!given.local.received_a_token());
    assert_eq!(given.local.archives(REPOSITORY), 1);
}

#[tokio::test]
async fn an_incomplete_archive_is_an_error() {
    let given = Given::new().await;
    let files = [File::noise("noise", 1_000_000)];
    let sha =
        given.local.commit(REPOSITORY, "main", NewCommit::new("First", files)).parse().unwrap();
    given.local.fail_times("legacy.tar.gz", Trouble::BreaksOff(300_000), 1);
    let mut archive = given.api.archive(given.access(), &sha).await.unwrap();
    let error = loop {
        match archive.next().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("the archive seems complete"),
            Err(error) => break error,
        }
    };
    assert_eq!(error.code(), "Mist.ServiceUnavailable");
    assert!(!error.to_string().contains(TOKEN), "{error}");
}

#[tokio::test]
async fn changes_are_newest_first_across_pages() {
    let given = Given::new().await;
    let base = given.commit("Change 0");
    let mut head = base.clone();
    for number in 1..=123 {
        head = given.commit(&format!("Change {number}\n\nWith more words."));
    }
    let changes = given.api.changes(given.access(), &base, &head).await.unwrap();
    let titles: Vec<_> = changes.newest.iter().map(|it| it.title.as_str()).collect();
    assert_eq!((changes.total, changes.behind, titles.len()), (123, 0, Changes::MOST));
    assert_eq!((titles[0], titles[49]), ("Change 123", "Change 74"));
    let back = given.api.changes(given.access(), &head, &base).await.unwrap();
    assert_eq!((back.total, back.behind), (0, 123));
    let gone: Sha = "0123456789abcdef0123456789abcdef01234567".parse().unwrap();
    let error = given.api.changes(given.access(), &gone, &head).await.unwrap_err();
    assert_eq!(error.code(), "Mist.RefMissing");
}

fn new(commit: &Sha, execution: &str) -> NewDeployment {
    NewDeployment {
        commit: commit.clone(),
        environment: "QA".to_owned(),
        execution: execution.to_owned(),
        version: "git-1".to_owned(),
        description: "x".repeat(200),
    }
}

fn status(state: DeploymentState) -> DeploymentStatus {
    DeploymentStatus {
        state,
        description: "x".repeat(200),
        log_url: "https://console.example.com/run".to_owned(),
        environment_url: "https://qa.mist.test".to_owned(),
    }
}

#[tokio::test]
async fn a_deployment_is_found_again_by_its_execution() {
    let given = Given::new().await;
    let sha = given.commit("First");
    assert_eq!(given.api.find(given.access(), "QA", EXECUTION, None).await.unwrap(), None);
    given.api.create(given.access(), &new(&sha, "another")).await.unwrap();
    let number = given.api.create(given.access(), &new(&sha, EXECUTION)).await.unwrap();
    assert_eq!(given.api.find(given.access(), "QA", EXECUTION, None).await.unwrap(), Some(number));
    assert_eq!(given.api.find(given.access(), "UAT", EXECUTION, None).await.unwrap(), None);
}

#[tokio::test]
async fn a_status_is_set_once_and_older_deployments_become_inactive() {
    let given = Given::new().await;
    let sha = given.commit("First");
    // GitHub does not retire older deployments of this environment itself.
    let environment = "production";
    let open = async |execution| {
        let new = NewDeployment { environment: environment.to_owned(), ..new(&sha, execution) };
        given.api.create(given.access(), &new).await.unwrap()
    };
    let (first, second) = (open("first").await, open("second").await);
    for number in [first, second] {
        for state in
            [DeploymentState::Queued, DeploymentState::InProgress, DeploymentState::Success]
        {
            for _ in 0..2 {
                given.api.set_status(given.access(), number, &status(state)).await.unwrap();
            }
        }
    }
    for _ in 0..2 {
        given.api.retire(given.access(), environment, second).await.unwrap();
    }
    let told = given.local.deployments(REPOSITORY, environment);
    assert_eq!(told[0].states(), ["queued", "in_progress", "success", "inactive"]);
    assert_eq!(told[1].states(), ["queued", "in_progress", "success"]);
    assert_eq!(told[1].statuses[2].environment_url, "https://qa.mist.test");
    assert_eq!(told[1].statuses[2].log_url, "https://console.example.com/run");
}

#[tokio::test]
async fn a_token_without_write_permission_is_refused() {
    let mut given = Given::new().await;
    let sha = given.commit("First");
    given.token = SecretString::from(READ_ONLY_TOKEN);
    let error = given.api.create(given.access(), &new(&sha, EXECUTION)).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "GitHub refused the token in secret `mist/github`: 403 Forbidden: Resource not accessible by personal access token"
    );
}
