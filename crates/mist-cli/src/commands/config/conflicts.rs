//! Stacks that cannot be stored beside those that are stored: names are unique in an account and region, not only in
//! a file.

use mist_aws::Aws;
use mist_core::{error::Error, names::StackName, ports::Stacks as _, stack::settings::Stack};

/// The configurations that are stored in an account and region.
#[derive(Debug, Default)]
pub(crate) struct Stored {
    /// Those that can be read.
    pub(crate) stacks: Vec<Stack>,
    /// The names of those that cannot, with the reasons.
    pub(crate) unreadable: Vec<(StackName, String)>,
}

impl Stored {
    /// Reads the configurations of all stacks of `aws`.
    pub(crate) async fn read(aws: &Aws) -> Result<Self, Error> {
        let parameters = aws.stacks();
        let mut stored = Self::default();
        for name in parameters.names().await? {
            match parameters.load(&name).await {
                Ok(stack) => stored.stacks.push(stack),
                // It was removed since the names were read.
                Err(Error::UnknownStack { .. }) => {}
                Err(
                    error @ (Error::OutdatedStackConfig { .. } | Error::InvalidStackConfig { .. }),
                ) => stored.unreadable.push((name, error.to_string())),
                Err(error) => return Err(error),
            }
        }
        Ok(stored)
    }

    /// The stored configuration of the stack `name`.
    pub(crate) fn of(&self, name: &StackName) -> Option<&Stack> {
        self.stacks.iter().find(|stack| stack.name == *name)
    }
}

/// The reasons why `stack` cannot be stored beside `stored`: it belongs to another application, unless `replace` is
/// set, or another stack has one of its environments or names. The stacks `pushed` replace what is stored.
pub(crate) fn conflicts(
    stack: &Stack,
    stored: &Stored,
    pushed: &[Stack],
    replace: bool,
) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(before) = stored.of(&stack.name).filter(|_| !replace)
        && before.application != stack.application
    {
        found.push(format!(
            "stack {} belongs to application `{}`, not `{}`; --replace gives it to the latter",
            stack.name, before.application, stack.application
        ));
    }
    let is_pushed = |name: &StackName| pushed.iter().any(|stack| stack.name == *name);
    for other in stored.stacks.iter().filter(|other| !is_pushed(&other.name)) {
        let theirs = other.settings.claims();
        found.extend(
            stack.settings.claims().into_iter().filter(|claim| theirs.contains(claim)).map(
                |claim| {
                    format!(
                        "{claim} of stack {} belongs to stack {} of this account already",
                        stack.name, other.name
                    )
                },
            ),
        );
    }
    found
}

#[cfg(test)]
mod tests {
    use mist_testkit::stack;

    use super::*;

    fn named(name: &str) -> Stack {
        let mut stack = stack().unwrap();
        stack.name = name.parse().unwrap();
        stack.settings.domain = format!("{}.mist.test", name.to_lowercase()).parse().unwrap();
        stack.settings.environments.a = format!("Demo-{name}-A").parse().unwrap();
        stack.settings.environments.b = format!("Demo-{name}-B").parse().unwrap();
        stack
    }

    fn stored(stacks: &[Stack]) -> Stored {
        Stored { stacks: stacks.to_vec(), unreadable: Vec::new() }
    }

    #[test]
    fn a_stack_of_another_application_is_replaced_only_if_requested() {
        let (before, mut after) = (named("QA"), named("QA"));
        after.application = "Shop".to_owned();
        let found = conflicts(
            &after,
            &stored(std::slice::from_ref(&before)),
            std::slice::from_ref(&after),
            false,
        );
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("stack QA belongs to application"), "{found:?}");
        assert!(found[0].contains("`Shop`") && found[0].contains("--replace"), "{found:?}");
        assert!(
            conflicts(&after, &stored(&[before]), std::slice::from_ref(&after), true).is_empty()
        );
    }

    #[test]
    fn environments_and_domains_of_other_stored_stacks_are_refused_with_both_names() {
        let (uat, mut qa) = (named("UAT"), named("QA"));
        qa.settings.environments.b = uat.settings.environments.a.clone();
        qa.settings.domain = uat.settings.domain.clone();
        let found =
            conflicts(&qa, &stored(std::slice::from_ref(&uat)), std::slice::from_ref(&qa), true);
        assert_eq!(found.len(), 2, "{found:?}");
        for conflict in &found {
            assert!(conflict.contains("stack QA") && conflict.contains("stack UAT"), "{conflict}");
        }
        // A stack of the same file is stored with its new configuration, which the file was checked for.
        assert!(
            conflicts(&qa, &stored(std::slice::from_ref(&uat)), &[qa.clone(), uat], true)
                .is_empty()
        );
    }

    #[test]
    fn a_stack_does_not_conflict_with_itself() {
        let stack = named("QA");
        let stored = stored(&[stack.clone(), named("UAT")]);
        assert!(conflicts(&stack, &stored, std::slice::from_ref(&stack), false).is_empty());
    }
}
