//! The table of stacks, and the lines below it.

use comfy_table::{Table, presets::NOTHING};
use jiff::Timestamp;
use mist_core::release::stack_status::{Last, Running, SideStatus, StackStatus};

use crate::output::ago;

/// The table of `stacks` at `now`.
pub(super) fn of(stacks: &[StackStatus], now: Timestamp) -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING);
    table.set_header(["STACK", "LIVE", "IDLE", "LAST", "NOW"]);
    for stack in stacks {
        let on = |live: bool| {
            let sides = stack.sides.iter().filter(|side| side.live == live).map(side);
            sides.collect::<Vec<_>>().join("\n")
        };
        // An environment is idle only if the other one is live.
        let (live, idle) = match (stack.live, on(true), on(false)) {
            (None, live, others) if live.is_empty() && !others.is_empty() => {
                (format!("unknown:\n{others}"), String::new())
            }
            (Some(_) | None, live, idle) => (live, idle),
        };
        table.add_row([
            stack.stack.clone(),
            or_dash(live),
            or_dash(idle),
            stack.last.as_ref().map_or_else(|| "–".to_owned(), |it| last(it, now)),
            what_runs(stack, now),
        ]);
    }
    table
}

/// A line for each stack that needs a person.
pub(super) fn remarks(stacks: &[StackStatus]) -> Vec<String> {
    let mut lines = Vec::new();
    for status in stacks {
        let StackStatus { stack, drift, problem, sides, .. } = status;
        if let Some(problem) = problem {
            lines.push(format!("✗ {stack} could not be read: {problem}"));
        }
        lines.extend(status.record_remarks().into_iter().map(|it| format!("✗ {stack}: {it}")));
        if let Some(drift) = drift {
            lines.push(format!(
                "! {stack} was changed without mist: {drift}; the next release needs --accept-drift"
            ));
        }
        let stopped = sides.iter().find(|side| side.live && side.desired == Some(0));
        if let Some(side) = stopped {
            let name = &side.environment;
            lines.push(format!(
                "✗ {stack}: the live environment is stopped; `mist start -s {stack} -e {name}` starts it"
            ));
        }
    }
    lines
}

fn or_dash(text: String) -> String {
    if text.is_empty() { "–".to_owned() } else { text }
}

fn side(side: &SideStatus) -> String {
    let SideStatus { side, version, status, health, instances, desired, .. } = side;
    let version = version.as_deref().unwrap_or("no version");
    let state = match (status.as_str(), desired, instances) {
        ("Missing", _, _) => "missing".to_owned(),
        (_, Some(0), _) => "stopped".to_owned(),
        ("Ready", Some(desired), Some(running)) => format!("{health}, {running}/{desired}"),
        ("Ready", _, _) => health.clone(),
        (status, _, _) => format!("{health}, {status}"),
    };
    format!("{side} {version}\n  {state}")
}

fn last(last: &Last, now: Timestamp) -> String {
    let Last { version, operation, started_by, started_at, verdict } = last;
    let what = version.as_ref().map_or_else(String::new, |version| format!(" {version}"));
    format!("{operation}{what} by {started_by}\n  {verdict}, {} ago", ago(*started_at, now))
}

fn what_runs(stack: &StackStatus, now: Timestamp) -> String {
    let StackStatus { running, queued, .. } = stack;
    let Some(Running { reason, since, step, .. }) = running else { return "–".to_owned() };
    let step = step.as_ref().map(|step| format!("{step}, ")).unwrap_or_default();
    let waiting = match queued {
        0 => String::new(),
        queued => format!("\n  {queued} in the queue"),
    };
    format!("{reason}\n  {step}for {}{waiting}", ago(*since, now))
}

#[cfg(test)]
mod tests {
    use mist_core::stack::side::Side;

    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_second(1_767_323_045).unwrap()
    }

    fn environment(side: Side, version: &str, live: bool, desired: u32) -> SideStatus {
        SideStatus {
            side,
            environment: format!("Demo-QA-{side}"),
            version: Some(version.to_owned()),
            status: "Ready".to_owned(),
            health: "Green (Ok)".to_owned(),
            live,
            instances: Some(desired),
            desired: Some(desired),
        }
    }

    fn healthy() -> StackStatus {
        let last = Last {
            version: Some("v2".to_owned()),
            operation: "deploy".to_owned(),
            started_by: "anna".to_owned(),
            started_at: now() - jiff::SignedDuration::from_mins(3),
            verdict: "done".to_owned(),
        };
        StackStatus {
            stack: "QA".to_owned(),
            domain: Some("qa.mist.test".to_owned()),
            target: Some("demo-qa-b.example".to_owned()),
            live: Some(Side::B),
            sides: vec![environment(Side::A, "v1", false, 2), environment(Side::B, "v2", true, 2)],
            last: Some(last),
            ..StackStatus::default()
        }
    }

    fn shown(stacks: &[StackStatus]) -> String {
        let table = of(stacks, now()).to_string();
        let lines = table.lines().map(|line| line.trim_end().to_owned());
        lines.chain(remarks(stacks)).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn stacks_are_a_table_with_remarks() {
        let running = Running {
            execution: "arn:bob".to_owned(),
            reason: "deploy v2 by bob".to_owned(),
            since: now() - jiff::SignedDuration::from_secs(250),
            step: Some("Warm up".to_owned()),
        };
        let uat = StackStatus {
            stack: "UAT".to_owned(),
            sides: vec![environment(Side::A, "v1", true, 2), environment(Side::B, "v2", false, 0)],
            live: Some(Side::A),
            running: Some(running),
            queued: 1,
            last: None,
            ..healthy()
        };
        let live = StackStatus {
            stack: "LIVE".to_owned(),
            drift: Some("the record points to side B, not to side A".to_owned()),
            sides: vec![environment(Side::A, "v1", false, 2), environment(Side::B, "v2", true, 0)],
            ..healthy()
        };
        let unread = StackStatus {
            stack: "OLD".to_owned(),
            problem: Some("ssm throttled the request".to_owned()),
            ..StackStatus::default()
        };
        insta::assert_snapshot!(shown(&[live, unread, healthy(), uat]));
    }

    #[test]
    fn a_record_that_points_elsewhere_is_a_remark() {
        let elsewhere = StackStatus {
            live: None,
            sides: vec![environment(Side::A, "v1", false, 2), environment(Side::B, "v2", false, 2)],
            ..healthy()
        };
        let lines = remarks(&[elsewhere]);
        assert_eq!(lines, ["✗ QA: qa.mist.test points to neither environment (demo-qa-b.example)"]);
        assert!(remarks(&[healthy()]).is_empty());
    }
}
