//! One release: its item of the history, and what Step Functions knows of its execution.

use jiff::Timestamp;
use mist_aws::{
    Aws,
    executions::{Execution, Status},
};
use mist_core::{
    ports::Locks as _,
    release::{console::execution_page, failure::Cause, history::PastRelease},
};
use mist_page::model::{Release, Remedy, usual};

use super::timeline::{self, Timeline};
use crate::{account, commands::explain, follow::waiting, report};

/// `past` with its steps. `others` are releases of its stack, which tell how long one usually takes.
pub(crate) async fn read(aws: &Aws, past: PastRelease, others: &[PastRelease]) -> Release {
    let executions = aws.executions();
    // The execution is described first, so that its events include every step before that description.
    let described = executions.describe(&past.execution).await;
    let events = match &described {
        Ok(_) => executions.steps(&past.execution, 0).await,
        Err(_) => Ok(Vec::new()),
    };
    let waits_for = if past.ended_at.is_none() { waits_for(aws, &past).await } else { None };
    let console =
        execution_page(&past.execution).filter(|_| account::endpoint(aws.config()).is_none());
    let usual = usual(others.iter(), &past.operation);
    let remedy = explain::find(&past.verdict);
    let remedy = remedy
        .map(|entry| Remedy { text: entry.text.to_owned(), section: entry.section.to_owned() });
    let mut release = Release {
        steps: Vec::new(),
        problems: Vec::new(),
        cause: None,
        remedy,
        warnings: Vec::new(),
        warm_up: None,
        requests: None,
        waits_for,
        usual,
        changelog: None,
        console,
        past,
    };
    match (described, events) {
        (Ok(execution), Ok(events)) => {
            let timeline = Timeline::of(events, &execution.status);
            release.warm_up = timeline.warm_up;
            release.changelog = timeline.changelog.clone();
            release.steps = timeline.steps;
            add(&mut release, execution);
        }
        (described, events) => {
            let error = described.err().or(events.err()).map(|error| error.to_string());
            release.steps = timeline::of_history(&release.past);
            release.problems.push(format!(
                "Only the durations of the steps are known: {}",
                error.unwrap_or_default()
            ));
        }
    }
    release
}

/// Adds the end of `execution` to `release`.
fn add(release: &mut Release, execution: Execution) {
    match execution.status {
        Status::Failed { error, cause } => release.cause = Some(Cause::read(&error, &cause)),
        Status::Running | Status::Succeeded | Status::Stopped { .. } => {}
    }
    if let Some(output) = &execution.output {
        release.warnings = report::warnings(output).map(str::to_owned).collect();
    }
}

/// The reason why `past` waits in its first step.
async fn waits_for(aws: &Aws, past: &PastRelease) -> Option<String> {
    let state = aws.locks().state(&past.stack.parse().ok()?).await.ok()?;
    waiting::reason(&state, &past.execution, Timestamp::now())
}
