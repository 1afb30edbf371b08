//! `mist deploy`: releases a version that is there already, or a bundle of this machine.

use std::{collections::HashSet, path::Path, time::Duration};

use mist_aws::{Aws, StepFunctions};
use mist_core::{names::VersionLabel, ports::Stacks as _};
use serde_json::{Value, json};

use super::operation;
use crate::{
    arguments::{Deploy, Format, Operation},
    failure::{Detached, Failure},
    output::note,
};

/// How long an upload may take to start an execution.
const START_WITHIN: Duration = Duration::from_mins(1);

/// Releases a version.
pub(crate) async fn run(aws: &Aws, arguments: Deploy, format: Format) -> Result<(), Failure> {
    let Operation { run, environment } = &arguments.operation;
    if let Some(file) = &arguments.file {
        let version = arguments.version.map_or_else(|| label_of(file), Ok)?;
        let started = upload(aws, &run.stack, &version, file).await?;
        return operation::finish(aws, &started, Some(version.as_str()), run, format).await;
    }
    operation::start(aws, input(&arguments), environment.as_ref(), run, format).await
}

fn input(arguments: &Deploy) -> Value {
    let mut input = json!({ "operation": "deploy" });
    if let Some(version) = &arguments.version {
        input["version"] = json!(version);
    }
    if let Some(name) = &arguments.git_ref {
        input["ref"] = json!(name);
    }
    if arguments.in_place {
        input["inPlace"] = json!(true);
    }
    operation::with(&arguments.choices, input)
}

fn label_of(file: &Path) -> Result<VersionLabel, Failure> {
    let stem = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    stem.parse().map_err(|problem| Failure::Setup(format!("{problem}; name one with -v")))
}

/// Uploads `file`, and finds the execution that the upload starts.
async fn upload(
    aws: &Aws,
    stack: &mist_core::names::StackName,
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
                "`{key}` was uploaded, but no execution started within {seconds} s. It may still start: \
                 check the executions of the state machine, and whether the rule of the bucket is enabled"
            ),
        })
    })
}

/// Waits for an execution that the upload of `key` starts, and that is not `known` yet.
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
            Err(error) => note(format!("! cannot list the executions, trying again: {error}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::arguments::{Arguments, Command};

    fn parse(words: &[&str]) -> Result<Deploy, clap::Error> {
        let words = ["mist", "deploy", "-s", "QA"].iter().chain(words);
        match Arguments::try_parse_from(words)?.command {
            Command::Deploy(deploy) => Ok(deploy),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn passes_no_option_that_was_not_given() {
        assert_eq!(input(&parse(&[]).unwrap()), json!({ "operation": "deploy" }));
    }

    #[test]
    fn passes_the_options_that_were_given() {
        let words = ["-v", "v2", "-e", "Demo-QA-A", "--in-place", "--accept-drift"];
        let deploy = parse(&[&words[..], &["--on-conflict", "supersede"]].concat()).unwrap();
        let expected = json!({
            "operation": "deploy", "version": "v2", "inPlace": true, "acceptDrift": true,
            "onConflict": "supersede",
        });
        assert_eq!(input(&deploy), expected);
    }

    #[test]
    fn a_deployment_to_the_live_environment_names_it() {
        let error = parse(&["--in-place"]).unwrap_err().to_string();
        assert!(error.contains("--environment"), "{error}");
    }

    #[test]
    fn an_upload_takes_no_choices_since_it_starts_the_release_by_itself() {
        for choice in [&["--accept-drift"][..], &["--on-conflict", "queue"]] {
            assert!(parse(&[&["-f", "v2.zip"], choice].concat()).is_err(), "{choice:?}");
        }
    }
}
