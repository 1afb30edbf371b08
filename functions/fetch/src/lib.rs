//! Makes a bundle of a commit on GitHub, and puts it into the artifact bucket.

#[cfg(test)]
mod tests;

use mist_bundle::{IGNORE_FILE, Ignored};
use mist_core::{
    error::Error,
    names::VersionLabel,
    ports::{
        Access, Artifacts, Bundles, Clock, DeploymentState, Deployments, Locks, NewDeployment,
        Progress, Repositories, Secrets, Stacks, console_page,
    },
    release::{
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

/// Everything that a bundle is made with.
#[derive(Debug)]
pub struct Ports<S, K, G, B, L, C> {
    /// The configuration of stacks.
    pub stacks: S,
    /// The token.
    pub secrets: K,
    /// The repositories.
    pub github: G,
    /// The bucket that bundles are put into.
    pub bucket: B,
    /// The locks of stacks, which also tell what is live.
    pub locks: L,
    /// The time.
    pub clock: C,
}

/// The release whose source is fetched.
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
    /// The request, with the version that it turned out to be, `git-SHA-MILLIS`, and its bundle.
    pub release: ReleaseRequest,
    /// The commit.
    pub commit: Sha,
    /// The size of the bundle in bytes.
    pub size: u64,
    /// Whether it was there already.
    pub already_there: bool,
    /// What a person should know, and what stops nothing.
    pub warnings: Vec<String>,
}

/// Fetches the commit. A bundle that is there already is not made again.
pub async fn run<S, K, G, B, L, C>(
    ports: &Ports<S, K, G, B, L, C>,
    Request { release }: Request,
) -> Result<Response, Error>
where
    S: Stacks,
    K: Secrets,
    G: Repositories + Deployments,
    B: Artifacts + Bundles,
    L: Locks,
    C: Clock,
{
    let Ports { stacks, secrets, github: repositories, bucket, locks, clock } = ports;
    let invalid = |problem: &str| Error::InvalidInput { problem: problem.to_owned() };
    let name = release.fetch.as_ref().ok_or_else(|| invalid("release.fetch: names no ref"))?;
    let holder = release.holder.as_ref();
    let holder = holder.ok_or_else(|| invalid("release.holder: the release has no lock"))?;
    let state = steps::hold(locks, clock, &release.stack, holder).await?;
    let stack = stacks.load(&release.stack).await?;
    let github = stack.settings.github.as_ref();
    let github = github.ok_or_else(|| invalid("the stack has no `github` in its settings"))?;
    let token = secrets.read(&github.token_secret).await?;
    let access = Access { github, token: &token };
    let commit = repositories.commit(access, name).await?;
    let version = commit.label()?;
    let mut deployment = Shown::new(repositories, access, &stack, &release.execution.id);
    if github.deployments && users_get_it(&state, &release) {
        deployment.begin(&commit, &version, &release.user).await;
    }
    let key = fetched_key(&stack.application, &version);
    let place = (&stack.artifacts, key.as_str());
    let (artifact, already_there) =
        bundle((repositories, bucket), access, &commit.sha, place).await?;
    deployment.tell(DeploymentState::InProgress, "the bundle is made").await;
    let mut warnings = deployment.warnings;
    let changelog = match changelog(repositories, &state, access, &commit).await {
        Ok(changelog) => changelog,
        Err(error) => {
            warnings.push(format!("what changed cannot be told: {error}"));
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
    let Artifact { key, etag, size, .. } = artifact;
    let fetched = Fetched { key, etag, commit: commit.sha.to_string(), changelog };
    let release =
        ReleaseRequest { version: Some(version), fetched: Some(fetched), ..release.clone() };
    Ok(Response { release, commit: commit.sha, size, already_there, warnings })
}

/// Whether users get the version: one environment alone is only made ready, unless it is the live one.
fn users_get_it(state: &StackState, release: &ReleaseRequest) -> bool {
    let Some(environment) = &release.environment else { return true };
    let live = state.live.as_ref();
    release.in_place && live.is_some_and(|live| live.environment == *environment)
}

/// The bundle of `commit`, and whether it was there already.
async fn bundle(
    (github, bucket): (&impl Repositories, &(impl Artifacts + Bundles)),
    access: Access<'_>,
    commit: &Sha,
    (artifacts, key): (&ArtifactBucket, &str),
) -> Result<(Artifact, bool), Error> {
    match bucket.find(&artifacts.bucket, key).await {
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
    mist_bundle::transfer(archive, ignored, upload, (repository.as_str(), commit)).await?;
    Ok((bucket.find(&artifacts.bucket, key).await?, false))
}

/// What changed since the version that is live, if that was made of a commit as well.
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

/// The deployment, as the repository shows it. What goes wrong with it is a warning.
struct Shown<'a, G> {
    github: &'a G,
    access: Access<'a>,
    stack: &'a Stack,
    execution: &'a str,
    number: Option<u64>,
    warnings: Vec<String>,
}

impl<'a, G: Deployments> Shown<'a, G> {
    fn new(github: &'a G, access: Access<'a>, stack: &'a Stack, execution: &'a str) -> Self {
        Self { github, access, stack, execution, number: None, warnings: Vec::new() }
    }

    /// Makes it, unless an earlier call of this execution did.
    async fn begin(&mut self, commit: &Commit, version: &VersionLabel, user: &str) {
        let environment = self.stack.name.to_string();
        // A branch can move between two calls; then the deployment of the first is of another version.
        let version_found = Some(version.as_str());
        let found =
            self.github.find(self.access, &environment, self.execution, version_found).await;
        if let Some(Some(number)) = self.noted(found) {
            self.number = Some(number);
            return;
        }
        // One that cannot be looked for cannot be made either.
        if !self.warnings.is_empty() {
            return;
        }
        let deployment = NewDeployment {
            commit: commit.sha.clone(),
            environment,
            run: self.execution.to_owned(),
            version: version.to_string(),
            description: format!("released by {user}"),
        };
        let opened = self.github.open(self.access, &deployment).await;
        self.number = self.noted(opened);
        self.tell(DeploymentState::Queued, "the bundle is being made").await;
    }

    async fn tell(&mut self, state: DeploymentState, description: &str) {
        let Some(number) = self.number else { return };
        let progress = Progress {
            state,
            description: description.to_owned(),
            log_url: console_page(self.execution),
            environment_url: self.stack.url(),
        };
        let told = self.github.tell(self.access, number, &progress).await;
        self.noted(told);
    }

    fn noted<T>(&mut self, outcome: Result<T, Error>) -> Option<T> {
        outcome
            .map_err(|error| {
                self.warnings.push(format!("GitHub may not show this deployment: {error}"));
            })
            .ok()
    }
}
