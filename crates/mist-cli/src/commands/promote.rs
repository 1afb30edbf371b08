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
    let (label, swapped) = Box::pin(live_version(aws, &source)).await?;
    let since = proven(aws, &from, &label, swapped).await?;
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

/// The version that users of `stack` have, and the second at which the record was switched to it, if mist knows. It is
/// refused while it is unclear, or still watched.
async fn live_version(aws: &Aws, stack: &Stack) -> Result<(VersionLabel, Option<i64>), Failure> {
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
    let swapped = state.live.as_ref().map(|live| live.since);
    Ok((label.parse().map_err(Failure::Usage)?, swapped))
}

/// Why the live version of a stack with `state` may change soon; `None` if it may not.
fn unclear(state: &StackState, now: i64) -> Option<String> {
    let lease = state.holder(now).filter(|lease| lease.phase == Phase::Swapping)?;
    Some(format!("{} is not finished there: its version is still being watched", lease.reason))
}

/// The time at which a release made `label` live on `stack`. Without such a release, nothing shows that it worked.
async fn proven(
    aws: &Aws,
    stack: &StackName,
    label: &VersionLabel,
    swapped: Option<i64>,
) -> Result<Timestamp, Failure> {
    let releases = aws.history().releases(stack, NEWEST).await?;
    let releases: Vec<_> = releases.into_iter().filter_map(Result::ok).collect();
    went_live(&releases, label, swapped).ok_or_else(|| {
        Failure::State(format!(
            "stack {stack} has no finished release that made {label} live, or a later one failed; to release it \
             nevertheless, run `mist deploy -s STACK -v {label}`"
        ))
    })
}

/// The end of the newest release among `releases`, newest first, that changed what is live, if it made `label` live and
/// succeeded. An older one proves nothing: the same version may have been held since.
fn went_live(
    releases: &[PastRelease],
    label: &VersionLabel,
    swapped: Option<i64>,
) -> Option<Timestamp> {
    let newest = releases.iter().find(|it| made_live(it) || has_just_swapped(it, swapped))?;
    let version = newest.to.as_ref().and_then(|to| to.version.as_ref());
    let is_it = version.or(newest.version.as_ref()).map(String::as_str) == Some(label.as_str());
    let succeeded = newest.verdict == PastRelease::DONE && is_it;
    succeeded.then(|| newest.ended_at.unwrap_or(newest.started_at))
}

/// Whether `release` ended a moment ago, so that its steps are not noted yet, and the record was switched during it.
fn has_just_swapped(release: &PastRelease, swapped: Option<i64>) -> bool {
    let PastRelease { started_at, ended_at: Some(ended_at), .. } = release else { return false };
    let during = started_at.as_second()..=ended_at.as_second();
    release.steps.is_empty() && swapped.is_some_and(|swapped| during.contains(&swapped))
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
        assert_eq!(went_live(std::slice::from_ref(&live), &v2, None), live.ended_at);
        for other in [
            release("2", "done", &["Deploy", "Warm up"]),
            release("3", "Mist.RolledBack", &["Deploy", "Swap", "Swap back"]),
            release("4", "Mist.Held", &["Deploy", "Swap", "Bake"]),
        ] {
            assert_eq!(went_live(&[other], &v2, None), None);
        }
        assert_eq!(went_live(&[live], &"v1".parse().unwrap(), None), None);
    }

    #[test]
    fn a_version_that_was_held_later_is_not_promoted_and_one_that_swapped_back_changes_nothing() {
        let v2: VersionLabel = "v2".parse().unwrap();
        let before = release("1", "done", &["Deploy", "Swap"]);
        let held = release("2", "Mist.Held", &["Deploy", "Swap", "Bake"]);
        assert_eq!(went_live(&[held, before.clone()], &v2, None), None);
        let back = release("3", "Mist.RolledBack", &["Deploy", "Swap", "Swap back"]);
        assert_eq!(went_live(&[back, before.clone()], &v2, None), before.ended_at);
    }

    #[test]
    fn a_version_is_promoted_before_the_steps_of_its_release_are_noted() {
        let v2: VersionLabel = "v2".parse().unwrap();
        let just_ended = release("1", "done", &[]);
        let begun = just_ended.started_at.as_second();
        assert_eq!(went_live(std::slice::from_ref(&just_ended), &v2, None), None);
        let now = went_live(std::slice::from_ref(&just_ended), &v2, Some(begun));
        assert_eq!(now, just_ended.ended_at);
        assert_eq!(went_live(&[just_ended], &v2, Some(begun - 1)), None, "it did not swap");
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
