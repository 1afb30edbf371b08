//! Releases that begin at the same time.

use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};

use futures_util::future::try_join_all;
use jiff::Timestamp;
use mist_aws::executions::{Execution, Status};
use mist_rehearsal::{LocalStack, page};

use crate::{error::Result, local::Local, workflow::between};

/// The time limit of the releases, in seconds of this machine.
const LIMIT: Duration = Duration::from_mins(20);

/// Releases that began at the same time.
pub(super) struct Batch {
    /// The time of the first upload.
    pub(super) began: Timestamp,
    ended: Timestamp,
    stacks: usize,
    executions: Vec<Execution>,
}

impl Batch {
    /// Uploads `version` for all of `stacks` at once, and waits until all releases have ended, or for the time limit.
    pub(super) async fn release(
        local: &Local,
        stacks: &[LocalStack],
        version: &str,
    ) -> Result<Self> {
        let known = local.executions().await?;
        let known: HashSet<_> = known.into_iter().map(|(execution, _)| execution).collect();
        let began = Timestamp::now();
        let bucket = local.rehearsal.bucket();
        let keys: Vec<_> = stacks.iter().map(|stack| stack.key(version)).collect();
        let uploads = keys.iter().map(|key| local.cloud.upload(bucket, key, page(version)));
        try_join_all(uploads).await?;
        let found = local.ended(&known, stacks.len(), LIMIT).await?;
        let now = Timestamp::now();
        let ended = found.iter().map(|(_, end)| end.unwrap_or(now)).max().unwrap_or(now);
        let executions = local.rehearsal.executions();
        let executions = found.iter().map(|(execution, _)| executions.describe(execution));
        let executions = try_join_all(executions).await?;
        Ok(Self { began, ended, stacks: stacks.len(), executions })
    }

    /// The time from the first upload to the end of the last release, in seconds of this machine.
    pub(super) fn seconds(&self) -> f64 {
        between(self.began, self.ended)
    }

    /// The number of stacks whose new version is not live, by the name of the error.
    pub(super) fn failed(&self) -> BTreeMap<String, usize> {
        let mut failed = BTreeMap::new();
        let missing = self.stacks.saturating_sub(self.executions.len());
        let missing = std::iter::repeat_n("not started", missing);
        for error in self.executions.iter().filter_map(failure).chain(missing) {
            *failed.entry(error.to_owned()).or_default() += 1;
        }
        failed
    }
}

/// The reason why the version of an execution is not live; `None` if it is.
fn failure(Execution { status, output, .. }: &Execution) -> Option<&str> {
    match status {
        Status::Succeeded => {
            let live = output.as_ref().is_some_and(|output| output["live"] == true);
            (!live).then_some("not live")
        }
        Status::Failed { error, .. } => Some(error),
        Status::Running => Some("still running"),
        Status::Stopped { status } => Some(status),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn execution(status: Status, output: Option<Value>) -> Execution {
        Execution { status, input: Value::Null, output, started: None }
    }

    #[test]
    fn stacks_whose_version_is_not_live_are_counted_by_error() {
        let failed = |error: &str| Status::Failed { error: error.to_owned(), cause: String::new() };
        let executions = vec![
            execution(Status::Succeeded, Some(json!({ "live": true }))),
            execution(Status::Succeeded, Some(json!({ "duplicate": true }))),
            execution(failed("Mist.Throttled"), None),
            execution(failed("Mist.Throttled"), None),
            execution(Status::Running, None),
        ];
        let (began, ended) = (Timestamp::UNIX_EPOCH, Timestamp::from_second(90).unwrap());
        let batch = Batch { began, ended, stacks: 7, executions };
        let expected =
            [("Mist.Throttled", 2), ("not live", 1), ("not started", 2), ("still running", 1)];
        let expected = expected.map(|(error, count)| (error.to_owned(), count));
        assert_eq!(batch.failed(), BTreeMap::from(expected));
        assert!((batch.seconds() - 90.0).abs() < 1e-9);
    }
}
