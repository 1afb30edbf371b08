//! Whole releases on the local cloud, from the start of the run to its end.

use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};

use beanstalk_sim::{Call, Fault, Scope};
use jiff::Timestamp;
use mist_aws::{
    Aws, StepFunctions,
    executions::{Status, Step},
};
use mist_core::ports::Beanstalk as _;
use mist_local::{Cloud, Progress, Settings};
use mist_rehearsal::{Home, LocalStack, Rehearsal, StackPlan, page};

use crate::{
    Result,
    build::Build,
    floor::Floor,
    note,
    statistics::Figure,
    workflow::{Cost, Window, Workflow, between},
};

/// What is released: how long Beanstalk is busy with it, in seconds.
const KINDS: [(&str, f64); 2] = [("3-minute deployment", 180.0), ("42-second deployment", 42.0)];

/// The period of the looks. The ends of the deployments are spread over it, as those of real ones are.
const LOOK_SECONDS: f64 = 10.0;

/// How long Beanstalk is busy with what is deployed before anything is measured, in seconds.
const SETUP_SECONDS: f64 = 5.0;

/// How long a run may take to start, and how long to end, in seconds of this machine.
const START_LIMIT: Duration = Duration::from_secs(30);
const END_LIMIT: Duration = Duration::from_mins(20);

/// What Beanstalk says when a deployment is over.
const COMPLETED: &str = "Environment update completed successfully.";

/// Releases of several lengths.
#[derive(Debug)]
pub(crate) struct Releases {
    /// By length.
    pub(crate) kinds: Vec<Kind>,
    /// How many times faster than real everything was but the functions and the emulator.
    pub(crate) time_scale: f64,
}

/// Releases of one length. Times are in seconds.
#[derive(Debug)]
pub(crate) struct Kind {
    /// What was released.
    pub(crate) name: &'static str,
    /// The releases.
    pub(crate) releases: Vec<Release>,
    /// How many steps the emulator was given alone.
    pub(crate) floor_steps: usize,
    /// How long it took for them.
    pub(crate) floor: Figure,
}

/// One release. Times are in seconds of this machine, but for those of the definition.
#[derive(Debug)]
pub(crate) struct Release {
    /// From the start of the run to its end.
    pub(crate) wall: f64,
    /// Of that, Beanstalk's own.
    pub(crate) own: f64,
    /// What the history tells.
    pub(crate) cost: Cost,
    /// How many calls of Beanstalk there were, by operation.
    pub(crate) calls: BTreeMap<String, usize>,
}

impl Release {
    /// How much longer the release took than Beanstalk alone.
    pub(crate) fn over(&self) -> f64 {
        self.wall - self.own
    }

    /// The same with waits as long as they really are; all else stays as this machine needed it.
    pub(crate) fn over_unscaled(&self, scale: f64) -> f64 {
        let waits = self.cost.lag + self.cost.waits_outside;
        self.over() - waits / scale + waits
    }
}

/// Makes `count` releases of each length.
pub(crate) async fn measure(
    home: &Home,
    built: &Build,
    count: usize,
    scale: f64,
) -> Result<Releases> {
    let settings = Settings {
        time_scale: scale,
        wait_scale: Some(1.0 / scale),
        deploy_seconds: SETUP_SECONDS,
        platform_ttl: 1,
        progress: Progress::new(|line| note(line)),
        functions_see: mist_rehearsal::functions_see(),
        ..Settings::new(home.target())
    };
    let cloud = Cloud::start(settings).await?;
    let rehearsal = Rehearsal::install(&cloud, home, built.functions.clone()).await?;
    let stack = rehearsal.stack(&cloud, StackPlan::new("QA")).await?;
    let floor = Floor::install(&cloud, &built.empty).await?;
    let definition = home.root().join("statemachine/blue-green.asl.json");
    let stage = Stage { cloud, rehearsal, stack, workflow: Workflow::read(&definition)?, scale };
    let mut kinds = Vec::new();
    for (index, (name, seconds)) in KINDS.into_iter().enumerate() {
        let mut releases = Vec::new();
        for number in 0..count {
            let deploy_seconds = seconds + LOOK_SECONDS * phase(number, count);
            note(format!("{name}: release {} of {count}", number + 1));
            releases.push(stage.release(&format!("v{index}-{number}"), deploy_seconds).await?);
        }
        let floor_steps = releases.last().map_or(0, |it| it.cost.calls_outside);
        let floor = floor.measure(&stage.rehearsal.executions(), floor_steps, count).await?;
        kinds.push(Kind { name, releases, floor_steps, floor });
    }
    stage.cloud.stop().await;
    Ok(Releases { kinds, time_scale: scale })
}

/// Where in a period `number` of `count` is: evenly spread, from -1/2 to 1/2.
fn phase(number: usize, count: usize) -> f64 {
    let [number, count] = [number, count].map(|it| u32::try_from(it).map_or(1.0, f64::from));
    (number + 0.5) / count - 0.5
}

/// mist on the local cloud.
struct Stage {
    cloud: Cloud,
    rehearsal: Rehearsal,
    stack: LocalStack,
    workflow: Workflow,
    scale: f64,
}

impl Stage {
    /// Uploads a version, which releases it, and waits until it is live.
    async fn release(&self, version: &str, deploy_seconds: f64) -> Result<Release> {
        let simulator = self.cloud.simulator();
        simulator.set_fault(Scope::everywhere(), Fault::DeploySeconds { seconds: deploy_seconds });
        let executions = self.rehearsal.executions();
        let known = executions.newest(self.rehearsal.state_machine()).await?;
        let key = self.stack.key(version);
        self.cloud.upload(self.rehearsal.bucket(), &key, page(version)).await?;
        let run = self.started(&executions, known.into_iter().collect(), &key);
        let run = tokio::time::timeout(START_LIMIT, run).await??;
        let (started, steps) = history(&executions, &run).await?;
        let ended = steps.last().map_or(started, |step| step.time);
        let calls: Vec<_> = simulator.calls().into_iter().filter(|it| it.at >= started).collect();
        let window = self.window(&calls).await?;
        let mut by_operation = BTreeMap::new();
        for call in calls {
            *by_operation.entry(call.operation).or_default() += 1;
        }
        Ok(Release {
            wall: between(started, ended),
            own: window.seconds(),
            cost: self.workflow.cost(&steps, window, self.scale),
            calls: by_operation,
        })
    }

    async fn started(
        &self,
        executions: &StepFunctions,
        mut known: HashSet<String>,
        key: &str,
    ) -> Result<String> {
        let machine = self.rehearsal.state_machine();
        let mut ticks = tokio::time::interval(Duration::from_millis(100));
        loop {
            ticks.tick().await;
            if let Some(run) = executions.started_by_upload(machine, &mut known, key).await? {
                return Ok(run);
            }
        }
    }

    /// From when to when Beanstalk was busy with the update among `calls`.
    async fn window(&self, calls: &[Call]) -> Result<Window> {
        let update = calls.iter().find(|call| call.operation == "UpdateEnvironment");
        let update = update.ok_or("the release deployed nothing")?;
        let environment = update.parameters.get("EnvironmentName").ok_or("it has no name")?;
        let beanstalk = Aws::new(self.cloud.beanstalk_config().clone()).beanstalk();
        let events = beanstalk.events(&environment.parse()?, Some(&update.request_id)).await?;
        let completed = events.into_iter().find(|event| event.message == COMPLETED);
        let end = completed.ok_or("Beanstalk never said that it was done")?.time;
        Ok(Window { begin: update.at, end })
    }
}

/// Waits until the run `arn` has ended well; gives when it started, and its steps.
pub(crate) async fn history(
    executions: &StepFunctions,
    arn: &str,
) -> Result<(Timestamp, Vec<Step>)> {
    let wait = async {
        // Looking takes the emulator's time as well.
        let mut ticks = tokio::time::interval(Duration::from_millis(250));
        loop {
            ticks.tick().await;
            let run = executions.describe(arn).await?;
            match run.status {
                Status::Running => {}
                Status::Succeeded => {
                    return Ok((
                        run.started.ok_or("a run has no start")?,
                        executions.steps(arn, 0).await?,
                    ));
                }
                other => return Err(format!("a run did not end well: {other:?}").into()),
            }
        }
    };
    tokio::time::timeout(END_LIMIT, wait).await?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_waits_become_longer_when_time_is_told_as_it_really_is() {
        let cost = Cost { lag: 5.0, waits_outside: 15.0, ..Cost::default() };
        let release = Release { wall: 21.0, own: 18.0, cost, calls: BTreeMap::new() };
        assert!((release.over() - 3.0).abs() < 1e-9);
        assert!((release.over_unscaled(10.0) - 21.0).abs() < 1e-9);
    }

    #[test]
    fn the_ends_of_deployments_are_spread_over_a_period() {
        let ends: Vec<_> = (0..4).map(|number| phase(number, 4)).collect();
        assert_eq!(ends, [-0.375, -0.125, 0.125, 0.375]);
    }
}
