//! The plan as the state machine reads it.

use mist_core::{
    dns::names::StackNames,
    release::request::{Operation, ReleaseRequest},
    stack::{settings::Stack, side::Side},
};
use serde_json::json;

use crate::{
    decide::Decision,
    request::{GoesLive, Observed, Response, Start, Steps, Summary},
    requests::Requests,
};

/// The plan of a release that only shows versions. It refuses no stack.
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
            names: names(record),
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

/// The plan of `release` with `decision`.
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
            names: names(&release.record),
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

fn names(record: &StackNames) -> Vec<String> {
    record.own().map(ToString::to_string).collect()
}
