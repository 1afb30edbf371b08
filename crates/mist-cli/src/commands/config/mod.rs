//! `mist config`: from `mist.yaml` to the SSM parameters that releases read, and back.

mod conflicts;
mod pull;
mod push;

use mist_aws::Aws;
use mist_core::{names::StackName, stack::settings::Stack};
use serde_json::json;

pub(super) use self::conflicts::{Stored, conflicts};
use crate::{
    account::Place,
    arguments::{Config, ConfigFile},
    config_file,
    failure::Failure,
    first_mist,
    output::{self, Format},
    stacks,
};

/// Executes `command`. Only `push`, `pull` and `show` call AWS.
pub(crate) async fn run(command: Config, place: Place<'_>, format: Format) -> Result<(), Failure> {
    match command {
        Config::Push(arguments) => {
            let stacks = stacks_of(&arguments.file)?;
            Box::pin(push::run(&stacks, &arguments, place, format)).await
        }
        Config::Pull { stack } => {
            let aws = Box::pin(place.open()).await?;
            pull::run(&aws, stack.as_ref(), format).await
        }
        Config::Validate(file) => {
            let stacks = stacks_of(&file)?;
            let names: Vec<_> = stacks.iter().map(|stack| stack.name.as_str()).collect();
            let path = config_file::locate(&file.file);
            match format {
                Format::Json => output::json(&json!({ "file": path, "stacks": names })),
                Format::Table => {
                    output::result(format!("{} is valid: {}", path.display(), names.join(", ")));
                }
            }
            Ok(())
        }
        Config::Show { stack } => {
            let aws = Box::pin(place.open()).await?;
            show(&aws, &stack, format).await
        }
        Config::Import(arguments) => first_mist::import(&arguments, format),
        Config::Schema => {
            let text = serde_json::to_string_pretty(&config_file::schema())
                .map_err(|error| Failure::Setup(format!("cannot print the schema: {error}")))?;
            output::file(format!("{text}\n").as_bytes());
            Ok(())
        }
    }
}

fn stacks_of(ConfigFile { file, stack }: &ConfigFile) -> Result<Vec<Stack>, Failure> {
    let config = config_file::read(file)?;
    let mut stacks: Vec<_> = config.stacks().collect();
    if let Some(stack) = stack {
        let names: Vec<_> = stacks.iter().map(|stack| stack.name.clone()).collect();
        if !names.contains(stack) {
            let file = config_file::locate(file);
            return Err(Failure::Usage(format!(
                "{} has no stack `{stack}`{}",
                file.display(),
                stacks::suggestion(stack.as_str(), &names)
            )));
        }
        stacks.retain(|found| found.name == *stack);
    }
    Ok(stacks)
}

async fn show(aws: &Aws, stack: &StackName, format: Format) -> Result<(), Failure> {
    let stack = stacks::load(aws, stack).await?;
    match format {
        Format::Json => output::json(&stack),
        Format::Table => {
            let settings = &stack.settings;
            output::result(format!(
                "{}: {} → {} (A), {} (B); bundles under s3://{}/{}/{}/",
                stack.name,
                settings.domain,
                settings.environments.a,
                settings.environments.b,
                stack.artifacts.bucket,
                stack.artifacts.prefix,
                stack.name
            ));
            output::note(format!(
                "`mist config show -s {} -o json` shows the whole configuration",
                stack.name
            ));
        }
    }
    Ok(())
}
