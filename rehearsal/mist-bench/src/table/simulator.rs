//! The rows of the simulator.

use super::part::{Part, Row, mark, targets};
use crate::simulator::{CALLERS, Stage};

/// The target of the simulator's calls per second with two environments.
const CALLS: f64 = 20_000.0;

/// The part of the simulator.
pub(super) fn part(stages: &[Stage]) -> Part {
    let targets = targets([(2, format!("≥ {CALLS} of 2"))]);
    Part {
        heading: [
            "simulator",
            "environments",
            "calls per s\nmost / median",
            "CPU per call\nµs",
            "p50\nms",
            "p99\nms",
            "p50, p99 of\none caller, ms",
            "CPU at rest\n% of a core",
            "memory: at start,\nwith them, most MB",
        ],
        rows: [targets].into_iter().chain(stages.iter().map(row)).collect(),
        notes: vec![format!(
            "Simulator: DescribeEnvironments by {CALLERS} callers, of all or one."
        )],
    }
}

fn row(stage: &Stage) -> Row {
    let Stage { together, alone, .. } = stage;
    let cores = if stage.pinned { "one core" } else { "all cores" };
    let calls = format!("{:.0} / {:.0}", together.most, together.median);
    [
        cores.to_owned(),
        stage.environments.to_string(),
        mark(calls, stage.environments == 2 && together.most < CALLS),
        format!("{:.1}", together.cpu),
        together.p50.show(2),
        together.p99.show(2),
        format!("{:.2}, {:.2}", alone.p50.minimum, alone.p99.minimum),
        format!("{:.2}", stage.rest),
        stage.memory.map(|it| format!("{it:.1}")).join(", "),
    ]
}
