//! The state of the local GitHub: repositories, requests and rules of failures.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::commit::Commit;
use super::deployment::Deployment;
use super::trouble::Rule;
use crate::recorder::RecordedRequest;

/// The state that the servers and their owner share.
pub(crate) type SharedState = Arc<Mutex<State>>;

/// The repositories, the requests so far, and the rules of failures.
#[derive(Debug)]
pub(crate) struct State {
    pub(super) repositories: BTreeMap<String, Repository>,
    pub(super) requests: Vec<RecordedRequest>,
    pub(super) leaked: bool,
    pub(super) rules: Vec<Rule>,
}

/// A repository.
#[derive(Debug, Default)]
pub(crate) struct Repository {
    pub(super) refs: BTreeMap<String, String>,
    pub(super) commits: BTreeMap<String, Commit>,
    pub(super) deployments: Vec<Deployment>,
    pub(super) archives: usize,
}

impl State {
    pub(super) fn new() -> Self {
        Self {
            repositories: BTreeMap::new(),
            requests: Vec::new(),
            leaked: false,
            rules: Vec::new(),
        }
    }
}

/// The state, even if a thread that held it has panicked.
pub(crate) fn lock(state: &SharedState) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
