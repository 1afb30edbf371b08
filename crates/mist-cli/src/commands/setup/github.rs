//! The repository on GitHub: whether the token can read it and the ref exists.

use mist_core::{
    error::Error,
    ports::{Access, Repositories, Secrets},
    stack::{settings::Stack, source::Source},
};
use secrecy::SecretString;

use super::{finding::Finding, secrets::given_or_stored};

/// The name of the check.
pub(super) const CHECK: &str = "GitHub";

/// Reads the commit that `stack` would release from its repository, with `given`, the token that is going to be
/// stored, or else with the stored token.
pub(super) async fn check(
    repositories: &impl Repositories,
    secrets: &impl Secrets,
    stack: &Stack,
    given: Option<&SecretString>,
) -> Finding {
    let about = stack.name.as_str();
    let Some(github) = &stack.settings.github else {
        return Finding::skipped(about, CHECK, "mist.yaml names no repository");
    };
    let token = match given_or_stored(given, secrets, &github.token_secret).await {
        Ok(token) => token,
        // A missing secret is a finding of its own.
        Err(error) => return Finding::skipped(about, CHECK, format!("no token: {error}")),
    };
    let access = Access { github, token: &token };
    let (repository, name) = (&github.repository, &github.git_ref);
    match repositories.commit(access, name).await {
        Ok(commit) => {
            Finding::good(about, CHECK, format!("`{name}` of {repository} is at {}", commit.sha))
        }
        Err(error @ (Error::Throttled { .. } | Error::ServiceUnavailable { .. })) => {
            let remedy = "run this again later";
            Finding::warning(about, CHECK, error.to_string(), remedy)
        }
        // Only releases with `--ref` use the repository in this case.
        Err(error @ Error::RefMissing { .. }) if stack.settings.source != Source::Github => {
            let remedy = format!("correct `stacks.{about}.github.ref` in mist.yaml");
            Finding::warning(about, CHECK, error.to_string(), remedy)
        }
        Err(error) => Finding::blocking(
            about,
            CHECK,
            error.to_string(),
            format!(
                "correct `stacks.{about}.github` in mist.yaml (repository, ref, apiUrl), or the token in \
                 secret {}: the token must have read access to the contents of the repository",
                github.token_secret
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use mist_core::stack::source::{Commit, Sha};
    use mist_testkit::{FakeGitHub, FakeSecrets, stack_on_github};

    use super::{super::finding::Verdict, *};

    async fn checked(github: &FakeGitHub, secrets: &FakeSecrets, given: Option<&str>) -> Finding {
        let given = given.map(SecretString::from);
        check(github, secrets, &stack_on_github().unwrap(), given.as_ref()).await
    }

    #[tokio::test]
    async fn an_existing_ref_is_good_and_names_its_commit() {
        let github = FakeGitHub::default();
        let sha: Sha = "0123456789abcdef0123456789abcdef01234567".parse().unwrap();
        github.put("main", Commit { sha, committed_at: Timestamp::UNIX_EPOCH }, b"");
        let finding = checked(&github, &FakeSecrets::default(), Some("token")).await;
        let expected = "`main` of demo/shop is at 0123456789abcdef0123456789abcdef01234567";
        assert_eq!((finding.verdict, finding.found.as_str()), (Verdict::Good, expected));
    }

    #[tokio::test]
    async fn an_unknown_ref_or_an_invalid_token_blocks_with_a_remedy() {
        for token in ["token", "wrong"] {
            let finding =
                checked(&FakeGitHub::default(), &FakeSecrets::default(), Some(token)).await;
            assert_eq!(finding.verdict, Verdict::Blocking, "{finding:?}");
            let remedy = finding.remedy.unwrap();
            assert!(
                remedy.contains("`stacks.QA.github`") && remedy.contains("mist/github"),
                "{remedy}"
            );
        }
    }

    #[tokio::test]
    async fn without_a_token_the_check_is_skipped() {
        let finding = checked(&FakeGitHub::default(), &FakeSecrets::default(), None).await;
        assert_eq!(finding.verdict, Verdict::Skipped);
        assert!(finding.found.starts_with("no token: secret `mist/github`"), "{finding:?}");
    }

    #[tokio::test]
    async fn without_a_repository_the_check_is_skipped() {
        let stack = mist_testkit::stack().unwrap();
        let finding = check(&FakeGitHub::default(), &FakeSecrets::default(), &stack, None).await;
        assert_eq!(finding.verdict, Verdict::Skipped);
    }
}
