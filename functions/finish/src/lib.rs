//! Finishes a release: ends it in the history, frees the lock, and hands it on. A failed one is explained.

mod log;
mod report;

#[cfg(test)]
mod tests;

use mist_core::{
    error::Error,
    names::StackName,
    ports::{Beanstalk, Clock, Dns, History, Locks, Logs, Tasks, Texts, Wakes},
    release::{
        ending,
        failure::Failure,
        history::{PastRelease, ReleaseEnd},
        lock::EndedBy,
        request::ReleaseRequest,
        stack_report::{self, StackRef},
    },
};
use mist_lambda::stack_of;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use report::{Plan, Results};

/// Everything that a release is finished with.
#[derive(Debug)]
pub struct Ports<L, H, T, W, B, D, X, C> {
    /// The locks of stacks.
    pub locks: L,
    /// The history of releases.
    pub history: H,
    /// The waiting tasks of others.
    pub tasks: T,
    /// The wake-ups for those who wait.
    pub wakes: W,
    /// The environments, and their logs.
    pub beanstalk: B,
    /// The DNS records.
    pub dns: D,
    /// The texts of logs.
    pub texts: X,
    /// The time.
    pub clock: C,
}

/// A release that is over.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// The release; null if it failed before it began.
    pub release: Option<ReleaseRequest>,
    /// Its plan; null if there is none.
    pub plan: Option<Plan>,
    /// The answers of its steps.
    pub results: Results,
    /// The step that failed; absent if none did.
    #[serde(default)]
    pub failure: Option<Failure>,
    /// The step of the swap back that failed; null if none did.
    #[serde(default)]
    pub swap_back_failure: Option<Failure>,
    /// The ARN of the execution; absent if no step failed.
    #[serde(default)]
    pub execution: Option<String>,
    /// The input of the execution; absent if no step failed.
    #[serde(default)]
    pub input: Value,
}

/// The end of the execution.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Response {
    /// Its output.
    Done(Value),
    /// Its error.
    Failed {
        /// The name.
        error: String,
        /// The cause: the JSON text of a [`mist_core::release::failure::Cause`].
        cause: String,
    },
}

/// Finishes the release. Its own trouble never replaces the end of the release: what cannot be written now is
/// written by `reconcile`, which comes after every end. Finishing again changes nothing.
pub async fn run<
    L: Locks,
    H: History,
    T: Tasks,
    W: Wakes,
    B: Beanstalk + Logs,
    D: Dns,
    X: Texts,
    C: Clock,
>(
    ports: &Ports<L, H, T, W, B, D, X, C>,
    request: Request,
) -> Result<Response, Error> {
    let Some(failure) = &request.failure else {
        let missing = |field: &str| Error::InvalidInput { problem: format!("{field}: missing") };
        let release = request.release.as_ref().ok_or_else(|| missing("release"))?;
        let plan = request.plan.as_ref().ok_or_else(|| missing("plan"))?;
        let mut warnings = report::warnings(plan, &request.results);
        warnings.extend(end(ports, &Ended::of(release), PastRelease::DONE, None).await);
        return Ok(Response::Done(report::output(plan, &request.results, &warnings)));
    };
    let mut cause = report::cause(&request, failure);
    if let Some(ended) = Ended::find(ports, &request).await {
        end(ports, &ended, &cause.error, Some(cause.reason())).await;
    }
    if let Some(plan) = request.plan.as_ref().filter(|_| may_be_the_application(failure)) {
        let Ports { beanstalk, texts, clock, .. } = ports;
        cause.log = log::lines(beanstalk, texts, clock, &plan.summary.environment).await;
    }
    cause.stack = summary(ports, request.release.as_ref()).await;
    Ok(Response::Failed { error: cause.error.clone(), cause: cause.to_text() })
}

/// A release that ends, as far as it is known.
struct Ended {
    stack: StackName,
    /// The key in the history; `None` if it was not opened.
    id: Option<String>,
    /// The execution.
    execution: String,
}

impl Ended {
    fn of(release: &ReleaseRequest) -> Self {
        Self {
            stack: release.stack.clone(),
            id: Some(release.release_id.clone()),
            execution: release.execution.id.clone(),
        }
    }

    /// The release of `request`. One that failed while it began is found by its input.
    async fn find<L, H: History, T, W, B, D, X, C>(
        Ports { history, .. }: &Ports<L, H, T, W, B, D, X, C>,
        request: &Request,
    ) -> Option<Self> {
        if let Some(release) = &request.release {
            return Some(Self::of(release));
        }
        let (stack, execution) = (stack_of(&request.input)?, request.execution.clone()?);
        let found = ending::find(history, &stack, &execution).await;
        let id = match found {
            Ok(found) => found.map(|release| release.id),
            Err(error) => {
                tracing::warn!(stack.name = %stack, "the release cannot be found: {error}");
                None
            }
        };
        Some(Self { stack, id, execution })
    }
}

/// Ends the release in the history, then frees its lock. Returns what went wrong.
async fn end<L: Locks, H: History, T: Tasks, W: Wakes, B, D, X, C: Clock>(
    Ports { locks, history, tasks, wakes, clock, .. }: &Ports<L, H, T, W, B, D, X, C>,
    Ended { stack, id, execution }: &Ended,
    verdict: &str,
    reason: Option<String>,
) -> Vec<String> {
    let mut problems = Vec::new();
    let end = ReleaseEnd { ended_at: clock.now(), verdict: verdict.to_owned(), reason };
    if let Some(id) = id
        && let Err(error) = history.end(stack, id, &end).await
    {
        problems.push(format!("the history shows the end of this release later: {error}"));
    }
    let ports = (locks, tasks, wakes, clock);
    if let Err(error) = ending::free(ports, stack, execution, EndedBy::Itself).await {
        problems.push(format!("the lock of the stack becomes free later: {error}"));
    }
    for problem in &problems {
        tracing::warn!(stack.name = %stack, "{problem}");
    }
    problems
}

/// Whether the log of the instances may say why the step failed.
fn may_be_the_application(failure: &Failure) -> bool {
    let of_the_lock = matches!(failure.name(), "Mist.Superseded" | "Mist.LockLost");
    matches!(failure.step.as_str(), "Wait until healthy" | "Warm up") && !of_the_lock
}

/// The state of the stack in a sentence; `None` if it cannot be read.
async fn summary<L, H, T, W, B: Beanstalk, D: Dns, X, C>(
    Ports { beanstalk, dns, .. }: &Ports<L, H, T, W, B, D, X, C>,
    release: Option<&ReleaseRequest>,
) -> Option<String> {
    let ReleaseRequest { stack, environments, record, .. } = release?.clone();
    let report = stack_report::look(beanstalk, dns, StackRef { stack, environments, record }).await;
    report
        .map(|report| report.summary)
        .inspect_err(|error| tracing::warn!("the state of the stack is unknown: {error}"))
        .ok()
}
