//! The history of releases in memory.

use std::{collections::BTreeMap, sync::Mutex};

use jiff::Timestamp;
use mist_core::{
    error::Error,
    names::StackName,
    ports::History,
    release::history::{PastRelease, Planned, ReleaseEnd},
};

use crate::mutex::lock;

/// The release `id` of stack `QA`, as `begin` opens it for `execution`: a deployment.
pub fn opened(id: &str, execution: &str) -> PastRelease {
    PastRelease {
        format_version: PastRelease::FORMAT,
        stack: "QA".to_owned(),
        id: id.to_owned(),
        execution: execution.to_owned(),
        operation: "deploy".to_owned(),
        started_by: "ada".to_owned(),
        message: None,
        started_at: Timestamp::UNIX_EPOCH,
        ended_at: None,
        verdict: PastRelease::RUNNING.to_owned(),
        reason: None,
        version: None,
        from: None,
        to: None,
        artifact: None,
        accepted_drift: None,
        steps: BTreeMap::new(),
    }
}

/// The history of releases in memory.
#[derive(Debug, Default)]
pub struct FakeHistory {
    releases: Mutex<Vec<PastRelease>>,
}

impl FakeHistory {
    /// Adds `release`.
    pub fn put_release(&self, release: PastRelease) {
        lock(&self.releases).push(release);
    }

    /// All releases, in the order of their addition.
    pub fn list(&self) -> Vec<PastRelease> {
        lock(&self.releases).clone()
    }

    fn change(&self, stack: &StackName, id: &str, change: impl FnOnce(&mut PastRelease)) {
        let mut releases = lock(&self.releases);
        let ours = |release: &&mut PastRelease| release.stack == stack.as_str() && release.id == id;
        if let Some(release) = releases.iter_mut().find(ours) {
            change(release);
        }
    }
}

impl History for FakeHistory {
    async fn open(&self, release: &PastRelease) -> Result<bool, Error> {
        let mut releases = lock(&self.releases);
        let same = |found: &&PastRelease| found.stack == release.stack && found.id == release.id;
        if let Some(found) = releases.iter().find(same) {
            return Ok(found.execution == release.execution);
        }
        releases.push(release.clone());
        Ok(true)
    }

    async fn plan(&self, stack: &StackName, id: &str, planned: &Planned) -> Result<(), Error> {
        let Planned { version, from, to, artifact, accepted_drift } = planned.clone();
        self.change(stack, id, |release| {
            if release.verdict == PastRelease::RUNNING {
                (release.from, release.to) = (Some(from), Some(to));
                (release.version, release.artifact) = (version, artifact);
                release.accepted_drift = accepted_drift.or(release.accepted_drift.take());
            }
        });
        Ok(())
    }

    async fn releases(
        &self,
        stack: &StackName,
        most: u32,
    ) -> Result<Vec<Result<PastRelease, Error>>, Error> {
        let mut found = self.list();
        found.retain(|release| release.stack == stack.as_str());
        found.sort_by(|left, right| right.id.cmp(&left.id));
        found.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        Ok(found.into_iter().map(Ok).collect())
    }

    async fn end(&self, stack: &StackName, id: &str, end: &ReleaseEnd) -> Result<(), Error> {
        self.change(stack, id, |release| {
            if release.verdict == PastRelease::RUNNING {
                release.verdict.clone_from(&end.verdict);
                release.reason.clone_from(&end.reason);
                release.ended_at = Some(end.ended_at);
            }
        });
        Ok(())
    }

    async fn note_steps(
        &self,
        stack: &StackName,
        id: &str,
        steps: &BTreeMap<String, f64>,
    ) -> Result<(), Error> {
        self.change(stack, id, |release| release.steps.clone_from(steps));
        Ok(())
    }
}
