//! Finishes a release: ends it in the history, releases the lock, and passes it on. It also explains a failure.

mod log;
mod report;
mod request;

#[cfg(test)]
mod tests;

use mist_core::{
    error::Error,
    names::StackName,
    ports::{Beanstalk, Clock, Dns, History, HttpText, Locks, Logs, Tasks, Wakes},
    release::{
        ending,
        failure::Failure,
        history::{PastRelease, ReleaseEnd},
        lock::EndedBy,
        request::{ReleaseRequest, stack_of},
        stack_report::{self, StackRef},
    },
};
pub use request::{Plan, Request, Response, Results, Summary};

/// The ports of this function.
#[derive(Debug)]
pub struct Ports<L, H, T, W, B, D, X, C> {
    /// The locks of stacks.
    pub locks: L,
    /// The history of releases.
    pub history: H,
    /// The waiting tasks of executions.
    pub tasks: T,
    /// The wake-ups for looks at waiting tasks.
    pub wakes: W,
    /// The environments, and their logs.
    pub beanstalk: B,
    /// The DNS records.
    pub dns: D,
    /// The texts of the logs.
    pub texts: X,
    /// The time.
    pub clock: C,
}

/// Finishes the release. An error of its own never replaces the end of the release: `reconcile`, which follows every
/// execution, writes what this could not write. Finishing again changes nothing.
pub async fn run(
    Ports { locks, history, tasks, wakes, beanstalk, dns, texts, clock }: &Ports<
        impl Locks,
        impl History,
        impl Tasks,
        impl Wakes,
        impl Beanstalk + Logs,
        impl Dns,
        impl HttpText,
        impl Clock,
    >,
    request: Request,
) -> Result<Response, Error> {
    let lock = (locks, tasks, wakes, clock);
    let Some(failure) = &request.failure else {
        let missing = |field: &str| Error::InvalidInput { problem: format!("{field}: missing") };
        let release = request.release.as_ref().ok_or_else(|| missing("release"))?;
        let plan = request.plan.as_ref().ok_or_else(|| missing("plan"))?;
        let mut warnings = report::warnings(plan, &request.results);
        let done = (PastRelease::DONE, None, EndedBy::Itself);
        warnings.extend(end(history, lock, &Ended::of(release), done).await);
        return Ok(Response::Done(report::output(plan, &request.results, &warnings)));
    };
    let mut cause = report::cause(&request, failure);
    if let Some(ended) = Ended::find(history, &request).await {
        // A call that gave no answer may still move the record, so the lock waits for its end.
        let failures = [Some(failure), request.swap_back_failure.as_ref()];
        let swaps = failures.into_iter().flatten().any(Failure::may_still_swap);
        let by = if swaps { EndedBy::StepFunctions } else { EndedBy::Itself };
        end(history, lock, &ended, (&cause.error, Some(cause.reason()), by)).await;
    }
    if let Some(source) = log::Source::of(&request).filter(|_| may_be_the_application(failure)) {
        cause.log = log::lines(beanstalk, texts, clock, source).await;
    }
    cause.stack = summary(beanstalk, dns, request.release.as_ref()).await;
    Ok(Response::Failed { error: cause.error.clone(), cause: cause.to_text() })
}

/// A release that ends, as far as it is known.
struct Ended {
    stack: StackName,
    /// Its key in the history; `None` if it was not opened.
    id: Option<String>,
    /// The ARN of its execution.
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

    /// The release of `request`. If its first step failed, the input names the stack, and the history has the rest.
    async fn find(history: &impl History, request: &Request) -> Option<Self> {
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

/// Ends the release in the history, then releases its lock. Returns warnings for what `reconcile` must do.
async fn end(
    history: &impl History,
    lock: (&impl Locks, &impl Tasks, &impl Wakes, &impl Clock),
    Ended { stack, id, execution }: &Ended,
    (verdict, reason, by): (&str, Option<String>, EndedBy),
) -> Vec<String> {
    let mut problems = Vec::new();
    let (.., clock) = lock;
    let end = ReleaseEnd { ended_at: clock.now(), verdict: verdict.to_owned(), reason };
    if let Some(id) = id
        && let Err(error) = history.end(stack, id, &end).await
    {
        problems.push(format!("the history shows the end of this release later: {error}"));
    }
    if let Err(error) = ending::free(lock, stack, execution, by).await {
        problems.push(format!("the lock of the stack becomes free later: {error}"));
    }
    for problem in &problems {
        tracing::warn!(stack.name = %stack, "{problem}");
    }
    problems
}

/// Whether the application may be the reason of `failure`, so that the instances' logs explain it.
fn may_be_the_application(failure: &Failure) -> bool {
    let of_the_lock = matches!(failure.name(), "Mist.Superseded" | "Mist.LockLost");
    matches!(failure.step.as_str(), "Wait until healthy" | "Warm up") && !of_the_lock
}

/// The state of the stack in a sentence; `None` if it cannot be read.
async fn summary(
    beanstalk: &impl Beanstalk,
    dns: &impl Dns,
    release: Option<&ReleaseRequest>,
) -> Option<String> {
    let ReleaseRequest { stack, environments, record, .. } = release?.clone();
    let report = stack_report::look(beanstalk, dns, StackRef { stack, environments, record }).await;
    report
        .map(|report| report.summary)
        .inspect_err(|error| tracing::warn!("the state of the stack is unknown: {error}"))
        .ok()
}
