//! The stacks of the sample.

use jiff::Timestamp;
use mist_core::{
    release::stack_status::{Running, SideStatus, StackStatus},
    stack::side::Side,
};
use mist_page::model::{Board, StackCard, Unreadable};

use super::{before, history, past};

/// An environment of `stack` with its health and its numbers of instances, in service and desired.
fn side(
    (stack, side): (&str, Side),
    version: &str,
    live: bool,
    health: &str,
    (instances, desired): (u32, u32),
) -> SideStatus {
    SideStatus {
        side,
        environment: format!("shop-{}-{}", stack.to_lowercase(), side.to_string().to_lowercase()),
        version: Some(version.to_owned()),
        status: "Ready".to_owned(),
        health: health.to_owned(),
        live,
        instances: Some(instances),
        desired: Some(desired),
    }
}

/// A healthy stack with its newest releases at `now`.
pub(crate) fn card(stack: &str, now: Timestamp) -> StackCard {
    let recent = history(now, 400).items.into_iter();
    let recent = recent.filter(|item| item.as_ref().is_ok_and(|it| it.stack == stack)).take(20);
    let sides = vec![
        side((stack, Side::A), "2026.48.2", false, "Green (Ok)", (2, 2)),
        side((stack, Side::B), "2026.48.3", true, "Green (Ok)", (2, 2)),
    ];
    let status = StackStatus {
        stack: stack.to_owned(),
        domain: Some(format!("{}.shop.example", stack.to_lowercase())),
        target: Some(format!("shop-{}-b.eu-central-1.elasticbeanstalk.com", stack.to_lowercase())),
        live: Some(Side::B),
        sides,
        ..StackStatus::default()
    };
    StackCard { status, recent: recent.collect() }
}

/// Stacks in every state.
pub(crate) fn board(now: Timestamp) -> Board {
    let stacks =
        vec![busy(now), card("LIVE", now), drifted(now), stopped(now), unread(now), lost(now)];
    Board { stacks, problems: Vec::new() }
}

fn busy(now: Timestamp) -> StackCard {
    let mut busy = card("INT", now);
    let running = past("INT", "running", before(now, 221), None);
    busy.status.running = Some(Running {
        execution: running.execution.clone(),
        reason: "deploy 2026.49.0 by ada".to_owned(),
        since: before(now, 219),
        step: Some("Warm up".to_owned()),
    });
    busy.status.queued = 1;
    busy.status.sides[0].version = Some("2026.49.0".to_owned());
    busy.recent.insert(0, Ok(running));
    busy
}

fn drifted(now: Timestamp) -> StackCard {
    let mut drifted = card("QA", now);
    drifted.status.drift = Some("shop-qa-b runs 2026.48.1, not 2026.48.3".to_owned());
    drifted.status.sides[1] = side(("QA", Side::B), "2026.48.1", true, "Yellow (Warning)", (1, 2));
    drifted
}

fn stopped(now: Timestamp) -> StackCard {
    let mut stopped = card("UAT", now);
    stopped.status.sides[0] = side(("UAT", Side::A), "2026.47.8", false, "Grey (No Data)", (0, 0));
    stopped.recent.insert(2, Ok(past("UAT", "ABORTED", before(now, 90_000), Some(70))));
    stopped
}

fn unread(now: Timestamp) -> StackCard {
    let mut unread = card("PARTNER", now);
    unread.status = StackStatus {
        stack: "PARTNER".to_owned(),
        problem: Some(
            "elasticbeanstalk refused DescribeEnvironments: the role `viewer` lacks the permission"
                .to_owned(),
        ),
        ..StackStatus::default()
    };
    let problem = "the release 2026-11-28T10:00:00Z/1 has the format 9; this mist reads 1";
    let problem = Unreadable { stack: "PARTNER".to_owned(), problem: problem.to_owned() };
    unread.recent.insert(1, Err(problem));
    unread
}

fn lost(now: Timestamp) -> StackCard {
    let mut lost = card("DR", now);
    lost.recent.truncate(3);
    lost.status.live = None;
    lost.status.target = Some("maintenance.shop.example".to_owned());
    for side in &mut lost.status.sides {
        side.live = false;
    }
    lost.status.sides[0] = side(("DR", Side::A), "2026.40.0", false, "Red (Severe)", (1, 4));
    lost
}
