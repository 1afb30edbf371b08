//! What there is of mist in an account that `mist cleanup` takes away.

use mist_aws::{Aws, notifications::Subscription};
use mist_core::{Error, StackName, StackState, ports::Ledger as _};

/// What there is to take away, and what stays although it is of mist.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The e-mail addresses that setup subscribed.
    pub(super) emails: Vec<String>,
    /// Their subscriptions, as far as their owners agreed.
    pub(super) subscriptions: Vec<Subscription>,
    /// The secrets that setup stored.
    pub(super) secrets: Vec<String>,
    /// The stacks that were pushed.
    pub(super) stacks: Vec<StackName>,
    /// The stacks that something is remembered of, as they were seen.
    pub(super) states: Vec<(StackName, StackState)>,
    /// What stays, and why.
    pub(super) kept: Vec<String>,
}

impl Found {
    /// Looks at the account; `now` is in seconds since 1970.
    pub(super) async fn look(aws: &Aws, now: i64) -> Result<Self, Error> {
        let stacks = aws.stacks();
        let emails = stacks.subscribed().await?;
        let told = match stacks.notifications_topic().await? {
            Some(topic) if !emails.is_empty() => aws.notifications().emails(&topic).await?,
            Some(_) | None => Vec::new(),
        };
        let mut found = Self {
            secrets: aws.secrets().ours().await?,
            stacks: stacks.names().await?,
            ..Self::default()
        };
        found.subscribed(emails, told);
        let ledger = aws.ledger();
        let mut busy = Vec::new();
        for name in ledger.stacks().await? {
            let Ok(stack) = name.parse::<StackName>() else { continue };
            match ledger.state(&stack).await {
                Ok(state) => {
                    if found.remembered(stack.clone(), state, now) {
                        busy.push(stack);
                    }
                }
                Err(error @ Error::InvalidLedger { .. }) => found.kept.push(error.to_string()),
                Err(error) => return Err(error),
            }
        }
        found.spare(&busy);
        Ok(found)
    }

    // A run that has the lock reads secrets and configuration until its end.
    fn spare(&mut self, busy: &[StackName]) {
        self.stacks.retain(|stack| !busy.contains(stack));
        if !busy.is_empty() && !self.secrets.is_empty() {
            self.secrets.clear();
            self.kept.push(
                "all secrets: a run may need them; run this again when it is over".to_owned(),
            );
        }
    }

    /// Adds a reason why something stays.
    pub(super) fn keep(&mut self, why: Option<String>) {
        self.kept.extend(why);
    }

    /// Whether there is nothing to take away.
    pub(super) fn is_empty(&self) -> bool {
        self.items().is_empty()
    }

    /// Everything that is taken away, one line each.
    pub(super) fn items(&self) -> Vec<String> {
        let emails = self.emails.iter().map(|email| format!("subscription of {email}"));
        let secrets = self.secrets.iter().map(|id| format!("secret {id}"));
        let states =
            self.states.iter().map(|(stack, _)| format!("lock and live side of stack {stack}"));
        let stacks = self.stacks.iter().map(|stack| format!("configuration of stack {stack}"));
        emails.chain(secrets).chain(states).chain(stacks).collect()
    }

    // Nobody but its owner can end a subscription that was not agreed to; it ends by itself.
    fn subscribed(&mut self, emails: Vec<String>, told: Vec<Subscription>) {
        let ours =
            |it: &Subscription| emails.iter().any(|email| email.eq_ignore_ascii_case(&it.email));
        let (agreed, waiting): (Vec<_>, Vec<_>) =
            told.into_iter().filter(ours).partition(|it| it.arn.is_some());
        let waiting = waiting.iter().map(|it| {
            format!("the question to {}, which ends by itself after three days", it.email)
        });
        self.kept.extend(waiting);
        self.subscriptions = agreed;
        self.emails = emails;
    }

    /// Takes note of what is remembered of `stack`; whether runs are about it.
    fn remembered(&mut self, stack: StackName, state: StackState, now: i64) -> bool {
        let waits = state.waiting.iter().any(|waiting| waiting.expires > now);
        match state.holder(now) {
            Some(lease) => {
                self.kept.push(format!("lock of stack {stack}: it is held ({})", lease.reason));
            }
            None if waits => self.kept.push(format!("lock of stack {stack}: runs wait for it")),
            None => {
                if state.stopped_a.is_some() || state.stopped_b.is_some() {
                    // Nobody else knows how large they were.
                    let why =
                        format!("how large the sides of stack {stack} were when they were stopped");
                    self.kept.push(why);
                }
                if state.live.as_ref().is_some_and(|live| live.drained > now) {
                    self.kept.push(format!(
                        "live side of stack {stack}: users may still be on the other"
                    ));
                } else if !state.holds_only_sizes() {
                    self.states.push((stack, state));
                }
                return false;
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use mist_core::ledger::{Lease, Phase, Stopped, Waiting};

    use super::*;

    const NOW: i64 = 1_767_323_045;

    fn qa() -> StackName {
        "QA".parse().unwrap()
    }

    fn held(expires: i64) -> StackState {
        let lease = Lease {
            run: "arn:run:ada".to_owned(),
            operation: "deploy".to_owned(),
            reason: "deploy v2 by ada".to_owned(),
            since: Timestamp::UNIX_EPOCH,
            expires,
            phase: Phase::Preparing,
        };
        StackState { lease: Some(lease), ..StackState::default() }
    }

    #[test]
    fn a_lock_that_is_held_or_waited_for_stays() {
        let mut found = Found::default();
        found.remembered(qa(), held(NOW + 1), NOW);
        assert_eq!(found.kept, ["lock of stack QA: it is held (deploy v2 by ada)"]);
        let waiting = Waiting {
            run: "arn:run:bob".to_owned(),
            reason: "deploy v3 by bob".to_owned(),
            since: Timestamp::UNIX_EPOCH,
            expires: NOW + 1,
        };
        found.remembered(qa(), StackState { waiting: vec![waiting], ..StackState::default() }, NOW);
        assert_eq!(found.kept[1], "lock of stack QA: runs wait for it");
        assert!(found.is_empty());
    }

    #[test]
    fn a_lock_that_is_free_or_has_run_out_goes() {
        let mut found = Found::default();
        found.remembered(qa(), held(NOW), NOW);
        assert_eq!(found.items(), ["lock and live side of stack QA"]);
        assert!(found.kept.is_empty());
    }

    #[test]
    fn what_a_stopped_side_gets_back_is_not_forgotten() {
        let sizes = mist_core::Sizes { min: 1, max: 4, desired: 2 };
        let stopped = Stopped { environment: "Demo-QA-B".parse().unwrap(), sizes };
        let mut found = Found::default();
        let state = StackState { stopped_b: Some(stopped), ..StackState::default() };
        assert!(!found.remembered(qa(), state.clone(), NOW));
        assert!(found.is_empty());
        assert_eq!(found.kept, ["how large the sides of stack QA were when they were stopped"]);
        found.remembered(qa(), StackState { revision: 7, ..state }, NOW);
        assert_eq!(found.items(), ["lock and live side of stack QA"]);
    }

    #[test]
    fn what_a_run_needs_stays_until_it_is_over() {
        let mut found = Found {
            stacks: vec![qa(), "UAT".parse().unwrap()],
            secrets: vec!["mist/new-relic".to_owned()],
            ..Found::default()
        };
        assert!(found.remembered(qa(), held(NOW + 1), NOW));
        found.spare(&[qa()]);
        assert_eq!(found.items(), ["configuration of stack UAT"]);
        assert_eq!(found.kept.len(), 2);
    }

    #[test]
    fn only_subscriptions_that_setup_made_go() {
        let told = |email: &str, arn: Option<&str>| Subscription {
            email: email.to_owned(),
            arn: arn.map(str::to_owned),
        };
        let mut found = Found::default();
        found.subscribed(
            vec!["ada@example.com".to_owned(), "eve@example.com".to_owned()],
            vec![
                told("ada@example.com", Some("arn:1")),
                told("bob@example.com", Some("arn:2")),
                told("eve@example.com", None),
            ],
        );
        assert_eq!(found.subscriptions, [told("ada@example.com", Some("arn:1"))]);
        let items = ["subscription of ada@example.com", "subscription of eve@example.com"];
        assert_eq!(found.items(), items, "both are forgotten");
        assert_eq!(found.kept.len(), 1);
    }
}
