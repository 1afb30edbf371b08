//! `mist watch`: follows an execution that is in progress or has ended, whoever started it.

use jiff::Timestamp;
use mist_aws::Aws;
use mist_core::{
    error::Error,
    names::StackName,
    ports::{History as _, Locks as _},
    release::{
        ending,
        history::PastRelease,
        request::stack_of,
        state::{Lease, StackState},
    },
};
use serde_json::Value;

use super::{history::what, operation};
use crate::{
    account::Place,
    arguments::Watch,
    failure::Failure,
    follow::Following,
    output::{Format, ago, counted, moment, note},
    stacks,
};

/// The number of newest releases among which one without a lock is searched.
const NEWEST: u32 = 20;

/// Follows the execution of the command line, or the one in progress on the stack of `-s`.
pub(crate) async fn run(place: Place<'_>, arguments: Watch, format: Format) -> Result<(), Failure> {
    let aws = place.open().await?;
    let Watch { execution, stack, follow: options } = arguments;
    let execution = match (execution, stack) {
        (Some(named), _) => arn_of(&named, &aws.stacks().state_machine().await?),
        (None, Some(stack)) => in_progress(&aws, &stack).await?,
        (None, None) => {
            return Err(Failure::Usage("name an execution, or a stack with -s".to_owned()));
        }
    };
    let input = input_of(&aws, &execution).await?;
    let stack = stack_of(&input).ok_or_else(|| {
        Failure::Usage(format!("the input of execution {execution} names no stack"))
    })?;
    place.announce(&aws, &format!("stack {stack}")).await?;
    // Without its item in the history, there is no more to say about a release than what its steps show.
    if let Ok(Some(release)) = ending::find(&aws.history(), &stack, &execution).await {
        note(started(&release, Timestamp::now()));
    }
    let following = Following { execution: &execution, stack: &stack, options };
    operation::attend(&aws, following, version(&input), format).await
}

/// The ARN of the execution that a person names by its ARN, its name, or the address of its page in the console.
fn arn_of(named: &str, state_machine: &str) -> String {
    let named = named.trim();
    let named = named.rsplit_once("/details/").map_or(named, |(_, arn)| arn);
    if named.starts_with("arn:") {
        return named.to_owned();
    }
    format!("{}:{named}", state_machine.replacen(":stateMachine:", ":execution:", 1))
}

async fn input_of(aws: &Aws, execution: &str) -> Result<Value, Failure> {
    match aws.executions().describe(execution).await {
        Ok(described) => Ok(described.input),
        Err(Error::ServiceFailed { message, .. })
            if ["ExecutionDoesNotExist", "InvalidArn"].iter().any(|it| message.starts_with(it)) =>
        {
            Err(Failure::Usage(format!(
                "there is no execution {execution} in this account and region; `mist history -s STACK` lists the \
                 releases of a stack"
            )))
        }
        Err(error) => Err(error.into()),
    }
}

/// The version that an execution with `input` releases, if the input names one.
fn version(input: &Value) -> Option<&str> {
    if let Some(version) = input["version"].as_str() {
        return Some(version);
    }
    let key = input.pointer("/detail/object/key")?.as_str()?;
    key.rsplit('/').next()?.rsplit_once('.').map(|(label, _)| label)
}

/// The execution in progress on `stack`: the one that holds the lock, or else the newest that has not ended.
async fn in_progress(aws: &Aws, stack: &StackName) -> Result<String, Failure> {
    let state = aws.locks().state(stack).await?;
    let now = Timestamp::now();
    if let Some(Lease { execution, .. }) = state.holder(now.as_second()) {
        if let Some(waiting) = waiting(&state, now.as_second()) {
            note(format!("{waiting}; `mist lock status -s {stack}` lists them"));
        }
        return Ok(execution.clone());
    }
    stacks::require(aws, stack).await?;
    let releases = aws.history().releases(stack, NEWEST).await?;
    let releases: Vec<_> = releases.into_iter().filter_map(Result::ok).collect();
    let running = releases.iter().find(|release| release.verdict == PastRelease::RUNNING);
    match (running, releases.first()) {
        (Some(release), _) => Ok(release.execution.clone()),
        (None, last) => Err(Failure::State(idle(stack, last, now))),
    }
}

/// The number of releases that wait for the lock; `None` if none does.
fn waiting(state: &StackState, now: i64) -> Option<String> {
    let waiting = state.waiting(now).count();
    let waiting = u64::try_from(waiting).unwrap_or_default();
    (waiting > 0).then(|| format!("{} in the queue", counted(waiting, "release")))
}

/// The sentence that nothing is in progress on `stack`, after its `last` release.
fn idle(stack: &StackName, last: Option<&PastRelease>, now: Timestamp) -> String {
    let last = last.map(|release| {
        let PastRelease { execution, verdict, .. } = release;
        let name = execution.rsplit(':').next().unwrap_or(execution);
        let ended = release.ended_at.map(|at| format!(", {} ago", ago(at, now)));
        format!(
            " The last one was {}: {verdict}{}; `mist watch {name}` shows it.",
            what(release),
            ended.unwrap_or_default()
        )
    });
    format!("no release is in progress on stack {stack}.{}", last.unwrap_or_default())
}

/// The line above the steps of `release`.
fn started(release: &PastRelease, now: Timestamp) -> String {
    let PastRelease { stack, started_at, .. } = release;
    let (at, ago) = (moment(*started_at), ago(*started_at, now));
    format!("stack {stack}: {}, started {at} ({ago} ago)", what(release))
}

#[cfg(test)]
mod tests {
    use mist_testkit::{START, held, opened, queued};
    use serde_json::json;

    use super::*;
    use crate::testing;

    const MACHINE: &str = "arn:aws:states:eu-west-1:123456789012:stateMachine:mist";
    const EXECUTION: &str = "arn:aws:states:eu-west-1:123456789012:execution:mist:QA-1";

    fn now() -> Timestamp {
        Timestamp::from_second(START + 185).unwrap()
    }

    #[test]
    fn an_execution_is_named_by_its_arn_its_name_or_its_page() {
        let page = mist_core::release::console::execution_page(EXECUTION).unwrap();
        for named in [EXECUTION, "QA-1", " QA-1\n", &page] {
            assert_eq!(arn_of(named, MACHINE), EXECUTION, "{named}");
        }
    }

    #[test]
    fn the_version_is_that_of_the_request_or_of_the_upload() {
        assert_eq!(version(&json!({ "version": "v2" })), Some("v2"));
        let upload = json!({ "detail": { "object": { "key": "releases/QA/v2.1.zip" } } });
        assert_eq!(version(&upload), Some("v2.1"));
        assert_eq!(version(&json!({ "operation": "swap" })), None);
    }

    #[test]
    fn a_release_that_is_followed_has_a_line_about_its_start() {
        let started_at = Timestamp::from_second(START).unwrap();
        let release = PastRelease { started_at, ..opened("1", EXECUTION) };
        let shown = started(&release, now());
        assert!(shown.starts_with("stack QA: deploy"), "{shown}");
        assert!(shown.ends_with("started 2026-01-02 03:04:05 UTC (3 min ago)"), "{shown}");
    }

    #[test]
    fn releases_that_wait_are_counted() {
        let mut state = held(EXECUTION, 1);
        assert_eq!(waiting(&state, START), None);
        state.queue.push(queued("arn:bob"));
        assert_eq!(waiting(&state, state.queue[0].until - 1).unwrap(), "1 release in the queue");
    }

    #[tokio::test]
    async fn without_a_release_in_progress_the_last_one_is_named_with_status_8() {
        let stack: StackName = "QA".parse().unwrap();
        let aws = testing::aws(testing::parameters(&[("QA", "{}")])).await;
        let failure = in_progress(&aws, &stack).await.unwrap_err();
        assert_eq!(failure.code(), 8);
        assert_eq!(failure.message(), "no release is in progress on stack QA.");
        let done = PastRelease {
            verdict: PastRelease::DONE.to_owned(),
            ended_at: Timestamp::from_second(START + 5).ok(),
            ..opened("1", EXECUTION)
        };
        let shown = idle(&stack, Some(&done), now());
        assert!(shown.ends_with("done, 3 min ago; `mist watch QA-1` shows it."), "{shown}");
    }

    #[tokio::test]
    async fn an_execution_that_does_not_exist_is_refused_with_status_2() {
        let aws = testing::aws(|call, _| match call {
            "DescribeExecution" => Err("ExecutionDoesNotExist"),
            _ => Err("NotExpected"),
        })
        .await;
        let failure = input_of(&aws, EXECUTION).await.unwrap_err();
        assert_eq!(failure.code(), 2);
        assert!(failure.message().contains("there is no execution arn:"), "{failure:?}");
    }
}
