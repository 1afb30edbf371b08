//! `mist start`: restores the capacity of a stopped environment.

use mist_aws::Aws;
use mist_core::{
    names::{EnvironmentName, StackName},
    ports::{Groups, Stacks as _},
    stack::settings::Environments,
};
use serde_json::json;

use super::operation;
use crate::{
    arguments::Operation,
    failure::Failure,
    output::{Format, note},
};

/// Starts the environment of `-e`, or else the one that is stopped.
pub(crate) async fn run(aws: &Aws, arguments: Operation, format: Format) -> Result<(), Failure> {
    let Operation { execution, environment } = arguments;
    let environment = match environment {
        Some(environment) => Some(environment),
        None => find(aws, &execution.stack).await?,
    };
    let input = json!({ "operation": "start" });
    operation::start(aws, input, environment.as_ref(), &execution, format).await
}

/// The stopped environment of `stack`. `None` if there is none, or if it cannot be read: then the execution takes the
/// idle environment, or reports why it cannot.
async fn find(aws: &Aws, stack: &StackName) -> Result<Option<EnvironmentName>, Failure> {
    let Ok(configured) = aws.stacks().load(stack).await else { return Ok(None) };
    let found = stopped(&aws.groups(), stack, &configured.settings.environments).await?;
    if let Some(environment) = &found {
        note(format!("{environment} is stopped; starting it"));
    }
    Ok(found)
}

async fn stopped(
    groups: &impl Groups,
    stack: &StackName,
    environments: &Environments,
) -> Result<Option<EnvironmentName>, Failure> {
    let is_stopped = async |environment: &EnvironmentName| {
        groups.group(environment).await.is_ok_and(|group| group.capacity.is_stopped())
    };
    let Environments { a, b } = environments;
    match (is_stopped(a).await, is_stopped(b).await) {
        (true, false) => Ok(Some(a.clone())),
        (false, true) => Ok(Some(b.clone())),
        (false, false) => Ok(None),
        (true, true) => Err(Failure::Usage(format!(
            "both environments of stack {stack} are stopped; choose one: `mist start -s {stack} -e {a}` or \
             `mist start -s {stack} -e {b}`"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use mist_testkit::{FakeGroups, stack};

    use super::*;

    async fn chosen(capacities: &[(&'static str, u32)]) -> Result<Option<String>, Failure> {
        let groups = FakeGroups::with(capacities.iter().copied());
        let stack = stack().unwrap();
        let found = stopped(&groups, &stack.name, &stack.settings.environments).await?;
        Ok(found.map(|environment| environment.to_string()))
    }

    #[tokio::test]
    async fn the_stopped_environment_is_started_whichever_side_it_has() {
        let found = chosen(&[("Demo-QA-A", 0), ("Demo-QA-B", 2)]).await.unwrap();
        assert_eq!(found.as_deref(), Some("Demo-QA-A"));
        let found = chosen(&[("Demo-QA-A", 2), ("Demo-QA-B", 0)]).await.unwrap();
        assert_eq!(found.as_deref(), Some("Demo-QA-B"));
    }

    #[tokio::test]
    async fn without_a_stopped_environment_the_execution_decides() {
        assert_eq!(chosen(&[("Demo-QA-A", 1), ("Demo-QA-B", 2)]).await.unwrap(), None);
        assert_eq!(chosen(&[]).await.unwrap(), None, "they cannot be read");
    }

    #[tokio::test]
    async fn of_two_stopped_environments_a_person_chooses() {
        let failure = chosen(&[("Demo-QA-A", 0), ("Demo-QA-B", 0)]).await.unwrap_err();
        assert_eq!(failure.code(), 2);
        let message = failure.message();
        for name in ["Demo-QA-A", "Demo-QA-B"] {
            assert!(message.contains(&format!("`mist start -s QA -e {name}`")), "{message}");
        }
    }
}
