//! The wait for instances to become healthy after a command.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::checks;
use super::command::ForcedOutcome;
use super::run::Run;
use crate::clock::pause;
use crate::engine::Superseded;
use crate::host::Application;
use crate::world::{HealthCheckSuccessThreshold, Release};

/// The interval of checks of a real process once simulated time is over.
const REAL_INTERVAL: Duration = Duration::from_millis(100);

/// Waits until all instances have passed `in_a_row` checks. Returns those that did not within the command timeout.
pub(crate) async fn await_health(
    run: &mut Run,
    ids: &[String],
    release: &Release,
    in_a_row: u32,
) -> Result<Vec<String>, Superseded> {
    let timeout = run.environment(|environment| environment.options.command_timeout())?;
    await_health_for(run, ids, release, in_a_row, f64::from(timeout)).await
}

/// The same within some planned seconds.
///
/// A real process starts as slowly with any time scale. So the wait does not end before `process_seconds` of real time
/// if the process of an instance listens nowhere yet, because it may still be starting.
pub(crate) async fn await_health_for(
    run: &mut Run,
    ids: &[String],
    release: &Release,
    in_a_row: u32,
    seconds: f64,
) -> Result<Vec<String>, Superseded> {
    // An instance that fails its checks has severe health, which the last threshold allows.
    let ignored = run.environment(|environment| {
        environment.options.ignore_health_check()
            || environment.options.health_threshold() == HealthCheckSuccessThreshold::Severe
    })?;
    if ignored {
        return Ok(Vec::new());
    }
    match ForcedOutcome::find(run, release.version.as_deref()) {
        Some(ForcedOutcome::Unhealthy) => {
            run.pass(2.0).await;
            return Ok(ids.to_vec());
        }
        Some(ForcedOutcome::NeverGood) => return Ok(Vec::new()),
        _ => {}
    }
    let unhealthy = watch(run, ids, in_a_row, seconds).await?;
    run.log_unhealthy(&unhealthy)?;
    Ok(unhealthy)
}

/// Checks instances until they are healthy or the time is over. Returns those that are not healthy.
async fn watch(
    run: &mut Run,
    ids: &[String],
    in_a_row: u32,
    seconds: f64,
) -> Result<Vec<String>, Superseded> {
    let mut passes = BTreeMap::<&String, u32>::new();
    let mut left = seconds;
    let began = Instant::now();
    loop {
        let passed = checks::check(&run.engine, &run.environment_id, Some(ids)).await?;
        run.catch_up();
        for id in ids {
            let count = passes.entry(id).or_default();
            *count = if passed.contains(id) { *count + 1 } else { 0 };
        }
        let missing: Vec<_> = passes
            .iter()
            .filter(|(_, count)| **count < in_a_row)
            .map(|(id, _)| (*id).clone())
            .collect();
        if missing.is_empty() {
            return Ok(missing);
        }
        if left <= 0.0 {
            let waited = began.elapsed();
            let is_over = match applications(run, &missing)?.as_slice() {
                [] => true,
                running => {
                    waited >= run.patience(seconds)
                        && (waited >= run.process_patience() || !are_starting(running).await)
                }
            };
            if is_over {
                return Ok(missing);
            }
            pause(REAL_INTERVAL).await;
            continue;
        }
        let interval = checks::INTERVAL.min(left);
        run.pass(interval).await;
        left -= interval;
    }
}

/// The applications with processes on these instances.
fn applications(run: &Run, ids: &[String]) -> Result<Vec<Arc<Application>>, Superseded> {
    run.environment(|environment| {
        let instances = environment.instances.iter().filter(|one| ids.contains(&one.id));
        let applications = instances.filter_map(|instance| instance.application.clone());
        applications.filter(|application| application.runs_processes()).collect()
    })
}

/// Whether the processes of one of these applications may still be starting.
async fn are_starting(applications: &[Arc<Application>]) -> bool {
    for application in applications {
        if application.silence().await.is_some_and(|silence| silence.is_early()) {
            return true;
        }
    }
    false
}
