//! Takes away what was found.

use mist_aws::Aws;
use mist_core::error::Error;

use super::found::Found;

/// What became of it.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// What is gone.
    pub(super) removed: Vec<String>,
    /// What could not be removed, and why.
    pub(super) failed: Vec<String>,
}

impl Outcome {
    /// Takes note of how the removal of `what` ended.
    pub(super) fn note(&mut self, what: String, ended: Result<(), impl std::fmt::Display>) {
        match ended {
            Ok(()) => self.removed.push(what),
            Err(error) => self.failed.push(format!("{what}: {error}")),
        }
    }
}

/// Takes away all of `found`; what fails does not keep the rest.
pub(super) async fn all(aws: &Aws, found: &Found) -> Outcome {
    let mut outcome = Outcome::default();
    emails(aws, found, &mut outcome).await;
    let locks = aws.locks();
    let mut begun = false;
    for (stack, seen) in &found.states {
        let what = format!("lock and live side of stack {stack}");
        match locks.forget(stack, seen).await {
            Ok(true) => outcome.removed.push(what),
            Ok(false) => {
                begun = true;
                outcome.failed.push(format!("{what}: a release has just changed it"));
            }
            Err(error) => outcome.failed.push(format!("{what}: {error}")),
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
        let what = format!("secret {id}, which can be had back for seven days");
        outcome.note(what, secrets.remove(id).await);
    }
    let stacks = aws.stacks();
    for stack in &found.stacks {
        outcome.note(format!("configuration of stack {stack}"), stacks.remove(stack).await);
    }
    outcome
}

// Whom setup subscribed is forgotten only when all of their subscriptions are ended.
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
    outcome.note(format!("subscription of {}", found.emails.join(", ")), ended);
}
