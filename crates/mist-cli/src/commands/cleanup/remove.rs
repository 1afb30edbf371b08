//! Removes what was found.

use mist_aws::Aws;
use mist_core::error::Error;

use super::found::Found;

/// The result of a removal.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// The items that were removed.
    pub(super) removed: Vec<String>,
    /// The items that could not be removed, with the reasons.
    pub(super) failed: Vec<String>,
}

impl Outcome {
    /// Adds the `result` of the removal of `item`.
    pub(super) fn add(&mut self, item: String, result: Result<(), impl std::fmt::Display>) {
        match result {
            Ok(()) => self.removed.push(item),
            Err(error) => self.failed.push(format!("{item}: {error}")),
        }
    }
}

/// Removes all of `found`. A failure does not stop the rest.
pub(super) async fn all(aws: &Aws, found: &Found) -> Outcome {
    let mut outcome = Outcome::default();
    emails(aws, found, &mut outcome).await;
    let locks = aws.locks();
    let mut begun = false;
    for (stack, seen) in &found.states {
        let item = format!("lock and live environment of stack {stack}");
        match locks.forget(stack, seen).await {
            Ok(true) => outcome.removed.push(item),
            Ok(false) => {
                begun = true;
                outcome.failed.push(format!("{item}: a release has changed it in the meantime"));
            }
            Err(error) => outcome.failed.push(format!("{item}: {error}")),
        }
    }
    if begun {
        outcome
            .failed
            .push("secrets and configurations: a release that needs them has begun".into());
        return outcome;
    }
    let secrets = aws.secrets();
    for id in &found.secrets {
        let item = format!("secret {id}, which can be restored for seven days");
        outcome.add(item, secrets.remove(id).await);
    }
    let stacks = aws.stacks();
    for stack in &found.stacks {
        outcome.add(format!("configuration of stack {stack}"), stacks.remove(stack).await);
    }
    outcome
}

// The stored addresses are deleted only after all of their subscriptions are.
async fn emails(aws: &Aws, found: &Found, outcome: &mut Outcome) {
    if found.emails.is_empty() {
        return;
    }
    let notifications = aws.notifications();
    let ended = async {
        for subscription in &found.subscriptions {
            if let Some(arn) = &subscription.arn {
                notifications.unsubscribe(arn).await?;
            }
        }
        aws.stacks().remember_subscribed(&[]).await
    };
    let ended: Result<(), Error> = ended.await;
    outcome.add(format!("subscription of {}", found.emails.join(", ")), ended);
}
