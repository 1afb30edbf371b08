//! The stack at Beanstalk after its release: its versions, and their removal.

use aws_sdk_elasticbeanstalk::Client;
use mist_core::stack::side::Side;
use mist_tests::{Result, Story, World};

/// The label that the environment of `side` runs.
pub(crate) async fn label(world: &World, story: &Story, side: Side) -> Result<Option<String>> {
    let client = Client::new(world.cloud.beanstalk_config());
    let answer =
        client.describe_environments().environment_names(story.environment(side)).send().await?;
    Ok(answer.environments().first().and_then(|it| it.version_label()).map(str::to_owned))
}

/// Deletes the application of the stack with its versions and environments: otherwise processes and checks go on, and
/// an account may have 75 applications.
pub(crate) async fn remove(world: &World, story: &Story) -> Result {
    let client = Client::new(world.cloud.beanstalk_config());
    let application = &story.stack.stack.application;
    let request = client.delete_application().application_name(application);
    request.terminate_env_by_force(true).send().await?;
    Ok(())
}
