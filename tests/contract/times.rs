//! Times that depend on each other: who waits, waits for longer than the other may take.

use mist_core::ranged::Ranged;
use serde_json::{Value, json};

use crate::{
    asl::{Definition, definition::State, definition::strings, sow},
    project::{self, Result, none},
};

/// The longest times that `mist.yaml` may ask for, in seconds.
#[derive(Clone, Copy)]
struct Limits {
    /// For a deployment and for its environment to become healthy.
    ready: u64,
    /// For a warm-up.
    warm: u64,
}

fn limits() -> Result<Limits> {
    let settings = mist_testkit::stack()?.settings;
    Ok(Limits {
        ready: most(settings.deploy_timeout_seconds) + most(settings.health_grace_seconds),
        warm: most(settings.warm_up.timeout_seconds),
    })
}

fn most<const MIN: u32, const MAX: u32>(_: Ranged<MIN, MAX>) -> u64 {
    u64::from(MAX)
}

fn check(machine: &Definition, template: &Value, limits: Limits) -> Vec<String> {
    let mut problems = Vec::new();
    let ready = machine.states().filter(|state| state.function() == Some("WaitReady"));
    for (name, waits) in ready.map(|state| (state.name, waits(state))) {
        if waits <= limits.ready {
            problems.push(format!(
                "`{name}`: asks again for {waits} s, and a stack may take {} s to be ready; ask more often",
                limits.ready
            ));
        }
    }
    let warm = template["Resources"]["WarmFunction"]["Properties"]["Timeout"].as_u64();
    if warm <= Some(limits.warm) {
        problems.push(format!(
            "infra/template.yaml: `WarmFunction` may run for {warm:?} s, and a warm-up for {} s",
            limits.warm
        ));
    }
    let whole = machine.value()["TimeoutSeconds"].as_u64().unwrap_or_default();
    let parts: u64 =
        machine.states().map(|state| seconds(state.fields, "TimeoutSeconds") + waits(state)).sum();
    if whole <= parts {
        problems.push(format!(
            "the machine: ends after {whole} s, and its states may take {parts} s; nothing would catch that"
        ));
    }
    problems
}

/// For how long a state asks again because something is not ready or busy, in seconds.
fn waits(state: State<'_>) -> u64 {
    let waiting = |retrier: &&Value| {
        let names = strings(retrier, "ErrorEquals");
        names.contains(&"Mist.NotReady") || names.contains(&"Mist.EnvironmentBusy")
    };
    let retriers = state.list("Retry").iter().filter(waiting);
    retriers.map(|it| seconds(it, "IntervalSeconds") * seconds(it, "MaxAttempts")).sum()
}

fn seconds(entry: &Value, field: &str) -> u64 {
    entry.get(field).and_then(Value::as_u64).unwrap_or_default()
}

#[test]
fn who_waits_waits_for_longer_than_the_other_may_take() -> Result {
    none(&check(&project::machine()?, &project::template()?, limits()?));
    Ok(())
}

#[test]
fn a_wait_that_is_too_short_is_found() -> Result {
    let (machine, template, limits) = (project::machine()?, project::template()?, limits()?);
    for (place, expected) in [
        (
            "/States/Wait until ready/Retry/0/MaxAttempts",
            "`Wait until ready`: asks again for 100 s",
        ),
        ("/TimeoutSeconds", "the machine: ends after 10 s"),
    ] {
        let mut seeded = machine.value().clone();
        sow(&mut seeded, place, json!(10))?;
        let problems = check(&Definition::new(seeded), &template, limits);
        assert!(problems.iter().any(|it| it.contains(expected)), "{place}: {problems:#?}");
    }
    let slow = Limits { warm: 630, ..limits };
    assert_eq!(check(&machine, &template, slow).len(), 1);
    Ok(())
}
