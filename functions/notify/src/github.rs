//! The last status of the deployment on GitHub.

use mist_core::{
    error::Error,
    ports::{Access, DeploymentState, DeploymentStatus, Deployments, Outcome, Secrets, Stacks},
    release::{console::execution_page, failure::Cause},
    stack::settings::Stack,
};
use mist_lambda::Ended;

use crate::stack::load;

/// Sets the status of the deployment that the execution created, if it created one.
pub(crate) async fn report(
    (stacks, secrets, github): (&impl Stacks, &impl Secrets, &impl Deployments),
    ended: &Ended,
) -> Result<Outcome, Error> {
    let skipped = |reason: &str| Ok(Outcome::Skipped { reason: reason.to_owned() });
    // An upload has no operation in its input, and needs no fetch.
    if ended.operation().as_deref() != Some("deploy") {
        return skipped("the execution fetched nothing");
    }
    let Some(stack) = load(stacks, ended).await? else {
        return skipped("the stack does not exist");
    };
    let Some(settings) = stack.settings.github.as_ref().filter(|it| it.deployments) else {
        return skipped("the stack has `github.deployments` off, or no repository");
    };
    let token = secrets.read(&settings.token_secret).await?;
    let access = Access { github: settings, token: &token };
    let environment = stack.name.to_string();
    let Some(number) = github.find(access, &environment, &ended.execution_arn, None).await? else {
        return skipped("the execution created no deployment on GitHub");
    };
    let status = status(ended, &stack);
    github.set_status(access, number, &status).await?;
    if status.state == DeploymentState::Success {
        github.retire(access, &environment, number).await?;
    }
    Ok(Outcome::Done { id: number.to_string() })
}

fn status(ended: &Ended, stack: &Stack) -> DeploymentStatus {
    let (state, description) = match ended.status.as_str() {
        "SUCCEEDED" => (DeploymentState::Success, "the version is live".to_owned()),
        "FAILED" => {
            let error = ended.error.as_deref().unwrap_or("FAILED");
            let cause = ended.cause.as_deref().map(|cause| Cause::read(error, cause).reason());
            let cause = cause.unwrap_or_else(|| "no details".to_owned());
            (DeploymentState::Failure, format!("{error}: {cause}"))
        }
        "ABORTED" => (DeploymentState::Error, "the execution was stopped".to_owned()),
        "TIMED_OUT" => (DeploymentState::Error, "the execution timed out".to_owned()),
        other => (DeploymentState::Error, format!("the execution ended as {other}")),
    };
    DeploymentStatus {
        state,
        description,
        log_url: execution_page(&ended.execution_arn).unwrap_or_default(),
        environment_url: stack.url(),
    }
}
