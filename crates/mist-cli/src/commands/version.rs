//! `mist version`: the environments of a stack and the target of its record.

use mist_aws::{
    Aws,
    credentials::{Identity, KeyPair},
};
use mist_core::{
    error::Error,
    names::EnvironmentName,
    ports::Secrets as _,
    release::stack_report::{self, StackRef, StackReport},
    stack::settings::Stack,
};
use serde_json::{Value, json};

use super::setup::DNS_SECRET;
use crate::{
    arguments::Version,
    failure::Failure,
    output::{self, Format},
    report, stacks,
};

/// Shows the environments of a stack, or the one of `-e`. It starts no execution, and shows the same as the
/// function `version`.
pub(crate) async fn run(aws: &Aws, arguments: Version, format: Format) -> Result<(), Failure> {
    let Version { stack, environment } = arguments;
    let stack = stacks::load(aws, &stack).await?;
    if let Some(environment) = &environment {
        belongs(environment, &stack)?;
    }
    let shown = only(environment.as_ref(), json!(look(aws, &stack).await?));
    match format {
        Format::Table => {
            for line in report::records(&shown) {
                output::result(line);
            }
            output::table(&mut report::sides(&shown));
        }
        Format::Json => output::json(&shown),
    }
    Ok(())
}

/// The environments and the record of `stack`.
pub(super) fn reference(stack: &Stack) -> StackRef {
    StackRef {
        stack: stack.name.clone(),
        environments: stack.settings.environments.clone(),
        record: stack.names(),
    }
}

/// The current state of `stack`.
pub(super) async fn look(aws: &Aws, stack: &Stack) -> Result<StackReport, Error> {
    let beanstalk = aws.beanstalk();
    let refused = match stack_report::look(&beanstalk, &aws.dns(), reference(stack)).await {
        Err(error @ Error::AccessDenied { service: "route53", .. }) => error,
        answer => return answer,
    };
    // If the hosted zone is in another account, `mist setup` has stored keys for it.
    let keys = aws.secrets().read(DNS_SECRET).await.ok();
    let Some(keys) = keys.as_ref().and_then(KeyPair::from_text) else { return Err(refused) };
    let dns = aws.with_dns(&Identity::Keys(keys)).await.dns();
    stack_report::look(&beanstalk, &dns, reference(stack)).await
}

pub(super) fn belongs(environment: &EnvironmentName, stack: &Stack) -> Result<(), Error> {
    let both = &stack.settings.environments;
    if [&both.a, &both.b].contains(&environment) {
        return Ok(());
    }
    Err(Error::UnknownEnvironment {
        environment: environment.to_string(),
        stack: stack.name.to_string(),
        a: both.a.to_string(),
        b: both.b.to_string(),
    })
}

/// `shown` with only `environment`, if it is given.
fn only(environment: Option<&EnvironmentName>, mut shown: Value) -> Value {
    if let (Some(environment), Some(sides)) = (environment, shown["sides"].as_array_mut()) {
        sides.retain(|side| side["environment"] == environment.as_str());
    }
    shown
}

#[cfg(test)]
mod tests {
    use mist_testkit::{FakeBeanstalk, FakeDns, environment, stack};

    use super::*;

    #[tokio::test]
    async fn shows_both_environments_or_only_the_requested_one() {
        let stack = stack().unwrap();
        let (a, b) = (environment("Demo-QA-A", "v1"), environment("Demo-QA-B", "v2"));
        let dns = FakeDns::pointing(stack.names(), &a.cname);
        let beanstalk = FakeBeanstalk::with([a, b]);
        let answer = json!(stack_report::look(&beanstalk, &dns, reference(&stack)).await.unwrap());
        let both = report::sides(&answer).to_string();
        assert!(both.contains("Demo-QA-A") && both.contains("Demo-QA-B"), "{both}");
        let one = only(Some(&"Demo-QA-B".parse().unwrap()), answer);
        let one = report::sides(&one).to_string();
        assert!(!one.contains("Demo-QA-A") && one.contains("v2"), "{one}");
    }

    #[test]
    fn an_environment_of_another_stack_is_refused() {
        let stack = stack().unwrap();
        assert!(belongs(&"Demo-QA-B".parse().unwrap(), &stack).is_ok());
        let error = belongs(&"Demo-UAT-B".parse().unwrap(), &stack).unwrap_err();
        assert_eq!(error.code(), "Mist.UnknownEnvironment");
    }
}
