//! The Rust SDK: one release, with the SDK's own waiters.

use std::time::Duration;

use aws_sdk_elasticbeanstalk::Client;
use aws_sdk_elasticbeanstalk::client::Waiters as _;
use aws_sdk_elasticbeanstalk::operation::RequestId as _;

use crate::Result;
use crate::clients::Stage;

const SHOP: &str = "shop";
const PATIENCE: Duration = Duration::from_mins(2);

/// Creates an environment, deploys to it and terminates it.
pub(crate) async fn story(stage: Stage) -> Result<Stage> {
    let told = release(&Client::new(stage.cloud.beanstalk_config())).await;
    stage.keep_records()?;
    told.map(|()| stage)
}

async fn release(client: &Client) -> Result {
    client.create_application().application_name(SHOP).send().await?;
    for label in ["v1", "v2"] {
        let version = client.create_application_version().application_name(SHOP);
        version.version_label(label).send().await?;
    }
    let created = client.create_environment().application_name(SHOP).environment_name("shop-a");
    let created = created.version_label("v1").solution_stack_name(stack(client).await?);
    created.send().await?;
    client.wait_until_environment_exists().environment_names("shop-a").wait(PATIENCE).await?;

    let update = client.update_environment().environment_name("shop-a").version_label("v2");
    let request = update.send().await?.request_id().ok_or("an answer without an id")?.to_owned();
    client.wait_until_environment_updated().environment_names("shop-a").wait(PATIENCE).await?;
    let seen = client.describe_environments().environment_names("shop-a").send().await?;
    let label = seen.environments().first().and_then(|environment| environment.version_label());
    same(label, "v2")?;
    let events = client.describe_events().request_id(request).send().await?;
    let last = events.events().first().and_then(|event| event.message());
    same(last, "Environment update completed successfully.")?;

    client.terminate_environment().environment_name("shop-a").send().await?;
    let gone = client.wait_until_environment_terminated().environment_names("shop-a");
    gone.wait(PATIENCE).await?;
    Ok(())
}

/// An error and no panic, which would hide this story from the tests of all answers.
fn same(found: Option<&str>, wanted: &str) -> Result {
    if found == Some(wanted) { Ok(()) } else { Err(format!("{found:?} is not {wanted:?}").into()) }
}

async fn stack(client: &Client) -> Result<String> {
    let stacks = client.list_available_solution_stacks().send().await?;
    Ok(stacks.solution_stacks().first().ok_or("no solution stacks")?.clone())
}
