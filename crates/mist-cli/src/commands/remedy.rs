//! What a release that failed, or may fail, means for the next one.

use jiff::Timestamp;
use mist_aws::Aws;
use mist_core::{
    error::Kind,
    names::StackName,
    ports::{History as _, Locks as _, Stacks as _},
    release::{history::PastRelease, stack_report::StackReport, state::LiveSide},
};

use super::version;
use crate::{
    failure::Failure,
    output::{ago, note},
};

/// The number of newest releases among which an upload is searched.
const NEWEST: u32 = 50;

/// Who started a release that an upload started.
const UPLOAD: &str = "upload";

/// The errors of a rollback whose target cannot go live as it is.
const NO_ROLLBACK: [&str; 3] =
    ["Mist.TargetNotHealthy", "Mist.UnprovenVersion", "Mist.NothingToRollBackTo"];

/// Says after `failure` of a release on `stack` how the previous version can be live again, if `mist rollback` does not
/// make it so. What cannot be read is left out: the failure itself is told anyway.
pub(super) async fn tell(aws: &Aws, stack: &StackName, failure: &Failure) {
    let Failure::Operation { name, .. } = failure else { return };
    let is_refused = NO_ROLLBACK.contains(&name.as_str());
    if !is_refused && Kind::of(name) != Kind::FailedBeforeSwap {
        return;
    }
    let Ok(state) = aws.locks().state(stack).await else { return };
    let Some(live) = state.live else { return };
    let report = match aws.stacks().load(stack).await {
        Ok(stack) => version::look(aws, &stack).await.ok(),
        Err(_) => None,
    };
    if let Some(line) = report.and_then(|report| remedy(&report, &live, is_refused)) {
        note(format!("! {line}"));
    }
}

/// The remedy if the idle environment of `report` cannot be rolled back to, as `live` remembers it, or was refused.
fn remedy(report: &StackReport, live: &LiveSide, is_refused: bool) -> Option<String> {
    let previous = live.previous.as_deref()?;
    let idle = report.sides.iter().find(|side| side.side != live.side)?;
    let (name, stack) = (&idle.environment, &report.stack);
    let how = format!(
        "`mist rollback -s {stack} --to {previous}` deploys {previous} again, and makes it live"
    );
    match idle.version.as_deref() {
        Some(found) if found != previous => Some(format!(
            "{name} runs {found} now, and no longer {previous}, which was live before: {how}"
        )),
        _ if is_refused => Some(format!("{name} cannot go live as it is: {how}")),
        _ => None,
    }
}

/// Warns before a deployment to `stack` without a version if the newest upload has failed.
pub(super) async fn warn_of_failed_upload(aws: &Aws, stack: &StackName) {
    let Ok(releases) = aws.history().releases(stack, NEWEST).await else { return };
    let releases: Vec<_> = releases.into_iter().filter_map(Result::ok).collect();
    if let Some(line) = failed_upload(&releases, Timestamp::now()) {
        note(format!("! {line}"));
    }
}

/// The warning if the newest upload among `releases`, newest first, failed in its last release, whoever started that.
fn failed_upload(releases: &[PastRelease], now: Timestamp) -> Option<String> {
    let mut deployments = releases.iter().filter(|release| release.operation == "deploy");
    let upload = deployments.clone().find(|release| release.started_by == UPLOAD)?;
    let newest = deployments.find(|release| release.version == upload.version)?;
    let failed = !matches!(newest.verdict.as_str(), PastRelease::DONE | PastRelease::RUNNING);
    let version = newest.version.as_ref().filter(|_| failed)?;
    let ago = ago(newest.ended_at.unwrap_or(newest.started_at), now);
    Some(format!(
        "{version}, the newest upload that was released, failed {ago} ago ({}); `-v LABEL` chooses another version",
        newest.verdict
    ))
}

#[cfg(test)]
mod tests {
    use mist_core::{release::stack_report, stack::side::Side};
    use mist_testkit::{FakeBeanstalk, FakeDns, START, environment, opened, stack};

    use super::*;

    async fn report(idle: &str) -> StackReport {
        let stack = stack().unwrap();
        let (a, b) = (environment("Demo-QA-A", idle), environment("Demo-QA-B", "v2"));
        let dns = FakeDns::pointing(stack.names(), &b.cname);
        let beanstalk = FakeBeanstalk::with([a, b]);
        stack_report::look(&beanstalk, &dns, version::reference(&stack)).await.unwrap()
    }

    fn live(previous: Option<&str>) -> LiveSide {
        mist_testkit::live(Side::B, "v2", previous).unwrap()
    }

    #[tokio::test]
    async fn a_previous_version_that_was_overwritten_has_a_remedy() {
        let line = remedy(&report("v3").await, &live(Some("v1")), false).unwrap();
        assert!(line.starts_with("Demo-QA-A runs v3 now, and no longer v1"), "{line}");
        assert!(line.contains("`mist rollback -s QA --to v1`"), "{line}");
        assert_eq!(
            remedy(&report("v1").await, &live(Some("v1")), false),
            None,
            "it is still there"
        );
        let line = remedy(&report("v1").await, &live(Some("v1")), true).unwrap();
        assert!(line.starts_with("Demo-QA-A cannot go live as it is"), "{line}");
        assert_eq!(remedy(&report("v3").await, &live(None), true), None, "nothing was live before");
    }

    #[test]
    fn the_newest_upload_is_named_if_its_last_release_failed() {
        let at = |seconds: i64| Timestamp::from_second(START + seconds).unwrap();
        let by = |started_by: &str, version: &str, verdict: &str| PastRelease {
            started_by: started_by.to_owned(),
            verdict: verdict.to_owned(),
            version: Some(version.to_owned()),
            ended_at: Some(at(5)),
            ..opened("1", "arn:1")
        };
        let upload = |verdict: &str| by("upload", "v3", verdict);
        let line = failed_upload(&[upload("Mist.WarmFailed"), upload("done")], at(185)).unwrap();
        assert!(
            line.starts_with("v3, the newest upload that was released, failed 3 min ago"),
            "{line}"
        );
        assert_eq!(failed_upload(&[upload("done"), upload("Mist.WarmFailed")], at(185)), None);
        let others = [by("ada", "v2", "done"), upload("Mist.WarmFailed")];
        assert!(failed_upload(&others, at(185)).is_some(), "v3 is the newest upload still");
        let again = [by("ada", "v3", "done"), upload("Mist.WarmFailed")];
        assert_eq!(failed_upload(&again, at(185)), None);
        let old = [by("ada", "v1", "Mist.WarmFailed"), upload("done")];
        assert_eq!(failed_upload(&old, at(185)), None, "v1 is no upload of today");
        assert_eq!(failed_upload(&[opened("1", "arn:1")], at(185)), None, "nothing was uploaded");
    }
}
