//! A web server in place of New Relic and other services: it records requests, and fails on request.

mod applications;
mod failure;
mod marker;
mod nerdgraph;
mod request;
mod rest;
mod server;
mod state;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::task::AbortHandle;

pub use failure::{Failure, When};
pub use marker::Marker;
pub use request::{ApiKey, RecordedRequest};
pub use state::API_KEY;

use crate::error::{Context, Error};
use crate::guard;
use applications::Applications;
use failure::Rule;
use state::{SharedState, State, lock};

/// A running recorder on 127.0.0.1; it ends with this value.
#[derive(Debug)]
pub struct Recorder {
    address: SocketAddr,
    state: SharedState,
    task: AbortHandle,
}

impl Recorder {
    /// Starts a recorder on `port`, or on a free port if it is 0. Must be called within a tokio runtime.
    pub async fn start(port: u16) -> Result<Self, Error> {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", port))
            .await
            .context(|| format!("listen on port {port} for the recorder"))?;
        let address = listener.local_addr().context(|| "read the recorder's address".to_owned())?;
        let state = Arc::new(Mutex::new(State::new()));
        let app = server::router(Arc::clone(&state));
        let task = guard::serve(listener, app);
        Ok(Self { address, state, task: task.abort_handle() })
    }

    /// The URL of the recorder, such as `http://127.0.0.1:24580`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The URL in place of `https://api.newrelic.com/graphql`.
    pub fn new_relic_url(&self) -> String {
        format!("{}{}", self.url(), server::NERDGRAPH)
    }

    /// The URL in place of `https://api.newrelic.com/v2`.
    pub fn new_relic_rest_url(&self) -> String {
        format!("{}{}", self.url(), server::REST)
    }

    /// Every request so far, oldest first.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.state().requests.clone()
    }

    /// Every deployment marker that was accepted, oldest first.
    pub fn markers(&self) -> Vec<Marker> {
        self.state().markers.clone()
    }

    /// Makes all requests that match `when` fail. If several rules match, the newest applies.
    pub fn fail(&self, when: When, failure: Failure) {
        self.state().rules.insert(0, Rule { when, failure, left: None });
    }

    /// Makes the next `times` requests that match `when` fail, like [`fail`](Self::fail).
    pub fn fail_times(&self, when: When, failure: Failure, times: u32) {
        self.state().rules.insert(0, Rule { when, failure, left: Some(times) });
    }

    /// Ends all failures.
    pub fn heal(&self) {
        self.state().rules.clear();
    }

    /// Sets the number of applications of every name; it is 1 by default.
    pub fn find_entities(&self, count: usize) {
        self.state().applications = Applications::of_every_name(count);
    }

    /// Hides the applications of `name`, or shows them again. Those of other names stay as they are.
    pub fn hide_application(&self, name: &str, hidden: bool) {
        self.state().applications.hide(name, hidden);
    }

    /// Replaces all applications by one of each of these names.
    pub fn know_applications<'a>(&self, names: impl IntoIterator<Item = &'a str>) {
        self.state().applications = Applications::only(names);
    }

    /// Makes `key` the valid key. Requests to New Relic with another key or without one get 401.
    pub fn expect_key(&self, key: &str) {
        key.clone_into(&mut self.state().key);
    }

    /// Makes `key` valid at the REST API only, as older keys are.
    pub fn expect_rest_key(&self, key: &str) {
        self.state().rest_key = Some(key.to_owned());
    }

    /// Deletes requests, markers and failures.
    pub fn reset(&self) {
        *self.state() = State::new();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[cfg(test)]
mod tests;
