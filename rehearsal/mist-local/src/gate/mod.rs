//! A gate between the functions and the services that they call: it records every call, and makes calls fail.
//!
//! It is an HTTP proxy on loopback. Requests and answers pass unchanged, each held in memory as a whole, so
//! signatures stay valid. A [`Rule`] names calls by function, service and operation, and a fault for one of them or
//! for all from one on. The function's name comes from the user agent (`app/NAME`), the service from the signature,
//! and the operation from headers, body or path.

mod answers;
mod call;
mod fault;
mod owner;
mod serve;
mod state;
#[cfg(test)]
mod tests;
mod wire;

use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::TcpListener;
use tokio::task::AbortHandle;

use crate::error::{Context as _, Error};

pub use call::Call;
pub use fault::Fault;
pub use state::{Passed, Rule, Times};

use serve::{SharedState, lock};

/// A running gate; it ends with this value.
pub struct Gate {
    aws: Front,
    beanstalk: Front,
    state: SharedState,
}

/// The listener of the gate for the calls to one service.
struct Front {
    address: SocketAddr,
    task: AbortHandle,
}

/// The number of a rule, with which it can be removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleNumber(usize);

impl Gate {
    /// Starts a gate to these services, which may start later.
    pub(crate) async fn start(aws: &str, beanstalk: &str) -> Result<Self, Error> {
        let state = SharedState::default();
        let aws = Front::open(address(aws)?, &state).await?;
        let beanstalk = Front::open(address(beanstalk)?, &state).await?;
        Ok(Self { aws, beanstalk, state })
    }

    /// The URL in place of all of AWS except Elastic Beanstalk.
    pub fn aws_url(&self) -> String {
        format!("http://{}", self.aws.address)
    }

    /// The URL in place of Elastic Beanstalk and its Auto Scaling groups.
    pub fn beanstalk_url(&self) -> String {
        format!("http://{}", self.beanstalk.address)
    }

    /// Adds a rule. If several rules match a call, the oldest applies.
    pub fn add(&self, rule: Rule) -> RuleNumber {
        RuleNumber(lock(&self.state).add(rule))
    }

    /// The number of calls that a rule made fail so far.
    pub fn hits(&self, rule: RuleNumber) -> usize {
        lock(&self.state).hits(rule.0)
    }

    /// Removes a rule, and returns the number of calls that it made fail.
    pub fn remove(&self, rule: RuleNumber) -> usize {
        lock(&self.state).remove(rule.0)
    }

    /// Every call since the start or the last reset, oldest first.
    pub fn calls(&self) -> Vec<Passed> {
        lock(&self.state).calls().to_vec()
    }

    /// Removes all rules, calls and answers.
    pub(crate) fn reset(&self) {
        *lock(&self.state) = state::State::default();
    }
}

impl Front {
    async fn open(upstream: SocketAddr, state: &SharedState) -> Result<Self, Error> {
        let opening = || "open the gate".to_owned();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context(opening)?;
        let address = listener.local_addr().context(opening)?;
        let task = tokio::spawn(serve::serve(listener, upstream, SharedState::clone(state)));
        Ok(Self { address, task: task.abort_handle() })
    }
}

fn address(url: &str) -> Result<SocketAddr, Error> {
    let address = url.trim_start_matches("http://").parse();
    let expected = "the address of a service on this machine";
    address.map_err(|_| Error::Invalid { value: url.to_owned(), expected })
}

impl Drop for Front {
    fn drop(&mut self) {
        self.task.abort();
    }
}
