//! `mist config pull`: the pushed configuration as a `mist.yaml`.

use mist_aws::Aws;
use mist_core::{
    names::StackName,
    stack::{config::Config, settings::Stack},
};

use super::conflicts::Stored;
use crate::{
    failure::Failure,
    output::{self, Format},
    stacks,
};

/// Prints the configuration of all stacks, or of `stack`.
pub(super) async fn run(
    aws: &Aws,
    stack: Option<&StackName>,
    format: Format,
) -> Result<(), Failure> {
    let found = if let Some(stack) = stack {
        vec![stacks::load(aws, stack).await?]
    } else {
        let stored = Stored::read(aws).await?;
        for (name, problem) in &stored.unreadable {
            output::note(format!("! stack {name} is left out: {problem}"));
        }
        stored.stacks
    };
    let config = config(found)?;
    match format {
        Format::Json => output::json(&config),
        Format::Table => output::result(yaml(&config)?.trim_end()),
    }
    Ok(())
}

fn yaml(config: &Config) -> Result<String, Failure> {
    serde_saphyr::to_string(config)
        .map_err(|error| Failure::Setup(format!("cannot write the configuration as YAML: {error}")))
}

/// The `mist.yaml` of `stacks`. One file has one application, one region and one bucket, so stacks that differ in them
/// are refused, with their names.
fn config(stacks: Vec<Stack>) -> Result<Config, Failure> {
    let Some(first) = stacks.first().cloned() else {
        return Err(Failure::Setup("no stack is stored in this account and region".to_owned()));
    };
    let shares = |stack: &&Stack| {
        stack.application == first.application
            && stack.region == first.region
            && stack.artifacts == first.artifacts
    };
    if let Some(other) = stacks.iter().find(|stack| !shares(stack)) {
        return Err(Failure::Setup(format!(
            "stacks {} and {} have another application or bucket, so one file cannot hold both; pull each with -s",
            first.name, other.name
        )));
    }
    Ok(Config {
        application: first.application,
        region: first.region,
        artifacts: first.artifacts,
        stacks: stacks.into_iter().map(|stack| (stack.name, stack.settings)).collect(),
    })
}

#[cfg(test)]
mod tests {
    use mist_testkit::stack;

    use super::*;

    #[test]
    fn what_is_pulled_can_be_pushed() {
        let stack = stack().unwrap();
        let text = yaml(&config(vec![stack.clone()]).unwrap()).unwrap();
        let read: Config = serde_saphyr::from_str(&text).unwrap();
        assert_eq!(read.stacks().collect::<Vec<_>>(), [stack]);
    }

    #[test]
    fn stacks_of_several_applications_are_refused_by_name() {
        let (one, mut other) = (stack().unwrap(), stack().unwrap());
        other.name = "SHOP".parse().unwrap();
        other.application = "Shop".to_owned();
        let message = config(vec![one, other]).unwrap_err().message();
        assert!(message.contains("QA and SHOP"), "{message}");
        assert!(config(Vec::new()).is_err());
    }
}
