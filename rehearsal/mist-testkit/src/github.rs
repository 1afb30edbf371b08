//! A GitHub in memory.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Mutex,
};

use mist_core::{
    error::Error,
    ports::{
        Access, Changes, Chunks, DeploymentState, DeploymentStatus, Deployments, NewDeployment,
        Repositories,
    },
    stack::source::{Commit, GitRef, Sha},
};
use secrecy::ExposeSecret as _;

use crate::mutex::lock;

/// A GitHub in memory, with one repository. Every token is valid except `wrong`.
#[derive(Debug, Default)]
pub struct FakeGitHub {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    commits: BTreeMap<String, Commit>,
    archives: BTreeMap<String, Vec<u8>>,
    files: BTreeMap<(String, String), String>,
    changes: BTreeMap<(String, String), Changes>,
    deployments: Vec<Deployment>,
    fetches: usize,
    no_deployments: bool,
}

#[derive(Debug)]
struct Deployment {
    new: NewDeployment,
    statuses: Vec<DeploymentStatus>,
}

impl FakeGitHub {
    /// Points the branch or tag `name` to `commit`, whose files are in `archive`.
    pub fn put(&self, name: &str, commit: Commit, archive: &[u8]) {
        let mut state = lock(&self.state);
        state.archives.insert(commit.sha.to_string(), archive.to_vec());
        state.commits.insert(commit.sha.to_string(), commit.clone());
        state.commits.insert(name.to_owned(), commit);
    }

    /// Sets the file at `path` in `commit`.
    pub fn put_file(&self, commit: &Sha, path: &str, text: &str) {
        let key = (commit.to_string(), path.to_owned());
        lock(&self.state).files.insert(key, text.to_owned());
    }

    /// Sets the changes from `base` to `head`.
    pub fn put_changes(&self, base: &Sha, head: &Sha, changes: Changes) {
        lock(&self.state).changes.insert((base.to_string(), head.to_string()), changes);
    }

    /// Takes the permission to write deployments from the token.
    pub fn refuse_deployments(&self) {
        lock(&self.state).no_deployments = true;
    }

    /// The number of archives that were requested.
    pub fn fetches(&self) -> usize {
        lock(&self.state).fetches
    }

    /// All deployments, oldest first.
    pub fn deployments(&self) -> Vec<NewDeployment> {
        lock(&self.state).deployments.iter().map(|it| it.new.clone()).collect()
    }

    /// The statuses of the deployment with this number, oldest first.
    pub fn statuses(&self, number: u64) -> Vec<DeploymentStatus> {
        let state = lock(&self.state);
        index(number)
            .and_then(|at| state.deployments.get(at))
            .map_or_else(Vec::new, |it| it.statuses.clone())
    }

    /// The states of the deployment with this number, oldest first.
    pub fn states(&self, number: u64) -> Vec<DeploymentState> {
        self.statuses(number).into_iter().map(|status| status.state).collect()
    }
}

/// The index of the deployment with this number: the first has number 1.
fn index(number: u64) -> Option<usize> {
    usize::try_from(number).ok()?.checked_sub(1)
}

fn check(access: Access<'_>) -> Result<(), Error> {
    if access.token.expose_secret() == "wrong" {
        let secret = access.github.token_secret.clone();
        return Err(Error::GitHubDenied { secret, message: "Bad credentials".to_owned() });
    }
    Ok(())
}

fn missing(access: Access<'_>, name: &str) -> Error {
    let repository = access.github.repository.to_string();
    Error::RefMissing { repository, name: name.to_owned() }
}

impl Repositories for FakeGitHub {
    type Archive = FakeChunks;

    async fn commit(&self, access: Access<'_>, name: &GitRef) -> Result<Commit, Error> {
        check(access)?;
        let found = lock(&self.state).commits.get(name.as_str()).cloned();
        found.ok_or_else(|| missing(access, name.as_str()))
    }

    async fn file(
        &self,
        access: Access<'_>,
        commit: &Sha,
        path: &str,
    ) -> Result<Option<String>, Error> {
        check(access)?;
        Ok(lock(&self.state).files.get(&(commit.to_string(), path.to_owned())).cloned())
    }

    async fn archive(&self, access: Access<'_>, commit: &Sha) -> Result<FakeChunks, Error> {
        check(access)?;
        let mut state = lock(&self.state);
        state.fetches += 1;
        let archive = state.archives.get(commit.as_str());
        archive.map(|it| FakeChunks::of(it, 4096)).ok_or_else(|| missing(access, commit.as_str()))
    }

    async fn changes(&self, access: Access<'_>, base: &Sha, head: &Sha) -> Result<Changes, Error> {
        check(access)?;
        let found = lock(&self.state).changes.get(&(base.to_string(), head.to_string())).cloned();
        found.ok_or_else(|| missing(access, base.as_str()))
    }
}

impl Deployments for FakeGitHub {
    async fn find(
        &self,
        access: Access<'_>,
        environment: &str,
        execution: &str,
        version: Option<&str>,
    ) -> Result<Option<u64>, Error> {
        check(access)?;
        let state = lock(&self.state);
        let ours = |it: &Deployment| {
            it.new.environment == environment
                && it.new.execution == execution
                && version.is_none_or(|version| it.new.version == version)
        };
        Ok(state.deployments.iter().rposition(ours).map(|at| at as u64 + 1))
    }

    async fn create(&self, access: Access<'_>, deployment: &NewDeployment) -> Result<u64, Error> {
        check(access)?;
        let mut state = lock(&self.state);
        if state.no_deployments {
            let secret = access.github.token_secret.clone();
            let message = "Resource not accessible by personal access token".to_owned();
            return Err(Error::GitHubDenied { secret, message });
        }
        state.deployments.push(Deployment { new: deployment.clone(), statuses: Vec::new() });
        Ok(state.deployments.len() as u64)
    }

    async fn set_status(
        &self,
        access: Access<'_>,
        deployment: u64,
        status: &DeploymentStatus,
    ) -> Result<(), Error> {
        check(access)?;
        let mut state = lock(&self.state);
        if let Some(found) = index(deployment).and_then(|at| state.deployments.get_mut(at))
            && found.statuses.last().is_none_or(|last| last.state != status.state)
        {
            found.statuses.push(status.clone());
        }
        Ok(())
    }

    async fn retire(
        &self,
        access: Access<'_>,
        environment: &str,
        deployment: u64,
    ) -> Result<(), Error> {
        check(access)?;
        let mut state = lock(&self.state);
        for (at, found) in state.deployments.iter_mut().enumerate() {
            let last = found.statuses.last().cloned();
            if let Some(last) = last.filter(|last| last.state == DeploymentState::Success)
                && found.new.environment == environment
                && (at as u64) + 1 < deployment
            {
                found.statuses.push(DeploymentStatus { state: DeploymentState::Inactive, ..last });
            }
        }
        Ok(())
    }
}

/// Bytes that arrive in pieces.
#[derive(Debug)]
pub struct FakeChunks {
    chunks: VecDeque<Result<Vec<u8>, Error>>,
}

impl FakeChunks {
    /// `bytes` in pieces of `size`.
    pub fn of(bytes: &[u8], size: usize) -> Self {
        Self { chunks: bytes.chunks(size.max(1)).map(|chunk| Ok(chunk.to_vec())).collect() }
    }

    /// `bytes`, after which the connection breaks.
    pub fn broken(bytes: &[u8]) -> Self {
        let mut fake = Self::of(bytes, 4096);
        let message = "connection reset".to_owned();
        fake.chunks.push_back(Err(Error::ServiceUnavailable { service: "github", message }));
        fake
    }
}

impl Chunks for FakeChunks {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, Error> {
        self.chunks.pop_front().transpose()
    }
}
