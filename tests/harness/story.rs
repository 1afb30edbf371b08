//! When: what happens to a stack.

use std::collections::{BTreeMap, HashSet};

use beanstalk_sim::{Fault, Outcome as CallOutcome, Scenario, Scope};
use jiff::Timestamp;
use mist_aws::{AutoScaling, Aws, ElasticBeanstalk, executions::What};
use mist_core::{
    beanstalk::{
        capacity::{Capacity, Group},
        environment::{Environment, EnvironmentStatus},
    },
    ports::{Beanstalk as _, Bundles as _, Groups as _, History as _, Locks as _, Upload as _},
    release::{request::UploadedObject, state::StackState},
    stack::{artifact::Artifact, side::Side},
};
use mist_local::{Traffic, TrafficReport};
use mist_rehearsal::{LocalStack, page};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{result::Result, wait::until, world::World};

/// The requests per second of the clients of a stack.
const RATE: u32 = 10;

/// The number of answers that show what new clients see.
const ENOUGH: u64 = 3;

/// A stack with clients.
pub struct Story {
    pub(crate) world: &'static World,
    /// The stack.
    pub stack: LocalStack,
    traffic: Traffic,
    calls_before: usize,
}

impl Story {
    pub(crate) async fn begin(world: &'static World, stack: LocalStack) -> Result<Self> {
        let traffic = world.cloud.traffic(&stack.url, RATE)?;
        until("a client is answered", async || Ok(!traffic.report().versions.is_empty())).await?;
        let calls_before = world.cloud.simulator().calls().len();
        Ok(Self { world, stack, traffic, calls_before })
    }

    /// The name of the environment of `side`.
    pub fn environment(&self, side: Side) -> &str {
        self.stack.stack.settings.environments.on(side).as_str()
    }

    /// Beanstalk has `fault` for the environment of `side` from now on.
    pub fn fault(&self, side: Side, fault: Fault) {
        self.fault_in(Scope::from(self.environment(side)), fault);
    }

    /// Beanstalk has `fault` in `scope` from now on.
    pub(crate) fn fault_in(&self, scope: Scope, fault: Fault) {
        self.world.cloud.simulator().set_fault(scope, fault);
    }

    /// Uploads a good bundle `label` for the stack; returns the execution that this starts.
    pub async fn upload(&self, label: &str) -> Result<String> {
        self.upload_to(&self.stack.key(label), page(label)).await
    }

    /// Uploads `content` to `key`; returns the execution that this starts.
    pub async fn upload_to(&self, key: &str, content: Vec<u8>) -> Result<String> {
        let (executions, machine) = (self.world.rehearsal.executions(), self.state_machine());
        let known = executions.newest(machine).await?.into_iter().collect();
        self.world.cloud.upload(self.world.rehearsal.bucket(), key, content).await?;
        self.started_by(UploadedObject::at(key), known).await
    }

    /// Uploads `content` to `key` as a multipart upload; returns the execution that this starts.
    pub async fn upload_in_parts(&self, key: &str, content: Vec<u8>) -> Result<String> {
        let artifacts = self.world.rehearsal.aws().artifacts();
        let mut upload = artifacts.begin(self.world.rehearsal.bucket(), key).await?;
        upload.write(content).await?;
        let Artifact { key, etag, version_id, .. } = upload.finish().await?;
        let uploaded = UploadedObject { key, etag: Some(etag), version_id };
        self.started_by(uploaded, HashSet::new()).await
    }

    async fn started_by(
        &self,
        upload: UploadedObject,
        mut known: HashSet<String>,
    ) -> Result<String> {
        let (executions, machine) = (self.world.rehearsal.executions(), self.state_machine());
        let mut found = None;
        until("the upload starts an execution", async || {
            found = executions.started_by_upload(machine, &mut known, &upload).await?;
            Ok(found.is_some())
        })
        .await?;
        found.ok_or_else(|| "no execution".into())
    }

    /// Starts an operation on the stack, with `extra` in its input; returns the execution.
    pub async fn start(&self, operation: &str, extra: Value) -> Result<String> {
        let mut input = json!({ "operation": operation, "stack": self.stack.stack.name });
        if let (Value::Object(input), Value::Object(extra)) = (&mut input, extra) {
            input.extend(extra);
        }
        self.start_with(&input).await
    }

    /// Starts the state machine with `input`; returns the execution.
    pub async fn start_with(&self, input: &Value) -> Result<String> {
        let name = Uuid::new_v4().to_string();
        let executions = self.world.rehearsal.executions();
        Ok(executions.start(self.state_machine(), &name, input).await?)
    }

    /// Starts the state machine with the event that started `execution`: EventBridge delivers some events twice, and some
    /// late.
    pub async fn event_again(&self, execution: &str) -> Result<String> {
        let input = self.world.rehearsal.executions().describe(execution).await?.input;
        self.start_with(&input).await
    }

    /// Stops `execution`, as a person does in the console.
    pub async fn stopped(&self, execution: &str) -> Result {
        Ok(self.world.rehearsal.executions().stop(execution, "").await?)
    }

    /// Elastic Beanstalk without mist.
    pub fn beanstalk(&self) -> ElasticBeanstalk {
        Aws::new(self.world.cloud.beanstalk_config().clone()).beanstalk()
    }

    fn groups(&self) -> AutoScaling {
        Aws::new(self.world.cloud.beanstalk_config().clone()).groups()
    }

    /// Waits until the health of `side` is not good.
    pub async fn no_longer_good(&self, side: Side) -> Result {
        self.until(side, "the health is not good", |found| !found.health.is_good()).await
    }

    /// Waits until the environment of `side` runs `label`, and Beanstalk does nothing with it.
    pub async fn runs(&self, side: Side, label: &str) -> Result {
        let runs = |found: &Environment| {
            found.status == EnvironmentStatus::Ready && found.version.as_deref() == Some(label)
        };
        self.until(side, "the environment runs the version", runs).await
    }

    /// Waits until Beanstalk does nothing with the environment of `side`.
    pub async fn ready(&self, side: Side) -> Result {
        let ready = |found: &Environment| found.status == EnvironmentStatus::Ready;
        self.until(side, "the environment is ready", ready).await
    }

    async fn until(&self, side: Side, what: &str, holds: impl Fn(&Environment) -> bool) -> Result {
        let environment = self.stack.stack.settings.environments.on(side);
        let beanstalk = self.beanstalk();
        until(what, async || {
            let found = beanstalk.environments(&[environment]).await?.pop();
            Ok(found.is_some_and(|found| holds(&found)))
        })
        .await
    }

    /// Starts a managed update of the environment of `side`.
    pub async fn managed_update(&self, side: Side) -> Result {
        let moment =
            json!([{ "after": 0, "do": "managed_update", "environment": self.environment(side) }]);
        self.world.cloud.simulator().play(Scenario::parse(&moment.to_string())?);
        let updating = |found: &Environment| found.status == EnvironmentStatus::Updating;
        self.until(side, "the environment is being updated", updating).await
    }

    /// The Auto Scaling group of the environment of `side`.
    pub async fn group(&self, side: Side) -> Result<Group> {
        let environment = self.stack.stack.settings.environments.on(side);
        Ok(self.groups().group(environment).await?)
    }

    /// Sets the capacity of `side`, and waits until it has that many instances.
    pub async fn resize(&self, side: Side, capacity: Capacity) -> Result {
        let name = self.group(side).await?.name;
        let three = [capacity.min, capacity.max, capacity.desired];
        self.world.cloud.resize(&name, three).await?;
        until("the group has its capacity", async || {
            let group = self.group(side).await?;
            Ok((group.instances, group.in_service) == (capacity.desired, capacity.desired))
        })
        .await
    }

    /// The state of the stack in the table.
    pub async fn state(&self) -> Result<StackState> {
        Ok(self.world.rehearsal.aws().locks().state(&self.stack.stack.name).await?)
    }

    /// Waits until `execution` is in the queue for the lock.
    pub async fn is_queued(&self, execution: &str) -> Result {
        until("the release is in the queue", async || {
            let queue = self.state().await?.queue;
            Ok(queue.iter().any(|queued| queued.execution == execution))
        })
        .await
    }

    /// Waits until the lock is free.
    pub async fn lock_is_free(&self) -> Result {
        // A lease that expired holds nothing, though it stays until the next one.
        let free = async || Ok(self.state().await?.holder(Timestamp::now().as_second()).is_none());
        until("the lock is free", free).await
    }

    /// Waits until the old environment is drained.
    pub async fn drained(&self) -> Result {
        until("the old environment is drained", async || {
            let live = self.state().await?.live;
            Ok(live.is_none_or(|live| live.drained <= Timestamp::now().as_second()))
        })
        .await
    }

    /// The history of the stack: operation, version and verdict of each release, the newest first.
    pub async fn history(&self) -> Result<Vec<String>> {
        let history = self.world.rehearsal.aws().history();
        let releases = history.releases(&self.stack.stack.name, 20).await?;
        let mut listed = Vec::new();
        for release in releases {
            let release = release?;
            let version = release.version.as_deref().unwrap_or("-");
            listed.push(format!("{} {version}: {}", release.operation, release.verdict));
        }
        Ok(listed)
    }

    /// Waits until the history is `expected`, the newest first.
    pub async fn history_says(&self, expected: &[&str]) -> Result {
        let found = until("the history", async || Ok(self.history().await? == expected)).await;
        match found {
            Ok(()) => Ok(()),
            Err(_) => Err(format!("the history is {:?}", self.history().await?).into()),
        }
    }

    /// Waits until the history has the steps of `execution`, which has ended.
    pub async fn steps_are_noted(&self, execution: &str) -> Result {
        let history = self.world.rehearsal.aws().history();
        until("the history has the steps", async || {
            let releases = history.releases(&self.stack.stack.name, 20).await?;
            let mut found = releases.into_iter().filter_map(std::result::Result::ok);
            Ok(found.any(|it| it.execution == execution && !it.steps.is_empty()))
        })
        .await
    }

    /// Clears the faults of `side`.
    pub fn well_again(&self, side: Side) {
        self.world.cloud.simulator().clear_faults(Scope::from(self.environment(side)));
    }

    /// Waits until `execution` has entered `state`.
    pub async fn reaches(&self, execution: &str, state: &str) -> Result {
        let executions = self.world.rehearsal.executions();
        until(state, async || {
            let steps = executions.steps(execution, 0).await?;
            Ok(steps
                .iter()
                .any(|step| matches!(&step.what, What::Entered { state: it } if it == state)))
        })
        .await
    }

    /// The last output of `state` in `execution`.
    pub async fn output_of(&self, execution: &str, state: &str) -> Result<Value> {
        let (mut entered, mut last) = (false, Value::Null);
        for step in self.world.rehearsal.executions().steps(execution, 0).await? {
            match step.what {
                What::Entered { state: name } => entered = name == state,
                What::Exited { output, .. } if entered => last = output,
                What::Exited { .. } | What::Failed { .. } => {}
            }
        }
        Ok(last)
    }

    /// Waits until `condition` holds.
    pub async fn sees(&self, what: &str, mut condition: impl FnMut() -> bool) -> Result {
        until(what, async || Ok(condition())).await
    }

    /// Waits until clients got answers of `label`.
    pub async fn clients_meet(&self, label: &str) -> Result {
        until("clients get the version", async || Ok(self.traffic.report().answers(label) > 0))
            .await
    }

    /// The versions that answered clients so far, and the number of failed requests.
    pub fn clients(&self) -> (Vec<String>, u64) {
        let report = self.traffic.report();
        (report.versions.keys().cloned().collect(), report.failed())
    }

    /// The failed requests of clients so far, by reason.
    pub fn failures(&self) -> BTreeMap<String, u64> {
        self.traffic.report().failures
    }

    /// The traffic of new clients.
    pub async fn new_clients(&self) -> Result<TrafficReport> {
        let traffic = self.world.cloud.traffic(&self.stack.url, RATE)?;
        until("new clients get answers", async || {
            let seen = traffic.report();
            let answers: u64 = seen.versions.values().map(|version| version.answers).sum();
            Ok(answers + seen.failed() >= ENOUGH)
        })
        .await?;
        Ok(traffic.stop().await)
    }

    /// The calls since the beginning of the story that changed this stack at Beanstalk.
    pub fn beanstalk_changes(&self) -> Vec<String> {
        let calls = self.world.cloud.simulator().calls();
        let ours = |name: &String| Side::BOTH.iter().any(|side| self.environment(*side) == name);
        calls
            .iter()
            .skip(self.calls_before)
            .filter(|call| !looks(&call.operation))
            .filter(|call| !matches!(call.outcome, CallOutcome::Error { .. }))
            .filter(|call| call.parameters.get("EnvironmentName").is_some_and(ours))
            .map(|call| {
                let parameter = |name: &str| call.parameters.get(name).map_or("", String::as_str);
                let (environment, label) =
                    (parameter("EnvironmentName"), parameter("VersionLabel"));
                format!("{} {environment} {label}", call.operation)
            })
            .collect()
    }

    fn state_machine(&self) -> &'static str {
        self.world.rehearsal.state_machine()
    }
}

/// Whether a call of Beanstalk changes nothing.
fn looks(operation: &str) -> bool {
    operation.starts_with("Describe") || operation.ends_with("EnvironmentInfo")
}
