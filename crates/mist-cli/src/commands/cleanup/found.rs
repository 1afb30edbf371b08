//! The items in an account that `mist cleanup` removes or keeps.

use mist_aws::{Aws, notifications::Subscription};
use mist_core::{error::Error, names::StackName, ports::Locks as _, release::state::StackState};

/// The items to remove, and the items of mist that stay.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The e-mail addresses that setup has subscribed.
    pub(super) emails: Vec<String>,
    /// The confirmed subscriptions of these addresses.
    pub(super) subscriptions: Vec<Subscription>,
    /// The secrets that setup has stored.
    pub(super) secrets: Vec<String>,
    /// The stacks with a pushed configuration.
    pub(super) stacks: Vec<StackName>,
    /// The stored states of stacks, as they were read.
    pub(super) states: Vec<(StackName, StackState)>,
    /// The items that stay, with the reasons.
    pub(super) kept: Vec<String>,
}

impl Found {
    /// Reads the account; `now` is in seconds since 1970.
    pub(super) async fn read(aws: &Aws, now: i64) -> Result<Self, Error> {
        let stacks = aws.stacks();
        let emails = stacks.subscribed().await?;
        let subscriptions = match stacks.notifications_topic().await? {
            Some(topic) if !emails.is_empty() => aws.notifications().emails(&topic).await?,
            Some(_) | None => Vec::new(),
        };
        let mut found = Self {
            secrets: aws.secrets().ours().await?,
            stacks: stacks.names().await?,
            ..Self::default()
        };
        found.add_emails(emails, subscriptions);
        found.add_states(aws.locks().all().await?, now)?;
        Ok(found)
    }

    /// Adds the state of each stack.
    fn add_states(
        &mut self,
        items: Vec<Result<(StackName, StackState), Error>>,
        now: i64,
    ) -> Result<(), Error> {
        let mut busy = Vec::new();
        for item in items {
            match item {
                Ok((stack, state)) => {
                    if self.add_state(stack.clone(), state, now) {
                        busy.push(stack);
                    }
                }
                Err(error @ Error::InvalidItem { .. }) => self.kept.push(error.to_string()),
                Err(error) => return Err(error),
            }
        }
        self.states.sort_by(|(left, _), (right, _)| left.as_str().cmp(right.as_str()));
        self.keep_needed(&busy);
        Ok(())
    }

    // An execution that holds the lock reads secrets and configuration until its end.
    fn keep_needed(&mut self, busy: &[StackName]) {
        self.stacks.retain(|stack| !busy.contains(stack));
        if !busy.is_empty() && !self.secrets.is_empty() {
            self.secrets.clear();
            self.kept.push(
                "all secrets: an execution may need them; run this again after it has ended"
                    .to_owned(),
            );
        }
    }

    /// Adds an item that stays, with the reason.
    pub(super) fn keep(&mut self, why: Option<String>) {
        self.kept.extend(why);
    }

    /// Whether there is nothing to remove.
    pub(super) fn is_empty(&self) -> bool {
        self.items().is_empty()
    }

    /// The items to remove, one line each.
    pub(super) fn items(&self) -> Vec<String> {
        let emails = self.emails.iter().map(|email| format!("subscription of {email}"));
        let secrets = self.secrets.iter().map(|id| format!("secret {id}"));
        let states = self
            .states
            .iter()
            .map(|(stack, _)| format!("lock and live environment of stack {stack}"));
        let stacks = self.stacks.iter().map(|stack| format!("configuration of stack {stack}"));
        emails.chain(secrets).chain(states).chain(stacks).collect()
    }

    // An unconfirmed subscription cannot be deleted; AWS deletes it after three days.
    fn add_emails(&mut self, emails: Vec<String>, subscriptions: Vec<Subscription>) {
        let ours =
            |it: &Subscription| emails.iter().any(|email| email.eq_ignore_ascii_case(&it.email));
        let (confirmed, pending): (Vec<_>, Vec<_>) =
            subscriptions.into_iter().filter(ours).partition(|it| it.arn.is_some());
        let pending = pending.iter().map(|it| {
            format!("unconfirmed subscription of {}: AWS deletes it after three days", it.email)
        });
        self.kept.extend(pending);
        self.subscriptions = confirmed;
        self.emails = emails;
    }

    /// Adds the state of `stack`. Returns whether an execution holds the lock or waits for it.
    fn add_state(&mut self, stack: StackName, state: StackState, now: i64) -> bool {
        let waits = state.waiting(now).next().is_some();
        match state.holder(now) {
            Some(lease) => {
                self.kept.push(format!("lock of stack {stack}: held ({})", lease.reason));
            }
            None if waits => {
                self.kept.push(format!("lock of stack {stack}: executions wait for it"));
            }
            None => {
                if state.stopped_a.is_some() || state.stopped_b.is_some() {
                    // The capacity is stored nowhere else.
                    self.kept
                        .push(format!("capacity of the stopped environments of stack {stack}"));
                }
                if state.live.as_ref().is_some_and(|live| live.drained > now) {
                    self.kept.push(format!(
                        "live environment of stack {stack}: the other one is not drained yet"
                    ));
                } else if !state.holds_only_capacities() {
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
    use mist_core::release::state::{Lease, Phase, Queued, Stopped, TaskToken};

    use super::*;

    const NOW: i64 = 1_767_323_045;

    fn qa() -> StackName {
        "QA".parse().unwrap()
    }

    fn held(expires: i64) -> StackState {
        let lease = Lease {
            execution: "arn:ada".to_owned(),
            operation: "deploy".to_owned(),
            reason: "deploy v2 by ada".to_owned(),
            since: Timestamp::UNIX_EPOCH,
            expires,
            phase: Phase::Preparing,
            admitted: None,
            wait: None,
        };
        StackState { lease: Some(lease), ..StackState::default() }
    }

    #[test]
    fn a_lock_that_is_held_or_has_a_queue_stays() {
        let mut found = Found::default();
        found.add_state(qa(), held(NOW + 1), NOW);
        assert_eq!(found.kept, ["lock of stack QA: held (deploy v2 by ada)"]);
        let queued = Queued {
            execution: "arn:bob".to_owned(),
            operation: "deploy".to_owned(),
            reason: "deploy v3 by bob".to_owned(),
            since: Timestamp::UNIX_EPOCH,
            until: NOW + 1,
            uploaded_at: None,
            needs_drained: false,
            token: TaskToken::from("TOKEN"),
        };
        found.add_state(qa(), StackState { queue: vec![queued], ..StackState::default() }, NOW);
        assert_eq!(found.kept[1], "lock of stack QA: executions wait for it");
        assert!(found.is_empty());
    }

    #[test]
    fn a_lock_that_is_free_or_expired_is_removed() {
        let mut found = Found::default();
        found.add_state(qa(), held(NOW), NOW);
        assert_eq!(found.items(), ["lock and live environment of stack QA"]);
        assert!(found.kept.is_empty());
    }

    #[test]
    fn the_capacity_of_a_stopped_environment_stays() {
        let capacity = mist_core::beanstalk::capacity::Capacity { min: 1, max: 4, desired: 2 };
        let stopped = Stopped { environment: "Demo-QA-B".parse().unwrap(), capacity };
        let mut found = Found::default();
        let state = StackState { stopped_b: Some(stopped), ..StackState::default() };
        assert!(!found.add_state(qa(), state.clone(), NOW));
        assert!(found.is_empty());
        assert_eq!(found.kept, ["capacity of the stopped environments of stack QA"]);
        found.add_state(qa(), StackState { revision: 7, ..state }, NOW);
        assert_eq!(found.items(), ["lock and live environment of stack QA"]);
    }

    #[test]
    fn items_that_an_execution_needs_stay_until_it_ends() {
        let mut found = Found {
            stacks: vec![qa(), "UAT".parse().unwrap()],
            secrets: vec!["mist/new-relic".to_owned()],
            ..Found::default()
        };
        let problem = "no revision".to_owned();
        let invalid = Error::InvalidItem { item: "mist-stacks/Old".to_owned(), problem };
        let uat = ("UAT".parse().unwrap(), held(NOW));
        let items = vec![Err(invalid), Ok((qa(), held(NOW + 1))), Ok(uat)];
        found.add_states(items, NOW).unwrap();
        let items = ["lock and live environment of stack UAT", "configuration of stack UAT"];
        assert_eq!(found.items(), items);
        assert_eq!(found.kept.len(), 3, "{:?}", found.kept);
    }

    #[test]
    fn only_subscriptions_that_setup_created_are_removed() {
        let subscription = |email: &str, arn: Option<&str>| Subscription {
            email: email.to_owned(),
            arn: arn.map(str::to_owned),
        };
        let mut found = Found::default();
        found.add_emails(
            vec!["ada@example.com".to_owned(), "eve@example.com".to_owned()],
            vec![
                subscription("ada@example.com", Some("arn:1")),
                subscription("bob@example.com", Some("arn:2")),
                subscription("eve@example.com", None),
            ],
        );
        assert_eq!(found.subscriptions, [subscription("ada@example.com", Some("arn:1"))]);
        let items = ["subscription of ada@example.com", "subscription of eve@example.com"];
        assert_eq!(found.items(), items, "both addresses are deleted");
        assert_eq!(found.kept.len(), 1);
    }
}
