//! `mist deploy`: releases a version that is there already, or a bundle of this machine.

use std::{collections::HashSet, path::Path, time::Duration};

use mist_aws::{Aws, StepFunctions};
use mist_core::{VersionLabel, ports::Stacks as _};
use serde_json::json;

use super::operation;
use crate::{
    arguments::{Deploy, Format},
    failure::{Detached, Failure},
    output::note,
};

/// How long an upload may take to start a run before something must be wrong.
const START_WITHIN: Duration = Duration::from_mins(1);

/// Releases a version.
pub(crate) async fn run(aws: &Aws, arguments: Deploy, format: Format) -> Result<(), Failure> {
    let Deploy { operation, version, file } = arguments;
    if let Some(file) = file {
        let version = version.map_or_else(|| label_of(&file), Ok)?;
        let executions = aws.executions();
        let started = upload(aws, &operation.stack, &version, &file).await?;
        return operation::finish(&executions, &started, &operation, format).await;
    }
    let mut input = json!({ "operation": "deploy" });
    if let Some(version) = version {
        input["version"] = json!(version);
    }
    operation::start(aws, input, &operation, format).await
}

fn label_of(file: &Path) -> Result<VersionLabel, Failure> {
    let stem = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    stem.parse().map_err(|problem| Failure::Setup(format!("{problem}; name one with -v")))
}

/// Uploads `file`, and finds the run that the upload starts.
async fn upload(
    aws: &Aws,
    stack: &mist_core::StackName,
    version: &VersionLabel,
    file: &Path,
) -> Result<String, Failure> {
    let ending = file.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    if ending != "zip" && ending != "war" {
        let file = file.display();
        return Err(Failure::Setup(format!("{file} is no bundle: it must end with .zip or .war")));
    }
    let artifacts = aws.stacks().load(stack).await?.artifacts;
    let key = format!("{}/{stack}/{version}.{ending}", artifacts.prefix);
    let executions = aws.executions();
    let state_machine = aws.stacks().state_machine().await?;
    let before = executions.newest(&state_machine).await?.into_iter().collect();
    note(format!("uploading {} to s3://{}/{key}", file.display(), artifacts.bucket));
    aws.artifacts().upload(&artifacts.bucket, &key, file).await?;
    let found = started_by(&executions, &state_machine, before, &key);
    tokio::time::timeout(START_WITHIN, found).await.unwrap_or_else(|_| {
        let seconds = START_WITHIN.as_secs();
        Err(Failure::Detached {
            why: Detached::TimedOut,
            message: format!(
                "`{key}` was uploaded, but no run started within {seconds} s. It may still start: \
                 look at the runs of the state machine, and whether the rule of the bucket is on"
            ),
        })
    })
}

/// Waits for a run that the upload of `key` starts, and that is not `known` yet.
pub(crate) async fn started_by(
    executions: &StepFunctions,
    state_machine: &str,
    mut known: HashSet<String>,
    key: &str,
) -> Result<String, Failure> {
    let mut ticks = tokio::time::interval(Duration::from_millis(500));
    loop {
        ticks.tick().await;
        // A look that failed is made again: the upload is done, and cannot be taken back.
        match executions.started_by_upload(state_machine, &mut known, key).await {
            Ok(Some(execution)) => return Ok(execution),
            Ok(None) => {}
            Err(error) => note(format!("! cannot look for the run, trying again: {error}")),
        }
    }
}
