//! The last status of a deployment on GitHub.

use mist_core::{
    error::Error,
    ports::{
        Access, DeploymentState, Deployments, Outcome, Progress, Secrets, Stacks, console_page,
    },
    release::failure::Cause,
    stack::settings::Stack,
};
use mist_lambda::Ended;

/// Reports how the execution ended, if it made a deployment.
pub(crate) async fn report(
    (stacks, secrets, github): (&impl Stacks, &impl Secrets, &impl Deployments),
    ended: &Ended,
) -> Result<Outcome, Error> {
    let skipped = |reason: &str| Ok(Outcome::Skipped { reason: reason.to_owned() });
    // Only a deployment that somebody requested can have fetched its version.
    if ended.operation().as_deref() != Some("deploy") {
        return skipped("the execution fetched nothing");
    }
    let Some(stack) = crate::load(stacks, ended).await? else {
        return skipped("there is no such stack");
    };
    let Some(settings) = stack.settings.github.as_ref().filter(|it| it.deployments) else {
        return skipped("the stack shows no deployments on GitHub");
    };
    let token = secrets.read(&settings.token_secret).await?;
    let access = Access { github: settings, token: &token };
    let environment = stack.name.to_string();
    let Some(number) = github.find(access, &environment, &ended.execution_arn, None).await? else {
        return skipped("the execution made no deployment on GitHub");
    };
    let progress = progress(ended, &stack);
    github.tell(access, number, &progress).await?;
    if progress.state == DeploymentState::Success {
        github.retire(access, &environment, number).await?;
    }
    Ok(Outcome::Done { id: number.to_string() })
}

fn progress(ended: &Ended, stack: &Stack) -> Progress {
    let (state, description) = match ended.status.as_str() {
        "SUCCEEDED" => (DeploymentState::Success, "it is live".to_owned()),
        "FAILED" => {
            let error = ended.error.as_deref().unwrap_or("it failed");
            let cause = ended.cause.as_deref().map(|cause| Cause::read(error, cause).reason());
            let cause = cause.unwrap_or_else(|| "no details".to_owned());
            (DeploymentState::Failure, format!("{error}: {cause}"))
        }
        "ABORTED" => (DeploymentState::Error, "the execution was stopped".to_owned()),
        "TIMED_OUT" => (DeploymentState::Error, "the execution timed out".to_owned()),
        other => (DeploymentState::Error, format!("the execution ended as {other}")),
    };
    Progress {
        state,
        description,
        log_url: console_page(&ended.execution_arn),
        environment_url: stack.url(),
    }
}
