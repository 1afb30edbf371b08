//! A GitHub on this machine: repositories with commits, archives and deployments.
//!
//! It refuses what GitHub refuses: requests without a token or a user agent, a token in a request for an archive, and
//! deployments of unknown commits.

mod answer;
mod api;
mod archive;
mod commit;
mod deployment;
mod deployments;
mod history;
mod server;
mod state;
mod trouble;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::net::TcpListener;
use tokio::task::AbortHandle;

pub use api::{READ_ONLY_TOKEN, TOKEN};
pub use commit::{File, NewCommit};
pub use deployment::{Deployment, DeploymentStatus};
pub use trouble::Trouble;

use crate::error::{Context, Error};
use crate::guard;
use crate::recorder::RecordedRequest;
use commit::{Commit, sha_of};
use state::{SharedState, State, lock};
use trouble::Rule;

/// A running GitHub on 127.0.0.1; it ends with this value.
#[derive(Debug)]
pub struct GitHub {
    address: SocketAddr,
    state: SharedState,
    tasks: [AbortHandle; 2],
}

impl GitHub {
    /// Starts a GitHub on `port`, or on a free port if it is 0, and its archives on another port.
    pub async fn start(port: u16) -> Result<Self, Error> {
        let listen = async |port: u16| {
            let listener = TcpListener::bind(("127.0.0.1", port)).await;
            let listener = listener.context(|| format!("listen on port {port} for GitHub"))?;
            let address = listener.local_addr().context(|| "read GitHub's address".to_owned())?;
            Ok::<_, Error>((listener, address))
        };
        let ((api, address), (archives, archives_address)) =
            (listen(port).await?, listen(0).await?);
        let state = Arc::new(Mutex::new(State::new()));
        let routers = [
            (api, server::api(Arc::clone(&state), archives_address)),
            (archives, server::archives(Arc::clone(&state))),
        ];
        let tasks = routers.map(|(listener, router)| guard::serve(listener, router).abort_handle());
        Ok(Self { address, state, tasks })
    }

    /// The URL in place of `https://api.github.com`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Adds a commit to `branch` of `repository`, which is created if it does not exist. Returns the SHA of the commit.
    pub fn commit(&self, repository: &str, branch: &str, commit: NewCommit) -> String {
        let mut state = self.state();
        let repository = state.repositories.entry(repository.to_owned()).or_default();
        let parent = repository.refs.get(branch).cloned();
        let sha = sha_of(parent.as_deref(), &commit);
        repository.commits.insert(sha.clone(), Commit { parent, content: Arc::new(commit) });
        repository.refs.insert(branch.to_owned(), sha.clone());
        sha
    }

    /// Adds the tag or branch `name` to the commit `sha` of `repository`.
    pub fn name(&self, repository: &str, name: &str, sha: &str) {
        if let Some(repository) = self.state().repositories.get_mut(repository) {
            repository.refs.insert(name.to_owned(), sha.to_owned());
        }
    }

    /// The deployments of `repository` to `environment`, oldest first.
    pub fn deployments(&self, repository: &str, environment: &str) -> Vec<Deployment> {
        let state = self.state();
        let all = state.repositories.get(repository).map_or(&[][..], |it| &it.deployments);
        all.iter().filter(|deployment| deployment.environment == environment).cloned().collect()
    }

    /// Every request to the API so far, oldest first. The path includes the query.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.state().requests.clone()
    }

    /// The number of archives of `repository` that were sent.
    pub fn archives(&self, repository: &str) -> usize {
        self.state().repositories.get(repository).map_or(0, |repository| repository.archives)
    }

    /// Whether a request for an archive had a token.
    pub fn received_a_token(&self) -> bool {
        self.state().leaked
    }

    /// Answers the next `times` requests whose path contains `path` with `trouble`.
    pub fn fail_times(&self, path: &str, trouble: Trouble, times: u32) {
        let rule = Rule { path: path.to_owned(), trouble, left: times };
        self.state().rules.insert(0, rule);
    }

    /// Deletes all repositories, requests and rules.
    pub fn reset(&self) {
        *self.state() = State::new();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl Drop for GitHub {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}

#[cfg(test)]
mod tests;
