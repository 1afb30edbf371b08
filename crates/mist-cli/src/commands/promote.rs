//! `mist promote`: releases on one stack the version that is live on another.

use jiff::Timestamp;
use mist_aws::Aws;
use mist_core::{
    names::{StackName, VersionLabel},
    ports::{History as _, Locks as _},
    release::{
        history::PastRelease,
        state::{Phase, StackState},
    },
    stack::settings::Stack,
};
use serde_json::json;

use super::{history::made_live, operation, version};
use crate::{
    arguments::{ExecutionOptions, Promote},
    failure::Failure,
    output::{Format, moment, note},
    stacks,
};

/// The number of newest releases among which the one of the version is searched.
const NEWEST: u32 = 1000;

/// Releases the live version of one stack on another one. It is the same application version of Beanstalk, so it is the
/// same bundle.
pub(crate) async fn run(aws: &Aws, arguments: Promote, format: Format) -> Result<(), Failure> {
    let Promote { from, to, no_wait, message, follow, release } = arguments;
    let (source, target) = (stacks::load(aws, &from).await?, stacks::load(aws, &to).await?);
    comparable(&source, &target)?;
    let label = Box::pin(live_version(aws, &source)).await?;
    let since = proven(aws, &from, &label).await?;
    note(format!("stack {to} gets {label}, which is live on stack {from} since {}", moment(since)));
    let input = json!({ "operation": "deploy", "version": label });
    let input = operation::with_options(&release, input);
    let execution = ExecutionOptions { stack: to, no_wait, message, follow };
    operation::start(aws, input, None, &execution, format).await
}

fn comparable(source: &Stack, target: &Stack) -> Result<(), Failure> {
    if source.name == target.name {
        return Err(Failure::Usage(format!("stack {} cannot be promoted to itself", source.name)));
    }
    let (one, other) = (&source.application, &target.application);
    if one != other {
        return Err(Failure::Usage(format!(
            "stack {} runs application {one}, and stack {} application {other}: a version of the one is none of the \
             other. Release the bundle with `mist deploy -s {} -f FILE`",
            source.name, target.name, target.name
        )));
    }
    Ok(())
}

/// The version that users of `stack` have. It is refused while it is unclear, or still watched.
async fn live_version(aws: &Aws, stack: &Stack) -> Result<VersionLabel, Failure> {
    let locks = aws.locks();
    let (report, state) = tokio::join!(version::look(aws, stack), locks.state(&stack.name));
    let (report, state) = (report?, state?);
    let name = &stack.name;
    let side = report.sides.iter().find(|side| side.live);
    let label = side.and_then(|side| side.version.as_deref());
    let (Some(live), Some(label)) = (report.live, label) else {
        return Err(Failure::State(format!(
            "stack {name} has no live version: {}",
            report.summary
        )));
    };
    if let Some(problem) = unclear(&state, Timestamp::now().as_second()) {
        return Err(Failure::State(format!(
            "{label} cannot be promoted from stack {name}: {problem}"
        )));
    }
    if state.live.as_ref().is_some_and(|known| known.drift(Some(live), Some(label)).is_some()) {
        return Err(Failure::State(format!(
            "stack {name} was changed without mist, so it is not known that {label} was tested there; `mist status -s \
             {name}` shows the difference"
        )));
    }
    label.parse().map_err(Failure::Usage)
}

/// Why the live version of a stack with `state` may change soon; `None` if it may not.
fn unclear(state: &StackState, now: i64) -> Option<String> {
    let lease = state.holder(now).filter(|lease| lease.phase == Phase::Swapping)?;
    Some(format!("{} is not finished there: its version is still being watched", lease.reason))
}

/// The time at which a release made `label` live on `stack`. Without such a release, nothing shows that it worked.
async fn proven(aws: &Aws, stack: &StackName, label: &VersionLabel) -> Result<Timestamp, Failure> {
    let releases = aws.history().releases(stack, NEWEST).await?;
    let releases: Vec<_> = releases.into_iter().filter_map(Result::ok).collect();
    went_live(&releases, label).ok_or_else(|| {
        Failure::State(format!(
            "the history of stack {stack} has no finished release that made {label} live; to release it nevertheless, \
             run `mist deploy -s STACK -v {label}`"
        ))
    })
}

/// The end of the newest release among `releases`, newest first, that made `label` live and succeeded.
fn went_live(releases: &[PastRelease], label: &VersionLabel) -> Option<Timestamp> {
    let version =
        |it: &PastRelease| it.to.as_ref().and_then(|to| to.version.clone()).or(it.version.clone());
    let mut fitting = releases.iter().filter(|it| {
        it.verdict == PastRelease::DONE
            && made_live(it)
            && version(it).as_deref() == Some(label.as_str())
    });
    fitting.next().map(|release| release.ended_at.unwrap_or(release.started_at))
}

#[cfg(test)]
mod tests {
    use mist_core::{release::history::SideVersion, stack::side::Side};
    use mist_testkit::{START, held, opened, stack};

    use super::*;

    fn release(id: &str, verdict: &str, steps: &[&str]) -> PastRelease {
        let on = |side: Side, version: &str| SideVersion {
            side,
            environment: format!("Demo-QA-{side}"),
            version: Some(version.to_owned()),
        };
        PastRelease {
            verdict: verdict.to_owned(),
            version: Some("v2".to_owned()),
            ended_at: Timestamp::from_second(START).ok(),
            from: Some(on(Side::A, "v1")),
            to: Some(on(Side::B, "v2")),
            steps: steps.iter().map(|step| ((*step).to_owned(), 1.0)).collect(),
            ..opened(id, "arn:1")
        }
    }

    #[test]
    fn only_a_version_that_a_release_made_live_is_promoted() {
        let v2: VersionLabel = "v2".parse().unwrap();
        let live = release("1", "done", &["Deploy", "Swap"]);
        assert_eq!(went_live(std::slice::from_ref(&live), &v2), live.ended_at);
        for other in [
            release("2", "done", &["Deploy", "Warm up"]),
            release("3", "Mist.RolledBack", &["Deploy", "Swap", "Swap back"]),
            release("4", "Mist.Held", &["Deploy", "Swap", "Bake"]),
        ] {
            assert_eq!(went_live(&[other], &v2), None);
        }
        assert_eq!(went_live(&[live], &"v1".parse().unwrap()), None);
    }

    #[test]
    fn a_version_that_bakes_is_not_promoted_yet() {
        let mut state = held("arn:ada", 1);
        assert_eq!(unclear(&state, START), None, "the release has not swapped");
        state.lease.as_mut().unwrap().phase = Phase::Swapping;
        assert!(unclear(&state, START).unwrap().contains("still being watched"));
    }

    #[test]
    fn a_stack_is_promoted_to_another_one_of_the_same_application() {
        let qa = stack().unwrap();
        assert_eq!(comparable(&qa, &qa).unwrap_err().code(), 2);
        let mut uat = Stack { name: "UAT".parse().unwrap(), ..stack().unwrap() };
        comparable(&qa, &uat).unwrap();
        uat.application = "Other".to_owned();
        let failure = comparable(&qa, &uat).unwrap_err();
        assert!(failure.message().contains("mist deploy -s UAT -f FILE"), "{failure:?}");
    }
}
