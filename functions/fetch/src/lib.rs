//! Makes a bundle of a commit on GitHub, and puts it into the artifact bucket.

#[cfg(test)]
mod tests;

use mist_bundle::{IGNORE_FILE, Ignored};
use mist_core::{
    Artifact, Asked, Commit, Error, Fetched, GitHub, Sha, Stack, VersionLabel,
    ports::{
        Access, Artifacts, Bundles, DeploymentState, Deployments, Ledger, NewDeployment, Progress,
        Repositories, Secrets, Stacks, console_page,
    },
    source::{commit_of, fetched_key},
};
use serde::{Deserialize, Serialize};

/// Everything that a bundle is made with.
#[derive(Debug)]
pub struct World<S, K, G, B, L> {
    /// The configuration of stacks.
    pub stacks: S,
    /// The token.
    pub secrets: K,
    /// The repositories.
    pub github: G,
    /// Where bundles are put.
    pub bucket: B,
    /// What mist remembers: which version is live.
    pub ledger: L,
}

/// What to fetch.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// The request as it was accepted; it names a ref.
    pub asked: Asked,
    /// The ARN of the run, by which its deployment on GitHub is found again.
    pub run: String,
}

/// What was fetched.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// What was asked for, with the version that it turned out to be, `git-SHA-MILLIS`, and its bundle.
    pub asked: Asked,
    /// The commit.
    pub commit: Sha,
    /// The size of the bundle in bytes.
    pub size: u64,
    /// Whether it was there already.
    pub already_there: bool,
    /// What changed since the version that is live, a line per commit; null where nobody can tell.
    pub changelog: Option<String>,
    /// What a person should know, and what stops nothing.
    pub warnings: Vec<String>,
}

/// Fetches the commit. A bundle that is there already is not made again.
pub async fn run<S, K, G, B, L>(
    world: &World<S, K, G, B, L>,
    Request { asked, run }: Request,
) -> Result<Response, Error>
where
    S: Stacks,
    K: Secrets,
    G: Repositories + Deployments,
    B: Artifacts + Bundles,
    L: Ledger,
{
    let invalid = |problem: &str| Error::InvalidInput { problem: problem.to_owned() };
    let name = asked.fetch.as_ref().ok_or_else(|| invalid("asked.fetch: names no ref"))?;
    let stack = world.stacks.load(&asked.stack).await?;
    let github = stack.settings.github.as_ref();
    let github = github.ok_or_else(|| invalid("the stack has no `github` in its settings"))?;
    let token = world.secrets.read(&github.token_secret).await?;
    let access = Access { github, token: &token };
    let commit = world.github.commit(access, name).await?;
    let version = commit.label()?;
    let mut deployment = Shown::new(&world.github, access, &stack, &run);
    if github.deployments && users_get_it(&world.ledger, &asked).await? {
        deployment.begin(&commit, &version, &asked.user).await;
    }
    let key = fetched_key(&stack.application, &version);
    let (artifact, already_there) = match world.bucket.find(&stack.artifacts.bucket, &key).await {
        Ok(artifact) => (artifact, true),
        Err(Error::ArtifactMissing { .. }) => {
            make(&world.github, &world.bucket, access, &commit.sha, (&stack, &key)).await?;
            (world.bucket.find(&stack.artifacts.bucket, &key).await?, false)
        }
        Err(error) => return Err(error),
    };
    deployment.tell(DeploymentState::InProgress, "the bundle is made").await;
    let mut warnings = deployment.warnings;
    let changelog = match changelog(&world.github, &world.ledger, access, &stack, &commit).await {
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
    let fetched = Some(Fetched { key, etag });
    let asked = Asked { version: Some(version), fetched, ..asked };
    Ok(Response { asked, commit: commit.sha, size, already_there, changelog, warnings })
}

/// Whether users get the version: one environment alone is only made ready, unless it is the live one.
async fn users_get_it(ledger: &impl Ledger, asked: &Asked) -> Result<bool, Error> {
    let Some(environment) = &asked.environment else { return Ok(true) };
    let live = ledger.state(&asked.stack).await?.live;
    Ok(asked.in_place && live.is_some_and(|live| live.environment == *environment))
}

async fn make(
    github: &impl Repositories,
    bucket: &impl Bundles,
    access: Access<'_>,
    commit: &Sha,
    (stack, key): (&Stack, &str),
) -> Result<Artifact, Error> {
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
    let upload = bucket.begin(&stack.artifacts.bucket, key).await?;
    mist_bundle::transfer(archive, ignored, upload, (repository.as_str(), commit)).await
}

/// What changed since the version that is live, if that was made of a commit as well.
async fn changelog(
    github: &impl Repositories,
    ledger: &impl Ledger,
    access: Access<'_>,
    stack: &Stack,
    commit: &Commit,
) -> Result<Option<String>, Error> {
    let live = ledger.state(&stack.name).await?.live.and_then(|live| live.version);
    let Some(base) = live.as_deref().and_then(commit_of) else { return Ok(None) };
    Ok(Some(github.changes(access, &base, &commit.sha).await?.changelog()))
}

/// The deployment, as the repository shows it. What goes wrong with it is a warning.
struct Shown<'a, G> {
    github: &'a G,
    access: Access<'a>,
    stack: &'a Stack,
    run: &'a str,
    number: Option<u64>,
    warnings: Vec<String>,
}

impl<'a, G: Deployments> Shown<'a, G> {
    fn new(github: &'a G, access: Access<'a>, stack: &'a Stack, run: &'a str) -> Self {
        Self { github, access, stack, run, number: None, warnings: Vec::new() }
    }

    /// Makes it, unless an earlier call of this run did.
    async fn begin(&mut self, commit: &Commit, version: &VersionLabel, user: &str) {
        let environment = self.stack.name.to_string();
        // A branch can move between two calls; then the deployment of the first is of another version.
        let version_found = Some(version.as_str());
        let found = self.github.find(self.access, &environment, self.run, version_found).await;
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
            run: self.run.to_owned(),
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
            log_url: console_page(self.run),
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
