//! mist in a local cloud that is faster than AWS.

use std::{
    collections::{BTreeMap, HashSet},
    path::PathBuf,
    time::Duration,
};

use beanstalk_sim::{Call, Fault, Scope};
use jiff::Timestamp;
use mist_core::{names::StackName, ports::Locks as _};
use mist_local::{Cloud, Progress, Settings};
use mist_rehearsal::{Home, Rehearsal};

use crate::{error::Result, output::note};

/// The parameters of the template that count time, as they are on AWS.
const RECHECK_SECONDS: f64 = 60.0;
const RELEASES_PER_MINUTE: f64 = 30.0;

/// The most that the template allows.
const MOST_RELEASES_PER_MINUTE: f64 = 600.0;

/// The duration of a deployment before anything is measured, in simulated seconds.
const SETUP_SECONDS: f64 = 5.0;

/// The pause between two checks while waiting.
const PAUSE: Duration = Duration::from_millis(250);

/// The longest time until a stack is at rest, in seconds of this machine.
const REST_LIMIT: Duration = Duration::from_secs(30);

/// mist, installed in a local cloud.
pub(crate) struct Local {
    /// The cloud.
    pub(crate) cloud: Cloud,
    /// The installation.
    pub(crate) rehearsal: Rehearsal,
    /// The speed of simulated Beanstalk and of the waits of the state machine; 1 is that of AWS.
    pub(crate) scale: f64,
}

impl Local {
    /// Starts a cloud for this number of `stacks`, and installs mist with these functions.
    pub(crate) async fn start(
        home: &Home,
        functions: BTreeMap<String, PathBuf>,
        scale: f64,
        stacks: usize,
    ) -> Result<Self> {
        let settings = Settings {
            time_scale: scale,
            wait_scale: Some(1.0 / scale),
            deploy_seconds: SETUP_SECONDS,
            application_quota: stacks + 1,
            environment_quota: 2 * stacks,
            platform_ttl: 1,
            progress: Progress::new(|line| note(line)),
            function_environment: mist_rehearsal::function_environment(),
            ..Settings::new(home.target())
        };
        let cloud = Cloud::start(settings).await?;
        let parameters = [
            ("RecheckSeconds", recheck_seconds(scale)),
            ("ReleasesPerMinute", releases_per_minute(scale)),
        ];
        let parameters = parameters.map(|(name, value)| (name.to_owned(), format!("{value:.0}")));
        let parameters = BTreeMap::from(parameters);
        let rehearsal = Rehearsal::install_with(&cloud, home, functions, parameters).await?;
        Ok(Self { cloud, rehearsal, scale })
    }

    /// Sets the duration of every deployment, in simulated seconds.
    pub(crate) fn deployments_take(&self, seconds: f64) {
        self.cloud.simulator().set_fault(Scope::everywhere(), Fault::DeploySeconds { seconds });
    }

    /// Waits until `stack` can be released to: its lock is free, and its idle environment is drained.
    pub(crate) async fn at_rest(&self, stack: &StackName) -> Result<()> {
        let locks = self.rehearsal.aws().locks();
        let wait = async {
            let mut ticks = tokio::time::interval(PAUSE);
            loop {
                ticks.tick().await;
                let state = locks.state(stack).await?;
                let now = Timestamp::now().as_second();
                let drained = state.live.is_none_or(|live| live.drained <= now);
                if drained && state.lease.is_none() {
                    return Ok(());
                }
            }
        };
        let rested = tokio::time::timeout(REST_LIMIT, wait).await;
        rested.map_err(|_| {
            format!("stack `{stack}` is not at rest after {} s", REST_LIMIT.as_secs())
        })?
    }

    /// The calls of Elastic Beanstalk from `since` on.
    pub(crate) fn calls(&self, since: Timestamp) -> Vec<Call> {
        let mut calls = self.cloud.simulator().calls();
        calls.retain(|call| call.at >= since && is_beanstalk(&call.operation));
        calls
    }

    /// The executions that are not in `known`, with their ends, after `number` of them have ended. After `limit`, those
    /// that still run have no end.
    pub(crate) async fn ended(
        &self,
        known: &HashSet<String>,
        number: usize,
        limit: Duration,
    ) -> Result<Vec<(String, Option<Timestamp>)>> {
        let deadline = tokio::time::Instant::now() + limit;
        let mut ticks = tokio::time::interval(PAUSE);
        loop {
            ticks.tick().await;
            let mut found = self.executions().await?;
            found.retain(|(execution, _)| !known.contains(execution));
            let ended = found.iter().filter(|(_, end)| end.is_some()).count();
            if ended >= number || tokio::time::Instant::now() >= deadline {
                return Ok(found);
            }
        }
    }

    /// All executions of the state machine, with the times at which they ended.
    // One call for all executions takes the least time of the emulator.
    pub(crate) async fn executions(&self) -> Result<Vec<(String, Option<Timestamp>)>> {
        let body = serde_json::json!({ "stateMachineArn": self.rehearsal.state_machine() });
        let answer = self.cloud.ask("states", "AWSStepFunctions.ListExecutions", &body).await?;
        let listed = answer["executions"].as_array().into_iter().flatten();
        let read = |execution: &serde_json::Value| {
            let end = execution["stopDate"].as_f64().map(timestamp).transpose()?;
            Ok((execution["executionArn"].as_str().unwrap_or_default().to_owned(), end))
        };
        listed.map(read).collect()
    }
}

/// The time until the next look at a waiting release if no event arrives, in seconds of this machine.
fn recheck_seconds(scale: f64) -> f64 {
    (RECHECK_SECONDS / scale).clamp(1.0, RECHECK_SECONDS)
}

/// The releases that may begin to call Beanstalk, per minute of this machine.
pub(crate) fn releases_per_minute(scale: f64) -> f64 {
    (RELEASES_PER_MINUTE * scale).clamp(1.0, MOST_RELEASES_PER_MINUTE)
}

/// Whether an operation of the simulator belongs to Elastic Beanstalk: it simulates Auto Scaling as well.
fn is_beanstalk(operation: &str) -> bool {
    !operation.contains("AutoScaling")
}

fn timestamp(seconds: f64) -> Result<Timestamp> {
    let since = jiff::SignedDuration::try_from_secs_f64(seconds)?;
    Ok(Timestamp::UNIX_EPOCH.checked_add(since)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_that_count_time_are_scaled_as_far_as_the_template_allows() {
        let scaled = |scale| {
            let (seconds, releases) = (recheck_seconds(scale), releases_per_minute(scale));
            format!("{seconds} s, {releases} per minute")
        };
        assert_eq!(scaled(1.0), "60 s, 30 per minute");
        assert_eq!(scaled(10.0), "6 s, 300 per minute");
        assert_eq!(scaled(100.0), "1 s, 600 per minute");
        assert_eq!(scaled(0.01), "60 s, 1 per minute");
    }

    #[test]
    fn seconds_are_a_time() {
        assert_eq!(timestamp(1.5).unwrap(), Timestamp::from_millisecond(1500).unwrap());
        assert!(timestamp(f64::NAN).is_err());
    }
}
