//! `mist config`: from `mist.yaml` to the SSM parameters that releases read.

use mist_aws::Aws;
use mist_core::{
    names::StackName,
    ports::Stacks as _,
    stack::{document::StackDocument, settings::Stack},
};

use crate::{
    account::account,
    arguments::{Config, ConfigFile},
    config_file,
    failure::Failure,
    first_mist,
    output::{self, Format},
};

/// Executes `command`. Only `push` and `show` call AWS.
pub(crate) async fn run(
    command: Config,
    region: Option<&str>,
    profile: Option<&str>,
    format: Format,
) -> Result<(), Failure> {
    match command {
        Config::Push(file) => push(&stacks(&file)?, region, profile).await,
        Config::Validate(file) => {
            let stacks = stacks(&file)?;
            let names: Vec<_> = stacks.iter().map(|stack| stack.name.as_str()).collect();
            output::result(format!("{} is valid: {}", file.file.display(), names.join(", ")));
            Ok(())
        }
        Config::Show { stack } => show(&account(region, profile).await?, &stack, format).await,
        Config::Import(arguments) => first_mist::import(&arguments, format),
        Config::Schema => {
            output::json(&config_file::schema());
            Ok(())
        }
    }
}

fn stacks(ConfigFile { file, stack }: &ConfigFile) -> Result<Vec<Stack>, Failure> {
    let config = config_file::read(file)?;
    let mut stacks: Vec<_> = config.stacks().collect();
    if let Some(stack) = stack {
        stacks.retain(|found| found.name == *stack);
        if stacks.is_empty() {
            return Err(Failure::Setup(format!("{} has no stack `{stack}`", file.display())));
        }
    }
    Ok(stacks)
}

// Releases read the parameters in the region of their environments, which the file names.
async fn push(
    stacks: &[Stack],
    region: Option<&str>,
    profile: Option<&str>,
) -> Result<(), Failure> {
    for stack in stacks {
        if let Some(region) = region.filter(|region| *region != stack.region) {
            let expected = &stack.region;
            return Err(Failure::Setup(format!(
                "mist.yaml is for region {expected}, not {region}"
            )));
        }
        account(Some(&stack.region), profile).await?.stacks().push(stack.clone()).await?;
        let parameter = StackDocument::parameter(&stack.name);
        output::result(format!("pushed {parameter} in {}", stack.region));
    }
    Ok(())
}

async fn show(aws: &Aws, stack: &StackName, format: Format) -> Result<(), Failure> {
    let stack = aws.stacks().load(stack).await?;
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
            output::note("-o json shows the whole configuration");
        }
    }
    Ok(())
}
