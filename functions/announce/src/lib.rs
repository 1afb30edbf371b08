//! Tells GitHub how a release ended, in whatever way: the last status of its deployment.

#[cfg(test)]
mod tests;

use mist_core::{
    Error, Stack,
    ports::{
        Access, DeploymentState, Deployments, Outcome, Progress, Secrets, Stacks, console_page,
    },
};
use mist_lambda::{Ended, RunEnded};

/// The run that ended.
pub type Request = RunEnded;

/// How the announcement ended.
pub type Response = Outcome;

/// Announces the end. What goes wrong for good is an outcome; what can be tried again is an error: Lambda
/// does so twice, within a few minutes. Doing it again changes nothing.
pub async fn run(
    stacks: &impl Stacks,
    secrets: &impl Secrets,
    github: &impl Deployments,
    RunEnded { detail }: Request,
) -> Result<Response, Error> {
    let outcome = match announce(stacks, secrets, github, &detail).await {
        Ok(outcome) => outcome,
        Err(error @ (Error::Throttled { .. } | Error::ServiceUnavailable { .. })) => {
            return Err(error);
        }
        Err(error) => Outcome::Warning { code: error.code().to_owned(), reason: error.to_string() },
    };
    match &outcome {
        Outcome::Done { id } => tracing::info!("announced the end of deployment {id}"),
        Outcome::Skipped { reason } => tracing::debug!("nothing to announce: {reason}"),
        Outcome::Warning { reason, .. } => {
            tracing::warn!("GitHub may not show how `{}` ended: {reason}", detail.execution_arn);
        }
    }
    Ok(outcome)
}

async fn announce(
    stacks: &impl Stacks,
    secrets: &impl Secrets,
    github: &impl Deployments,
    run: &Ended,
) -> Result<Outcome, Error> {
    let skipped = |reason: &str| Ok(Outcome::Skipped { reason: reason.to_owned() });
    // Only a deployment that somebody asked for can have fetched its version.
    let Some(name) = run.stack().filter(|_| run.operation().as_deref() == Some("deploy")) else {
        return skipped("the run fetched nothing");
    };
    let stack = match stacks.load(&name).await {
        Ok(stack) => stack,
        Err(Error::UnknownStack { .. }) => return skipped("there is no such stack"),
        Err(error) => return Err(error),
    };
    let Some(settings) = stack.settings.github.as_ref().filter(|it| it.deployments) else {
        return skipped("the stack shows no deployments on GitHub");
    };
    let token = secrets.read(&settings.token_secret).await?;
    let access = Access { github: settings, token: &token };
    let environment = stack.name.to_string();
    let Some(number) = github.find(access, &environment, &run.execution_arn, None).await? else {
        return skipped("the run made no deployment on GitHub");
    };
    let progress = progress(run, &stack);
    github.tell(access, number, &progress).await?;
    if progress.state == DeploymentState::Success {
        github.retire(access, &environment, number).await?;
    }
    Ok(Outcome::Done { id: number.to_string() })
}

fn progress(run: &Ended, stack: &Stack) -> Progress {
    let (state, description) = match run.status.as_str() {
        "SUCCEEDED" => (DeploymentState::Success, "it is live".to_owned()),
        "FAILED" => {
            let error = run.error.as_deref().unwrap_or("it failed");
            let cause = run.cause.as_deref().unwrap_or("no reason was given");
            (DeploymentState::Failure, format!("{error}: {cause}"))
        }
        "ABORTED" => (DeploymentState::Error, "somebody stopped the run".to_owned()),
        "TIMED_OUT" => (DeploymentState::Error, "the run took too long".to_owned()),
        other => (DeploymentState::Error, format!("the run ended as {other}")),
    };
    Progress {
        state,
        description,
        log_url: console_page(&run.execution_arn),
        environment_url: stack.url(),
    }
}
