//! The world of the examples, in which `begin`, `plan` and `finish` are called.

use futures_util::FutureExt as _;
use jiff::Timestamp;
use mist_core::{
    beanstalk::{
        application_version::{ApplicationVersion, VersionStatus},
        capacity::Capacity,
        environment::Environment,
        event::Event,
        instance_log::LogTail,
    },
    error::Error,
    names::{EnvironmentName, VersionLabel},
    ports::{Beanstalk, Logs, NewVersion, Update},
    release::state::{LiveSide, StackState, Stopped, TaskToken},
    stack::{settings::Stack, side::Side},
};
use mist_testkit::{
    FakeAlarms, FakeArtifacts, FakeBeanstalk, FakeClock, FakeDns, FakeGroups, FakeHistory,
    FakeLocks, FakeLogs, FakeQuota, FakeStacks, FakeTasks, FakeWakes, START, environment, stack,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{
    asl::interpreter::{Answer, Call},
    project::Result,
};

/// The bundle that is fetched in the examples.
const FETCHED: &str = "fetched/Demo/git-0123456789abcdef0123456789abcdef01234567-1767323044000.zip";

/// Stack `QA`: environment A is live with `v1`. Environment B has `v0`, which was live before, and `v2` was
/// uploaded.
#[derive(Debug)]
pub(crate) struct World {
    stack: Stack,
    idle_instances: u32,
}

impl World {
    /// The stack with other `settings`, and with so many instances of environment B.
    pub(crate) fn new(settings: &Value, idle_instances: Option<u64>) -> Result<Self> {
        let mut usual = json!(stack()?);
        for (field, value) in settings.as_object().into_iter().flatten() {
            usual["settings"][field] = value.clone();
        }
        let idle_instances = idle_instances.map_or(Ok(1), u32::try_from)?;
        Ok(Self { stack: serde_json::from_value(usual)?, idle_instances })
    }

    /// The answer of the function to `call`.
    pub(crate) fn answer(&self, call: &Call) -> Answer {
        let payload = call.payload.clone();
        match call.function.as_str() {
            "Begin" => {
                match parse(payload["request"].clone()).and_then(|request| self.begin(request)) {
                    Ok(response) => Answer::Payload(response),
                    // A wait is ended with the message itself.
                    Err(error) => Answer::Failure {
                        cause: Some(error.to_string()),
                        error: error.code().to_owned(),
                    },
                }
            }
            "Plan" => called(parse(payload).and_then(|request| self.plan(request))),
            _ => called(self.finish(payload)),
        }
    }

    /// The response of `begin`.
    pub(crate) fn begin(&self, request: begin::Request) -> Result<Value, Error> {
        let ports = begin::Ports {
            stacks: FakeStacks::with(self.stack.clone()),
            locks: FakeLocks::default(),
            history: FakeHistory::default(),
            quota: FakeQuota::default(),
            tasks: FakeTasks::default(),
            wakes: FakeWakes::default(),
            clock: FakeClock::default(),
        };
        now(begin::run(&ports, TaskToken::from("token"), request))
    }

    fn plan(&self, request: plan::Request) -> Result<Value, Error> {
        let ports = plan::Ports {
            stacks: FakeStacks::with(self.stack.clone()),
            dns: self.dns(),
            beanstalk: beanstalk(),
            artifacts: FakeArtifacts::with([
                (FETCHED, b"PK\x03\x04"),
                ("releases/QA/v2.zip", b"PK\x03\x04"),
            ]),
            groups: FakeGroups::with([("Demo-QA-A", 1), ("Demo-QA-B", self.idle_instances)]),
            locks: FakeLocks::with("QA", remembered()?),
            history: FakeHistory::default(),
            alarms: FakeAlarms::default(),
            clock: FakeClock::default(),
        };
        now(plan::run(&ports, request))
    }

    /// The response of `finish`, to which the stack is as the results say.
    fn finish(&self, payload: Value) -> Result<Value, Error> {
        let (beanstalk, dns) = (beanstalk(), self.dns());
        let text = |place: &str| payload.pointer(place).and_then(Value::as_str);
        if text("/results/waitReady/health").is_some()
            && let Some(environment) = text("/plan/summary/environment")
        {
            let version = text("/plan/summary/version").map(str::to_owned);
            beanstalk.change(environment, |environment| environment.version = version);
        }
        let swapped_back = payload.pointer("/results/verifySwapBack").is_some()
            || text("/swapBackFailure/step") == Some("Verify swap back");
        if let Some(target) = text("/results/swap/to").filter(|_| !swapped_back) {
            dns.point(target);
        }
        let request: finish::Request = parse(payload)?;
        let ports = finish::Ports {
            locks: FakeLocks::default(),
            history: FakeHistory::default(),
            tasks: FakeTasks::default(),
            wakes: FakeWakes::default(),
            beanstalk: WithLogs(beanstalk, logs()?),
            dns,
            texts: FakeLogs::default(),
            clock: FakeClock::default(),
        };
        now(finish::run(&ports, request))
    }

    fn dns(&self) -> FakeDns {
        FakeDns::pointing(self.stack.names(), &environment("Demo-QA-A", "v1").cname)
    }
}

fn beanstalk() -> FakeBeanstalk {
    let beanstalk =
        FakeBeanstalk::with([environment("Demo-QA-A", "v1"), environment("Demo-QA-B", "v0")]);
    for label in ["v0", "v1"] {
        let version =
            ApplicationVersion { bundle: None, status: VersionStatus::Usable, checksum: None };
        beanstalk.put_version("Demo", label, version);
    }
    beanstalk
}

/// The logs of the instances, sent when they are requested.
fn logs() -> Result<FakeLogs, Error> {
    let logs = FakeLogs::default();
    let sent = Timestamp::from_second(START + 1);
    let sent = sent.map_err(|error| Error::InvalidInput { problem: error.to_string() })?;
    let text = "----------\n/var/log/web.stdout.log\n----------\n\
                Jan  2 03:04:06 ip-10-0-0-1 web[4711]: npm ERR! missing script: start\n";
    logs.send("i-0a1b2c3d", sent, text);
    Ok(logs)
}

/// Environments whose instances send logs.
#[derive(Debug)]
struct WithLogs(FakeBeanstalk, FakeLogs);

impl Beanstalk for WithLogs {
    async fn environments(&self, names: &[&EnvironmentName]) -> Result<Vec<Environment>, Error> {
        self.0.environments(names).await
    }

    async fn version(
        &self,
        application: &str,
        label: &VersionLabel,
    ) -> Result<Option<ApplicationVersion>, Error> {
        self.0.version(application, label).await
    }

    async fn newest_version(&self, application: &str) -> Result<Option<VersionLabel>, Error> {
        self.0.newest_version(application).await
    }

    async fn create_version(
        &self,
        version: &NewVersion,
    ) -> Result<Option<ApplicationVersion>, Error> {
        self.0.create_version(version).await
    }

    async fn deploy(&self, name: &EnvironmentName, label: &VersionLabel) -> Result<Update, Error> {
        self.0.deploy(name, label).await
    }

    async fn events(
        &self,
        environment: &EnvironmentName,
        since: Option<Timestamp>,
    ) -> Result<Vec<Event>, Error> {
        self.0.events(environment, since).await
    }
}

impl Logs for WithLogs {
    async fn request(&self, environment: &EnvironmentName) -> Result<(), Error> {
        self.1.request(environment).await
    }

    async fn retrieve(&self, environment: &EnvironmentName) -> Result<Vec<LogTail>, Error> {
        self.1.retrieve(environment).await
    }
}

/// The state of the stack in the table.
fn remembered() -> Result<StackState, Error> {
    let invalid = |problem: String| Error::InvalidInput { problem };
    let live = LiveSide {
        side: Side::A,
        environment: "Demo-QA-A".parse().map_err(invalid)?,
        version: Some("v1".to_owned()),
        since: START - 3600,
        drained: START - 3480,
        previous: Some("v0".to_owned()),
    };
    let capacity = Capacity { min: 1, max: 4, desired: 2 };
    let stopped = Stopped { environment: "Demo-QA-B".parse().map_err(invalid)?, capacity };
    Ok(StackState { live: Some(live), stopped_b: Some(stopped), ..StackState::default() })
}

fn parse<R: DeserializeOwned>(payload: Value) -> Result<R, Error> {
    mist_lambda::parse(payload)
}

/// The response of a function whose ports answer immediately.
fn now<R: Serialize>(call: impl Future<Output = Result<R, Error>>) -> Result<Value, Error> {
    let missing = || Error::NotReady { what: "a fake".to_owned(), status: "it waits".to_owned() };
    call.now_or_never().unwrap_or_else(|| Err(missing())).map(|response| json!(response))
}

/// The answer as Lambda wraps it.
fn called(response: Result<Value, Error>) -> Answer {
    match response {
        Ok(response) => Answer::Payload(response),
        Err(error) => {
            let cause = json!({"errorType": error.code(), "errorMessage": error.to_string()});
            Answer::Failure { cause: Some(cause.to_string()), error: error.code().to_owned() }
        }
    }
}
