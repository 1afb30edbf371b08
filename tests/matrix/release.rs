//! One release with a fault, and its verdict.

use std::{fmt, time::Duration};

use mist_local::gate::{Gate, RuleNumber};
use mist_tests::{Result, Story, World};
use tokio::sync::Semaphore;

use crate::{aftermath, cases::Case, invariants};

/// The time limit of a deployment, of its health, and of the warm-up, in seconds each.
const PATIENCE: u32 = 30;

/// The longest time of a release in which every call times out: nine attempts of a copy of up to 100 s each, and the
/// pauses between them.
const LIMIT: Duration = Duration::from_mins(25);

/// The longest time from the end of an execution to the last call after it.
const AFTERMATH: Duration = Duration::from_secs(5);

/// The verdict of a case.
pub(crate) struct Verdict {
    /// The case.
    pub case: Case,
    /// The error name of the release, `done`, or `no end`.
    pub end: String,
    /// The number of calls that had the fault.
    pub hits: usize,
    /// The broken invariants.
    pub broken: Vec<String>,
}

/// Runs the case in `world`, after its turn to build a stack.
pub(crate) async fn of(world: &'static World, building: &Semaphore, case: Case) -> Verdict {
    let mut verdict = Verdict { case, end: "no end".to_owned(), hits: 0, broken: Vec::new() };
    if let Err(error) = release(world, building, &mut verdict).await {
        verdict.broken.push(error.to_string());
    }
    verdict
}

async fn release(world: &'static World, building: &Semaphore, verdict: &mut Verdict) -> Result {
    let case = &verdict.case;
    let story = case.point.release.given(world, &case.stack()).patience(PATIENCE);
    let permit = building.acquire().await?;
    let story = story.built().await?;
    drop(permit);
    let judged = judge(world, &story, verdict).await;
    aftermath::remove(world, &story).await?;
    judged
}

async fn judge(world: &World, story: &Story, verdict: &mut Verdict) -> Result {
    let gate = world.cloud.gate().ok_or("the cloud has no gate")?;
    let rule = gate.add(verdict.case.rule());
    let execution = story.upload("v2").await;
    let end = match &execution {
        Ok(execution) => story.ends_within(execution, LIMIT).await,
        Err(error) => Err(error.to_string().into()),
    };
    // The calls after an execution, such as those of `reconcile`, begin when it has ended.
    if verdict.case.point.nth == 1 && end.is_ok() {
        happened(gate, rule).await;
    }
    verdict.hits = gate.remove(rule);
    let end = end?;
    verdict.end = if end.error().is_empty() { "done".to_owned() } else { end.error().to_owned() };
    // The number of polls depends on time, but there is always a first one.
    if verdict.hits == 0 && verdict.case.point.nth == 1 {
        verdict.broken.push("the call was never made".to_owned());
    }
    verdict.broken.extend(invariants::broken(world, story, &end).await?);
    verdict.broken.extend(invariants::broken_for_the_next(world, story).await?);
    Ok(())
}

/// Waits until a call had the fault, but not for long: some calls are never made.
async fn happened(gate: &Gate, rule: RuleNumber) {
    let mut ticks = tokio::time::interval(AFTERMATH / 100);
    for _ in 0..100 {
        ticks.tick().await;
        if gate.hits(rule) > 0 {
            return;
        }
    }
}

/// The verdict on one line.
impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.case, self.end)?;
        if self.hits == 0 {
            formatter.write_str(", never made")?;
        }
        if self.broken.is_empty() {
            return Ok(());
        }
        write!(formatter, " BROKEN: {}", self.broken.join("; "))
    }
}
