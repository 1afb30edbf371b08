//! The plan as the state machine takes it: the first step, how the target goes live, and the request of each step.

use mist_core::{
    release::request::{Operation, ReleaseRequest},
    stack::{settings::Stack, side::Side},
};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{Decision, Observed, Response, Summary, requests::Requests};

/// The first step.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Start {
    /// *Deploy*.
    Deploy,
    /// *Match capacity*.
    MatchCapacity,
    /// *Warm up*.
    Warm,
    /// *Scale environment*.
    Scale,
    /// *Mark*.
    Mark,
    /// *Show versions*.
    Version,
    /// *Finish release*: there is nothing to do.
    Finish,
}

/// How the target goes live after the warm-up.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum GoesLive {
    /// By a swap.
    Swap,
    /// It is live, and was deployed to in place.
    InPlace,
    /// Not at all.
    No,
}

/// The request of each step; null for those that the release does not have.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Steps {
    /// *Deploy*.
    pub deploy: Value,
    /// *Wait until healthy*.
    pub wait_ready: Value,
    /// *Match capacity*.
    pub match_capacity: Value,
    /// *Warm up*.
    pub warm: Value,
    /// *Swap*.
    pub swap: Value,
    /// *Verify*.
    pub verify: Value,
    /// *Bake*.
    pub bake: Value,
    /// *Mark*.
    pub mark: Value,
    /// *Scale environment*.
    pub scale: Value,
    /// *Show versions*.
    pub version: Value,
    /// *Swap back*; empty if there is no environment to return to. The state cannot be left out, as an error leads to
    /// it, and it fails then.
    pub swap_back: Value,
    /// *Verify swap back*.
    pub verify_swap_back: Value,
}

/// The plan of a release that only shows the versions. It refuses no stack.
pub(crate) fn show_versions(release: &ReleaseRequest) -> Response {
    let ReleaseRequest { operation, stack, environments, record, .. } = release;
    let version = json!({ "stack": stack, "environments": environments, "record": record });
    Response {
        start: Start::Version,
        goes_live: GoesLive::No,
        target: Observed { address: String::new(), updated: None, instances: None },
        summary: Summary {
            operation: *operation,
            stack: stack.to_string(),
            side: Side::A,
            environment: environments.a.to_string(),
            version: None,
            live: false,
            already_live: false,
        },
        warnings: Vec::new(),
        steps: Steps { version, ..Steps::default() },
    }
}

/// The plan of `release`, as `decision` says.
pub(crate) fn response(
    release: &ReleaseRequest,
    stack: &Stack,
    decision: Decision,
    warnings: Vec<String>,
) -> Response {
    let in_place = release.in_place && decision.live == decision.target.side;
    let goes_live = match (decision.goes_live, in_place) {
        (true, _) => GoesLive::Swap,
        (false, true) => GoesLive::InPlace,
        (false, false) => GoesLive::No,
    };
    let start = match release.operation {
        _ if decision.already_live => Start::Finish,
        Operation::Deploy => Start::Deploy,
        Operation::Swap | Operation::Rollback => Start::MatchCapacity,
        Operation::Warm => Start::Warm,
        Operation::Start | Operation::Stop => Start::Scale,
        Operation::Mark => Start::Mark,
        Operation::Version => Start::Version,
    };
    let is_live = goes_live != GoesLive::No || decision.target.side == decision.live;
    let steps = Requests { release, stack, decision: &decision, goes_live }.all();
    let Decision { target, version, updated, already_live, .. } = decision;
    Response {
        start,
        goes_live,
        target: Observed { address: target.address, updated, instances: None },
        summary: Summary {
            operation: release.operation,
            stack: release.stack.to_string(),
            side: target.side,
            environment: target.environment.to_string(),
            version,
            live: is_live,
            already_live,
        },
        warnings,
        steps,
    }
}
