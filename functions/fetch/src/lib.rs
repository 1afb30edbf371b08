//! Fetches a commit from GitHub, and packs it into a bundle in the artifact bucket.

#[cfg(test)]
mod tests;

use mist_bundle::{IGNORE_FILE, Ignored};
use mist_core::{
    error::Error,
    names::VersionLabel,
    ports::{
        Access, Artifacts, Bundles, Clock, DeploymentState, DeploymentStatus, Deployments, Locks,
        NewDeployment, Repositories, Secrets, Stacks,
    },
    release::{
        console::execution_page,
        request::{Fetched, ReleaseRequest},
        state::StackState,
        steps,
    },
    stack::{
        artifact::Artifact,
        settings::{ArtifactBucket, Stack},
        source::{Commit, GitHub, Sha, commit_of, fetched_key},
    },
};
use serde::{Deserialize, Serialize};

/// The ports of this function.
#[derive(Debug)]
pub struct Ports<S, K, G, B, L, C> {
    /// The configuration of stacks.
    pub stacks: S,
    /// The secrets, of which this reads the token of GitHub.
    pub secrets: K,
    /// The repositories and deployments on GitHub.
    pub github: G,
    /// The artifact bucket.
    pub bucket: B,
    /// The locks of stacks, with the live versions.
    pub locks: L,
    /// The time.
    pub clock: C,
}

/// The release whose version is fetched.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// Its request, which names a branch, tag or commit.
    pub release: ReleaseRequest,
}

/// The fetched version.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// The request, with its version `git-SHA-MILLIS` and its bundle.
    pub release: ReleaseRequest,
    /// The commit.
    pub commit: Sha,
    /// The size of the bundle in bytes.
    pub size: u64,
    /// Whether the bundle existed already.
    pub already_there: bool,
    /// The warnings for people.
    pub warnings: Vec<String>,
}

/// Fetches the commit, unless its bundle exists.
pub async fn run(
    Ports { stacks, secrets, github: repositories, bucket, locks, clock }: &Ports<
        impl Stacks,
        impl Secrets,
        impl Repositories + Deployments,
        impl Artifacts + Bundles,
        impl Locks,
        impl Clock,
    >,
    Request { release }: Request,
) -> Result<Response, Error> {
    let invalid = |problem: &str| Error::InvalidInput { problem: problem.to_owned() };
    let name = release.fetch.as_ref().ok_or_else(|| invalid("release.fetch: missing"))?;
    let holder = release.holder.as_ref();
    let holder = holder.ok_or_else(|| invalid("release.holder: missing"))?;
    let state = steps::hold(locks, clock, &release.stack, holder).await?;
    let stack = stacks.load(&release.stack).await?;
    let github = stack.settings.github.as_ref();
    let github = github
        .ok_or_else(|| invalid("the stack has no repository; configure `github` in mist.yaml"))?;
    let token = secrets.read(&github.token_secret).await?;
    let access = Access { github, token: &token };
    let commit = repositories.commit(access, name).await?;
    let version = commit.label()?;
    let mut deployment = ShownDeployment::new(repositories, access, &stack, &release.execution.id);
    if github.deployments && goes_live(&state, &release) {
        deployment.begin(&commit, &version, &release.user).await;
    }
    let key = fetched_key(&stack.application, &version);
    let place = (&stack.artifacts, key.as_str());
    let (artifact, already_there) =
        bundle((repositories, bucket), access, &commit.sha, place).await?;
    deployment.set_status(DeploymentState::InProgress, "the bundle is ready").await;
    let mut warnings = deployment.warnings;
    let changelog = match changelog(repositories, &state, access, &commit).await {
        Ok(changelog) => changelog,
        Err(error) => {
            warnings.push(format!("the changelog is unknown: {error}"));
            None
        }
    };
    for warning in &warnings {
        tracing::warn!(stack.name = %stack.name, "{warning}");
    }
    tracing::info!(
        stack.name = %stack.name, version.label = %version,
        "`{name}` of `{}` is `{version}`", github.repository
    );
    let Artifact { key, checksum, size, .. } = artifact;
    let fetched = Fetched { key, checksum, commit: commit.sha.to_string(), changelog };
    let release =
        ReleaseRequest { version: Some(version), fetched: Some(fetched), ..release.clone() };
    Ok(Response { release, commit: commit.sha, size, already_there, warnings })
}

/// Whether the version goes live: without an environment in the request, or in place.
fn goes_live(state: &StackState, release: &ReleaseRequest) -> bool {
    let Some(environment) = &release.environment else { return true };
    let live = state.live.as_ref();
    release.in_place && live.is_some_and(|live| live.environment == *environment)
}

/// The bundle of `commit`, and whether it existed already.
async fn bundle(
    (github, bucket): (&impl Repositories, &(impl Artifacts + Bundles)),
    access: Access<'_>,
    commit: &Sha,
    (artifacts, key): (&ArtifactBucket, &str),
) -> Result<(Artifact, bool), Error> {
    match bucket.find(&artifacts.bucket, key, None).await {
        Ok(artifact) => return Ok((artifact, true)),
        Err(Error::ArtifactMissing { .. }) => {}
        Err(error) => return Err(error),
    }
    let GitHub { repository, .. } = access.github;
    let ignored = match github.file(access, commit, IGNORE_FILE).await? {
        None => Ignored::nothing(),
        Some(text) => Ignored::parse(&text).map_err(|problem| Error::UnfitArchive {
            repository: repository.to_string(),
            commit: commit.to_string(),
            problem,
        })?,
    };
    let archive = github.archive(access, commit).await?;
    let upload = bucket.begin(&artifacts.bucket, key).await?;
    let packed = mist_bundle::transfer(archive, ignored, upload, (repository.as_str(), commit));
    Ok((packed.await?, false))
}

/// The changes since the live version; `None` if that was not fetched.
async fn changelog(
    github: &impl Repositories,
    state: &StackState,
    access: Access<'_>,
    commit: &Commit,
) -> Result<Option<String>, Error> {
    let live = state.live.as_ref().and_then(|live| live.version.as_deref());
    let Some(base) = live.and_then(commit_of) else { return Ok(None) };
    Ok(Some(github.changes(access, &base, &commit.sha).await?.changelog()))
}

/// The deployment that GitHub shows. Its errors are warnings.
struct ShownDeployment<'a, G> {
    github: &'a G,
    access: Access<'a>,
    stack: &'a Stack,
    execution: &'a str,
    number: Option<u64>,
    warnings: Vec<String>,
}

impl<'a, G: Deployments> ShownDeployment<'a, G> {
    fn new(github: &'a G, access: Access<'a>, stack: &'a Stack, execution: &'a str) -> Self {
        Self { github, access, stack, execution, number: None, warnings: Vec::new() }
    }

    /// Creates it, unless an earlier call of this execution did.
    async fn begin(&mut self, commit: &Commit, version: &VersionLabel, user: &str) {
        let environment = self.stack.name.to_string();
        // If the branch moves between two calls, the deployment of the first one has another version.
        let version_found = Some(version.as_str());
        let found =
            self.github.find(self.access, &environment, self.execution, version_found).await;
        if let Some(Some(number)) = self.warn(found) {
            self.number = Some(number);
            return;
        }
        // If the search fails, so would the creation.
        if !self.warnings.is_empty() {
            return;
        }
        let deployment = NewDeployment {
            commit: commit.sha.clone(),
            environment,
            execution: self.execution.to_owned(),
            version: version.to_string(),
            description: format!("released by {user}"),
        };
        let created = self.github.create(self.access, &deployment).await;
        self.number = self.warn(created);
        self.set_status(DeploymentState::Queued, "the bundle is being packed").await;
    }

    async fn set_status(&mut self, state: DeploymentState, description: &str) {
        let Some(number) = self.number else { return };
        let status = DeploymentStatus {
            state,
            description: description.to_owned(),
            log_url: execution_page(self.execution).unwrap_or_default(),
            environment_url: self.stack.url(),
        };
        let set = self.github.set_status(self.access, number, &status).await;
        self.warn(set);
    }

    /// The value of `outcome`; an error becomes a warning.
    fn warn<T>(&mut self, outcome: Result<T, Error>) -> Option<T> {
        outcome
            .map_err(|error| {
                self.warnings.push(format!("GitHub may not show this deployment: {error}"));
            })
            .ok()
    }
}
