//! Whole releases on the local cloud, from the start of the execution to its end.

use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};

use beanstalk_sim::Call;
use mist_aws::{Aws, StepFunctions};
use mist_core::{ports::Beanstalk as _, release::request::UploadedObject};
use mist_rehearsal::{Home, LocalStack, StackPlan, page};

use crate::{
    build::Build,
    error::Result,
    execution::history,
    floor::Floor,
    local::Local,
    output::note,
    statistics::Figure,
    workflow::{Cost, Window, Workflow, between},
};

/// The deployments, with their durations in seconds.
pub(crate) const KINDS: &[(&str, f64)] =
    &[("3-minute deployment", 180.0), ("42-second deployment", 42.0)];

/// The ends of deployments are spread over so many seconds, so that they do not all coincide with the timer of a look.
const SPREAD_SECONDS: f64 = 10.0;

/// The longest time until an execution starts, in seconds of this machine.
const START_LIMIT: Duration = Duration::from_secs(30);

/// The event that completes a deployment.
const COMPLETED: &str = "Environment update completed successfully.";

/// The releases to make.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Series {
    /// The deployments: each a name and a duration in seconds.
    pub(crate) kinds: &'static [(&'static str, f64)],
    /// The number of releases with each of them.
    pub(crate) count: usize,
}

/// Releases with deployments of several durations.
#[derive(Debug)]
pub(crate) struct Releases {
    /// The releases by that duration.
    pub(crate) kinds: Vec<Kind>,
    /// The speed of Beanstalk and of the waits of the state machine; 1 is that of AWS.
    pub(crate) time_scale: f64,
}

/// Releases with deployments of one duration. Times are in seconds.
#[derive(Debug)]
pub(crate) struct Kind {
    /// The deployment.
    pub(crate) name: &'static str,
    /// The releases.
    pub(crate) releases: Vec<Release>,
    /// The number of steps of the execution that measured the emulator alone.
    pub(crate) floor_steps: usize,
    /// The duration of that execution.
    pub(crate) floor: Figure,
}

/// One release. Times are in seconds of this machine, except those of the definition.
#[derive(Debug)]
pub(crate) struct Release {
    /// The duration of the execution.
    pub(crate) wall: f64,
    /// The duration of Beanstalk's deployment.
    pub(crate) own: f64,
    /// The cost, from the history of the execution.
    pub(crate) cost: Cost,
    /// The number of calls of Beanstalk, by operation.
    pub(crate) calls: BTreeMap<String, usize>,
}

impl Release {
    /// The time of the release besides the deployment.
    pub(crate) fn over(&self) -> f64 {
        self.wall - self.own
    }

    /// The time of the release besides the deployment, with the waits of the definition as on AWS. Everything else is as
    /// measured.
    pub(crate) fn over_unscaled(&self, scale: f64) -> f64 {
        self.over() - self.cost.waits / scale + self.cost.waits
    }

    /// The number of calls that read from Beanstalk.
    pub(crate) fn reads(&self) -> usize {
        let reads = self.calls.iter().filter(|(operation, _)| operation.starts_with("Describe"));
        reads.map(|(_, count)| count).sum()
    }
}

/// Makes the releases at `scale` times the speed of AWS.
pub(crate) async fn measure(
    home: &Home,
    built: &Build,
    Series { kinds, count }: Series,
    scale: f64,
) -> Result<Releases> {
    let local = Box::pin(Local::start(home, built.functions.clone(), scale, 1)).await?;
    let stack = local.rehearsal.stack(&local.cloud, StackPlan::new("QA")).await?;
    let floor = Floor::install(&local.cloud, &built.empty).await?;
    let workflow = Workflow::read(&home.root().join("statemachine/blue-green.asl.json"))?;
    let stage = Stage { local, stack, workflow };
    let mut measured = Vec::new();
    for (index, &(name, seconds)) in kinds.iter().enumerate() {
        let mut releases = Vec::new();
        for number in 0..count {
            stage.local.deployments_take(seconds + SPREAD_SECONDS * phase(number, count));
            note(format!("{name}: release {} of {count}", number + 1));
            releases.push(stage.release(&format!("v{index}-{number}")).await?);
        }
        let floor_steps = releases.last().map_or(0, |it| it.cost.calls);
        let executions = stage.local.rehearsal.executions();
        let floor = floor.measure(&executions, floor_steps, count).await?;
        measured.push(Kind { name, releases, floor_steps, floor });
    }
    stage.local.cloud.stop().await;
    Ok(Releases { kinds: measured, time_scale: scale })
}

/// The place of `number` of `count` in a period: evenly spread, from -1/2 to 1/2.
fn phase(number: usize, count: usize) -> f64 {
    let [number, count] = [number, count].map(|it| u32::try_from(it).map_or(1.0, f64::from));
    (number + 0.5) / count - 0.5
}

/// A stack to release to.
struct Stage {
    local: Local,
    stack: LocalStack,
    workflow: Workflow,
}

impl Stage {
    /// Uploads a version, which releases it, and waits until it is live.
    async fn release(&self, version: &str) -> Result<Release> {
        let Local { cloud, rehearsal, .. } = &self.local;
        self.local.at_rest(&self.stack.stack.name).await?;
        let executions = rehearsal.executions();
        let known = executions.newest(rehearsal.state_machine()).await?;
        let key = self.stack.key(version);
        cloud.upload(rehearsal.bucket(), &key, page(version)).await?;
        let execution = self.started(&executions, known.into_iter().collect(), &key);
        let execution = tokio::time::timeout(START_LIMIT, execution).await??;
        let (started, steps) = history(&executions, &execution).await?;
        let ended = steps.last().map_or(started, |step| step.time);
        let calls = self.local.calls(started);
        let window = self.window(&calls).await?;
        let mut by_operation = BTreeMap::new();
        for call in calls {
            *by_operation.entry(call.operation).or_default() += 1;
        }
        Ok(Release {
            wall: between(started, ended),
            own: window.seconds(),
            cost: self.workflow.cost(&steps, window)?,
            calls: by_operation,
        })
    }

    async fn started(
        &self,
        executions: &StepFunctions,
        mut known: HashSet<String>,
        key: &str,
    ) -> Result<String> {
        let machine = self.local.rehearsal.state_machine();
        let upload = UploadedObject::at(key);
        let mut ticks = tokio::time::interval(Duration::from_millis(100));
        loop {
            ticks.tick().await;
            if let Some(found) = executions.started_by_upload(machine, &mut known, &upload).await? {
                return Ok(found);
            }
        }
    }

    /// The deployment among `calls`.
    async fn window(&self, calls: &[Call]) -> Result<Window> {
        let update = calls.iter().find(|call| call.operation == "UpdateEnvironment");
        let update = update.ok_or("the release deployed nothing")?;
        let environment = update
            .parameters
            .get("EnvironmentName")
            .ok_or("the deployment names no environment")?;
        let beanstalk = Aws::new(self.local.cloud.beanstalk_config().clone()).beanstalk();
        let events = beanstalk.events(&environment.parse()?, Some(update.at)).await?;
        let completed = events.into_iter().find(|event| {
            event.request_id.as_ref() == Some(&update.request_id) && event.message == COMPLETED
        });
        let end = completed.ok_or("the deployment was never completed")?.time;
        Ok(Window { begin: update.at, end })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_waits_of_the_definition_are_unscaled() {
        let cost = Cost { lag: 1.0, waits: 20.0, ..Cost::default() };
        let calls = BTreeMap::from([
            ("DescribeEnvironments".to_owned(), 5),
            ("DescribeEvents".to_owned(), 1),
            ("UpdateEnvironment".to_owned(), 1),
        ]);
        let release = Release { wall: 21.0, own: 18.0, cost, calls };
        assert!((release.over() - 3.0).abs() < 1e-9);
        assert!((release.over_unscaled(10.0) - 21.0).abs() < 1e-9);
        assert_eq!(release.reads(), 6);
    }

    #[test]
    fn the_ends_of_deployments_are_spread_over_a_period() {
        let ends: Vec<_> = (0..4).map(|number| phase(number, 4)).collect();
        assert_eq!(ends, [-0.375, -0.125, 0.125, 0.375]);
    }
}
