//! The stacks that exist, for commands that name one.

use mist_aws::Aws;
use mist_core::{error::Error, names::StackName, ports::Stacks as _, stack::settings::Stack};

use crate::failure::Failure;

/// The stack `name`. A missing one is `Mist.UnknownStack`, whose message has the names of all stacks.
pub(crate) async fn load(aws: &Aws, name: &StackName) -> Result<Stack, Failure> {
    match aws.stacks().load(name).await {
        Err(Error::UnknownStack { .. }) => Err(unknown(aws, name).await),
        found => Ok(found?),
    }
}

/// Checks that the stack `name` exists. A configuration that cannot be read is left to the execution, which reports
/// it by name.
pub(crate) async fn require(aws: &Aws, name: &StackName) -> Result<(), Failure> {
    match aws.stacks().load(name).await {
        Err(Error::UnknownStack { .. }) => Err(unknown(aws, name).await),
        Ok(_) | Err(Error::OutdatedStackConfig { .. } | Error::InvalidStackConfig { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

async fn unknown(aws: &Aws, name: &StackName) -> Failure {
    let message = match aws.stacks().names().await {
        Ok(names) => absent(name.as_str(), &names),
        // Whoever may not list the stacks gets no suggestion.
        Err(_) => format!("there is no stack `{name}` in this account and region"),
    };
    Failure::operation("Mist.UnknownStack", message)
}

/// The sentence that there is no stack `name`, but `others`.
fn absent(name: &str, others: &[StackName]) -> String {
    let others: Vec<_> = others.iter().map(StackName::as_str).collect();
    if others.is_empty() {
        return format!(
            "there is no stack `{name}`, and no other one in this account and region; `mist config push` \
             stores those of mist.yaml"
        );
    }
    format!("there is no stack `{name}` in this account and region{}", list(name, &others))
}

/// The end of a sentence that there is no stack `name`, but `others`.
pub(crate) fn suggestion(name: &str, others: &[StackName]) -> String {
    list(name, &others.iter().map(StackName::as_str).collect::<Vec<_>>())
}

fn list(name: &str, others: &[&str]) -> String {
    let suggested = similar(name, others).map(|it| format!("; did you mean `{it}`?"));
    let suggested = suggested.unwrap_or_else(|| ".".to_owned());
    format!("{suggested} The stacks are: {}", others.join(", "))
}

/// The name among `names` that `name` was probably meant to be: a third of its letters may be wrong, in any case.
pub(crate) fn similar<'a>(name: &str, names: &[&'a str]) -> Option<&'a str> {
    let name = name.to_lowercase();
    let wrong = |other: &str| strsim::osa_distance(&name, &other.to_lowercase());
    let (wrong, best) = names.iter().map(|other| (wrong(other), *other)).min()?;
    (wrong <= (name.chars().count() / 3).max(1)).then_some(best)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    fn names(names: &[&str]) -> Vec<StackName> {
        names.iter().map(|name| name.parse().unwrap()).collect()
    }

    #[test]
    fn an_unknown_stack_has_a_suggestion_and_the_stacks_that_exist() {
        let all = names(&["LIVE", "QA", "UAT"]);
        assert_eq!(
            absent("qa", &all),
            "there is no stack `qa` in this account and region; did you mean `QA`? The stacks are: LIVE, QA, UAT"
        );
        assert!(absent("UTA", &all).contains("did you mean `UAT`?"), "{}", absent("UTA", &all));
        let shown = absent("nope", &all);
        assert!(!shown.contains("did you mean"), "{shown}");
        assert!(shown.ends_with("region. The stacks are: LIVE, QA, UAT"), "{shown}");
        assert!(absent("QA", &[]).contains("mist config push"));
    }

    #[tokio::test]
    async fn a_missing_stack_is_refused_with_status_2_and_one_that_cannot_be_read_is_there() {
        let aws = testing::aws(testing::parameters(&[("QA", "{}")])).await;
        let failure = require(&aws, &"qa".parse().unwrap()).await.unwrap_err();
        assert_eq!((failure.name(), failure.code()), (Some("Mist.UnknownStack"), 2));
        assert!(failure.message().contains("did you mean `QA`?"), "{failure:?}");
        let failure = load(&aws, &"qa".parse().unwrap()).await.unwrap_err();
        assert_eq!(failure.code(), 2);
        require(&aws, &"QA".parse().unwrap()).await.unwrap();
        assert!(load(&aws, &"QA".parse().unwrap()).await.is_err());
    }
}
