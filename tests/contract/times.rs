//! Times that depend on each other: a wait is longer than what it waits for may take.

use mist_core::{
    release::{capacity::CAPACITY_SECONDS, look::PARKED_SECONDS, state::CALL_SECONDS},
    stack::ranged::Ranged,
};
use serde_json::{Value, json};

use crate::{
    asl::{Definition, definition::State, definition::strings, sow},
    project::{self, Result, none, timeout},
};

/// The time after which a waiting task looks again by itself, in seconds.
const LOOKS_AGAIN: u64 = PARKED_SECONDS.unsigned_abs();

/// The longest times after which functions give up by themselves, in seconds.
#[derive(Clone, Copy)]
struct Limits {
    /// The wait for the lock.
    lock: u64,
    /// The wait for a healthy environment.
    ready: u64,
    /// The wait for instances.
    capacity: u64,
    /// The start of an environment.
    start: u64,
    /// The warm-up.
    warm: u64,
    /// The verification.
    verify: u64,
    /// The bake.
    bake: u64,
}

fn limits() -> Result<Limits> {
    let settings = mist_testkit::stack()?.settings;
    let deploy = most(settings.deploy_timeout_seconds);
    let grace = most(settings.health_grace_seconds);
    let capacity = u64::try_from(CAPACITY_SECONDS)?;
    Ok(Limits {
        lock: most(settings.lock.wait_seconds),
        ready: deploy + grace + most(settings.health_stable_seconds),
        capacity,
        start: capacity + deploy + grace,
        warm: most(settings.warm_up.timeout_seconds),
        verify: most(settings.verify_seconds),
        bake: most(settings.bake.seconds),
    })
}

fn most<const MIN: u32, const MAX: u32>(_: Ranged<MIN, MAX>) -> u64 {
    u64::from(MAX)
}

impl Limits {
    /// The time after which the function of a state gives up by itself; `None` if it never waits.
    fn of(self, state: &str) -> Option<u64> {
        Some(match state {
            "Begin release" => self.lock,
            "Wait until healthy" => self.ready,
            "Deploy" | "Match capacity" => self.capacity,
            "Scale environment" => self.start,
            "Verify" | "Verify swap back" => self.verify,
            "Bake" => self.bake,
            _ => return None,
        })
    }
}

fn check(machine: &Definition, template: &Value, limits: Limits) -> Vec<String> {
    let mut problems = Vec::new();
    let mut whole = 0;
    for state in machine.states().filter(|state| state.kind() == "Task") {
        let name = state.name;
        let (once, asks) = (seconds(state.fields, "TimeoutSeconds"), waits(state));
        let limit = limits.of(name);
        if let Some(limit) = limit.filter(|limit| asks <= *limit) {
            problems.push(format!(
                "`{name}`: waits for {asks} s, and its function gives up after {limit} s; wait longer"
            ));
        }
        if state.waits() && once != LOOKS_AGAIN {
            problems.push(format!(
                "`{name}`: must look again after {LOOKS_AGAIN} s, and not after {once} s"
            ));
        }
        whole += once + limit.unwrap_or(asks);
    }
    let warm = timeout(template, "Warm");
    if warm <= Some(limits.warm) {
        problems.push(format!(
            "infra/template.yaml: `WarmFunction` may run for {warm:?} s, and a warm-up for {} s",
            limits.warm
        ));
    }
    let (swap, call) = (timeout(template, "Swap"), u64::try_from(CALL_SECONDS).ok());
    if swap >= call {
        problems.push(format!(
            "infra/template.yaml: `SwapFunction` may run for {swap:?} s, and the lock of a stopped one stays for \
             {call:?} s"
        ));
    }
    let most = machine.value()["TimeoutSeconds"].as_u64().unwrap_or_default();
    if most <= whole {
        problems.push(format!(
            "the machine: ends after {most} s, and its states may take {whole} s; nothing would catch that"
        ));
    }
    problems
}

/// The time that a state waits before an error of its function counts, in seconds.
fn waits(state: State<'_>) -> u64 {
    let once = if state.waits() { seconds(state.fields, "TimeoutSeconds") } else { 0 };
    let waiting = |retrier: &&Value| strings(retrier, "ErrorEquals").contains(&"Mist.NotReady");
    let retriers = state.list("Retry").iter().filter(waiting);
    retriers.map(|it| (once + seconds(it, "IntervalSeconds")) * seconds(it, "MaxAttempts")).sum()
}

fn seconds(entry: &Value, field: &str) -> u64 {
    entry.get(field).and_then(Value::as_u64).unwrap_or_default()
}

#[test]
fn a_wait_is_longer_than_what_it_waits_for_may_take() -> Result {
    none(&check(&project::machine()?, &project::template()?, limits()?));
    Ok(())
}

#[test]
fn a_wait_that_is_too_short_is_found() -> Result {
    let (machine, template, limits) = (project::machine()?, project::template()?, limits()?);
    for (place, expected) in [
        (
            "/States/Wait until healthy/Retry/0/MaxAttempts",
            "`Wait until healthy`: waits for 3010 s",
        ),
        ("/States/Verify/Retry/0/MaxAttempts", "`Verify`: waits for 50 s"),
        ("/States/Bake/TimeoutSeconds", "`Bake`: must look again after 300 s"),
        ("/TimeoutSeconds", "the machine: ends after 10 s"),
    ] {
        let mut seeded = machine.value().clone();
        sow(&mut seeded, place, json!(10))?;
        let problems = check(&Definition::new(seeded), &template, limits);
        assert!(problems.iter().any(|it| it.contains(expected)), "{place}: {problems:#?}");
    }
    let slow = Limits { warm: 630, ..limits };
    assert_eq!(check(&machine, &template, slow).len(), 1);
    let mut template = template;
    template["Resources"]["SwapFunction"]["Properties"]["Timeout"] = json!(60);
    let problems = check(&machine, &template, limits);
    assert!(problems.iter().any(|it| it.contains("`SwapFunction`")), "{problems:#?}");
    Ok(())
}
