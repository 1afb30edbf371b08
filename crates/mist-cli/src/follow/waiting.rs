//! The reason why an execution waits in its first step, from the state of its stack.

use jiff::Timestamp;
use mist_core::release::state::{Queued, StackState, WaitKind};

use crate::output::moment;

/// The reason why `execution` waits; `None` if it waits neither for the lock nor for its slot.
pub(crate) fn reason(state: &StackState, execution: &str, now: Timestamp) -> Option<String> {
    let holder = state.holder(now.as_second());
    if let Some(ahead) = state.queue.iter().position(|queued| queued.execution == execution) {
        let drained = drained(state, &state.queue[ahead], now).filter(|_| holder.is_none());
        if let Some(drained) = drained {
            return Some(format!("waiting until the idle environment is drained, at {drained}"));
        }
        let holder = match holder {
            Some(lease) => format!("{}, since {}", lease.reason, moment(lease.since)),
            None => "the lease of the last release has expired".to_owned(),
        };
        let before =
            if ahead == 0 { String::new() } else { format!("; {ahead} ahead of this release") };
        return Some(format!("waiting for the lock: {holder}{before}"));
    }
    let lease = holder.filter(|lease| lease.execution == execution)?;
    lease.wait.as_ref().filter(|wait| wait.kind == WaitKind::Admission)?;
    let at = Timestamp::from_millisecond(lease.admitted?).ok()?;
    Some(format!("waiting for its slot to call Beanstalk, at {}", moment(at)))
}

/// The time at which the idle environment is drained, if `queued` waits for that.
pub(crate) fn drained(state: &StackState, queued: &Queued, now: Timestamp) -> Option<String> {
    let until = queued.drains_until(state.live.as_ref(), now.as_second())?;
    Timestamp::from_second(until).ok().map(moment)
}

#[cfg(test)]
mod tests {
    use mist_core::release::state::{Holder, LiveSide, TaskToken, Wait};
    use mist_testkit::{START, held};
    use serde_json::Value;

    use super::*;

    fn start() -> Timestamp {
        Timestamp::from_second(START).unwrap()
    }

    fn queued(execution: &str) -> Queued {
        Queued {
            execution: execution.to_owned(),
            operation: "deploy".to_owned(),
            reason: format!("deploy v3 by {execution}"),
            since: start(),
            until: START + 600,
            uploaded_at: None,
            needs_drained: false,
            token: TaskToken::from("SECRET"),
        }
    }

    #[test]
    fn the_reason_in_the_queue_names_the_holder_of_the_lock() {
        let state = StackState { queue: vec![queued("bob"), queued("eve")], ..held("ada", 1) };
        assert_eq!(
            reason(&state, "bob", start()).unwrap(),
            "waiting for the lock: deploy v2 by ada, since 1970-01-01 00:00:00 UTC"
        );
        let last = reason(&state, "eve", start()).unwrap();
        assert!(last.ends_with("; 1 ahead of this release"), "{last}");
        let free = StackState { lease: None, ..state };
        let expired = "waiting for the lock: the lease of the last release has expired";
        assert_eq!(reason(&free, "bob", start()).unwrap(), expired);
    }

    #[test]
    fn the_reason_before_a_deployment_is_that_users_may_be_on_its_environment() {
        let live = LiveSide {
            side: mist_core::stack::side::Side::B,
            environment: "shop-b".parse().unwrap(),
            version: None,
            since: START,
            drained: START + 60,
            previous: None,
        };
        let queue = vec![Queued { needs_drained: true, ..queued("bob") }];
        let state = StackState { queue, live: Some(live), ..StackState::default() };
        let expected = "waiting until the idle environment is drained, at 2026-01-02 03:05:05 UTC";
        assert_eq!(reason(&state, "bob", start()).unwrap(), expected);
        let held = StackState { lease: held("ada", 1).lease, ..state };
        assert!(reason(&held, "bob", start()).unwrap().starts_with("waiting for the lock: "));
    }

    #[test]
    fn the_reason_before_a_slot_names_its_time() {
        let holder = Holder { execution: "ada".to_owned(), fence: 1 };
        let token = TaskToken::from("SECRET");
        let wait = Wait::new(WaitKind::Admission, &token, start(), &Value::Null);
        let at = (START + 4) * 1000;
        let state = held("ada", 1).admitted(&holder, at, Some(wait)).unwrap();
        let expected = "waiting for its slot to call Beanstalk, at 2026-01-02 03:04:09 UTC";
        assert_eq!(reason(&state, "ada", start()).unwrap(), expected);
    }

    #[test]
    fn a_release_that_does_not_wait_has_no_reason() {
        assert_eq!(reason(&held("ada", 1), "ada", start()), None);
        assert_eq!(reason(&held("ada", 1), "bob", start()), None);
        assert_eq!(reason(&StackState::default(), "bob", start()), None);
    }
}
