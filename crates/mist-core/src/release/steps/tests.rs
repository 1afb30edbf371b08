//! Tests of the writes of a release.

use std::{
    pin::pin,
    sync::Mutex,
    task::{Context, Poll, Waker},
};

use serde_json::Value;

use super::*;
use crate::{
    release::{
        lock::{Decision, EndedBy, LockRequest, acquire, end, tick},
        state::{LEASE_SECONDS, WaitKind},
    },
    stack::lock::{LockSettings, OnConflict},
};

const NOW: i64 = 1_767_323_045;

/// One stack with its waiting tasks, and the calls in their order.
#[derive(Default)]
struct World {
    state: Mutex<StackState>,
    /// The number of writes that come after one of another call.
    rivals: Mutex<usize>,
    /// The token of a task whose wait cannot be ended now.
    unreachable: &'static str,
    /// The seconds that have passed.
    passed: i64,
    done: Mutex<Vec<String>>,
}

impl World {
    fn done(&self) -> Vec<String> {
        self.done.lock().unwrap().clone()
    }

    fn current(&self) -> StackState {
        self.state.lock().unwrap().clone()
    }

    fn note(&self, done: &str) {
        self.done.lock().unwrap().push(done.to_owned());
    }
}

impl Locks for World {
    async fn state(&self, _: &StackName) -> Result<StackState, Error> {
        Ok(self.current())
    }

    async fn write(
        &self,
        _: &StackName,
        seen: &StackState,
        next: &StackState,
    ) -> Result<bool, Error> {
        let mut state = self.state.lock().unwrap();
        let mut rivals = self.rivals.lock().unwrap();
        if *rivals > 0 {
            *rivals -= 1;
            state.revision += 1;
        }
        let same = state.revision == seen.revision;
        if same {
            *state = next.clone();
            self.note("write");
        }
        Ok(same)
    }

    async fn all(&self) -> Result<Vec<Result<(StackName, StackState), Error>>, Error> {
        Ok(vec![Ok((qa(), self.current()))])
    }
}

impl Tasks for World {
    async fn succeed(&self, token: &TaskToken, _: &Value) -> Result<bool, Error> {
        self.note(&format!("succeed {}", token.expose()));
        Ok(true)
    }

    async fn fail(&self, token: &TaskToken, error: &Error) -> Result<bool, Error> {
        if token.expose() == self.unreachable {
            let message = "no answer".to_owned();
            return Err(Error::ServiceUnavailable { service: "states", message });
        }
        self.note(&format!("fail {} {}", token.expose(), error.code()));
        Ok(true)
    }
}

impl Wakes for World {
    async fn wake(&self, kind: WaitKind, delay: Duration) -> Result<(), Error> {
        self.note(&format!("wake {kind:?} after {delay:?}"));
        Ok(())
    }
}

impl Clock for World {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(NOW + self.passed).unwrap()
    }

    async fn pause(&self, _: Duration) {}
}

/// The answer of a future that never has to wait.
fn answer<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => panic!("it waits"),
    }
}

fn qa() -> StackName {
    "QA".parse().unwrap()
}

fn ada() -> Holder {
    Holder { execution: "ada".to_owned(), fence: 1 }
}

fn request(execution: &str) -> LockRequest {
    LockRequest {
        stack: "QA".to_owned(),
        execution: execution.to_owned(),
        operation: "deploy".to_owned(),
        reason: format!("deploy by {execution}"),
        uploaded_at: None,
        needs_drained: false,
        token: format!("token of {execution}").as_str().into(),
        settings: LockSettings { on_conflict: Some(OnConflict::Queue), ..LockSettings::default() },
    }
}

/// A stack whose lock `ada` holds, while the others wait for it.
fn held(others: &[&str]) -> World {
    let world = World::default();
    for execution in ["ada"].iter().chain(others) {
        answer(acquires(&world, execution)).unwrap();
    }
    world.done.lock().unwrap().clear();
    world
}

async fn acquires(world: &World, execution: &str) -> Result<Decision, Error> {
    let request = request(execution);
    decide((world, world), &qa(), |state| acquire(state, &request, world.now())).await
}

async fn ends(world: &World, execution: &str) -> Result<bool, Error> {
    decide((world, world), &qa(), |state| {
        end(state, execution, EndedBy::StepFunctions, world.now())
    })
    .await
}

#[test]
fn a_change_is_decided_again_if_another_call_writes_in_between() {
    let world = World { rivals: Mutex::new(TRIES - 1), ..held(&[]) };
    assert!(answer(ends(&world, "ada")).unwrap());
    let state = world.current();
    assert_eq!((state.lease, state.revision), (None, u64::try_from(TRIES).unwrap() + 1));
}

#[test]
fn a_change_fails_if_other_calls_write_again_and_again() {
    let world = World { rivals: Mutex::new(TRIES), ..held(&["bob"]) };
    let error = answer(ends(&world, "ada")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the lock of stack `QA` is not ready yet: other calls write to it"
    );
    assert_eq!(world.done(), [""; 0], "nothing is written, and no wait is ended");
}

#[test]
fn a_change_that_is_refused_writes_nothing() {
    let world = held(&[]);
    let bob = Holder { execution: "bob".to_owned(), fence: 1 };
    let result = answer(hold(&world, &world, &qa(), &bob));
    assert_eq!(result.unwrap_err().code(), "Mist.LockLost");
    assert_eq!(world.done(), [""; 0]);
}

#[test]
fn a_call_that_holds_the_lock_renews_a_lease_that_is_half_over() {
    for (passed, writes) in [(0, 0), (LEASE_SECONDS / 2 - 1, 0), (LEASE_SECONDS / 2, 1)] {
        let world = World { passed, ..held(&[]) };
        let state = answer(hold(&world, &world, &qa(), &ada())).unwrap();
        assert_eq!((&state, world.done().len()), (&world.current(), writes), "{passed}");
        let renewed = if writes == 0 { 0 } else { passed };
        assert_eq!(state.lease.unwrap().expires, NOW + renewed + LEASE_SECONDS);
    }
}

#[test]
fn a_wait_is_stored_before_the_first_wake_up() {
    let world = held(&[]);
    let wait = Wait::new(WaitKind::Bake, &"parked".into(), world.now(), &Value::Null);
    answer(park((&world, &world, &world), &qa(), &ada(), &wait)).unwrap();
    assert_eq!(world.done(), ["write", "wake Bake after 0ns"]);
    assert_eq!(world.current().lease.unwrap().wait, Some(wait));
}

#[test]
fn a_wait_that_is_over_is_noted_once() {
    let world = held(&[]);
    let wait = Wait::new(WaitKind::Bake, &"parked".into(), world.now(), &Value::Null);
    answer(park((&world, &world, &world), &qa(), &ada(), &wait)).unwrap();
    for _ in 0..2 {
        answer(resumed(&world, &qa(), &"parked".into())).unwrap();
    }
    assert_eq!(world.done(), ["write", "wake Bake after 0ns", "write"]);
    assert_eq!(world.current().lease.unwrap().wait, None);
}

#[test]
fn waits_are_ended_after_what_ends_them_is_written() {
    let world = held(&["bob"]);
    assert!(answer(ends(&world, "ada")).unwrap());
    assert_eq!(world.done(), ["write", "fail token of bob Mist.NotReady"]);
    let again = answer(acquires(&world, "bob")).unwrap();
    assert!(matches!(again, Decision::Acquired { fence: 2, .. }), "{again:?}");
}

#[test]
fn a_wait_that_cannot_be_ended_does_not_delay_the_others() {
    let held = held(&["bob", "eve", "kim"]);
    let world = World { unreachable: "token of bob", passed: 2 * 3600, ..held };
    let result = answer(decide((&world, &world), &qa(), |state| tick(state, "QA", world.now())));
    assert_eq!(result.unwrap_err().code(), "Mist.ServiceUnavailable");
    let others = ["fail token of eve Mist.Locked", "fail token of kim Mist.Locked"];
    assert_eq!(world.done(), ["write", others[0], others[1]]);
}

#[test]
fn the_time_until_a_moment_that_has_passed_is_zero() {
    let now = Timestamp::from_second(NOW).unwrap();
    assert_eq!(until(NOW * 1000 + 2500, now), Duration::from_millis(2500));
    assert_eq!(until(NOW * 1000 - 1, now), Duration::ZERO);
}
