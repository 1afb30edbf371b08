//! The key of a world: a number of all that can still matter. A world with a known key is not played again.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use jiff::Timestamp;
use mist_core::{
    release::state::{LEASE_SECONDS, Phase, StackState, TaskToken},
    stack::side::Side,
};

use crate::world::{CALL, Call, Next, PATIENCE, Pending, World, name};

impl World {
    /// The key. Two worlds with the same key continue in the same ways.
    ///
    /// Times are relative to now. A decision on an old revision counts as such, whatever it is: it is never written. Fencing
    /// tokens count by their order, and task tokens by the task that has them.
    pub(crate) fn key(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        let hash = &mut hasher;
        self.hash_state(&self.state, hash);
        (self.record == Side::A, self.aborts, self.losses, self.newest_upload).hash(hash);
        for (index, since) in &self.order {
            (index, (self.now - since).min(i64::from(PATIENCE))).hash(hash);
        }
        for (index, execution) in self.executions.iter().enumerate() {
            execution.at.hash(hash);
            if execution.acts() || self.is_in_state(index) {
                (execution.superseded, execution.noted).hash(hash);
            }
            if execution.fence > 0 && execution.acts() {
                let from = execution.from.map(|side| side == Side::A);
                (from, execution.back, self.rank(execution.fence)).hash(hash);
            }
            self.hash_call(execution.call.as_ref(), hash);
        }
        (self.rank(self.state.fence), self.rank(self.newest_swap)).hash(hash);
        self.person.hash(hash);
        hasher.finish()
    }

    /// The number of active executions with a smaller fencing token.
    fn rank(&self, fence: u64) -> usize {
        let acts = self.executions.iter().filter(|execution| execution.acts());
        let known = acts.map(|execution| execution.fence).chain([self.newest_swap]);
        known.filter(|known| *known < fence).count()
    }

    fn is_in_state(&self, index: usize) -> bool {
        let StackState { lease, queue, .. } = &self.state;
        lease.as_ref().is_some_and(|lease| lease.execution == name(index))
            || queue.iter().any(|queued| queued.execution == name(index))
    }

    fn hash_call(&self, call: Option<&Call>, hash: &mut DefaultHasher) {
        let Some(Call { began, read, next }) = call else { return hash.write_u8(0) };
        let age = |since: i64| (self.now - since).min(2 * CALL);
        (1, age(*began), age(*read)).hash(hash);
        match next {
            Next::Acquire(pending, then) => {
                std::mem::discriminant(then).hash(hash);
                self.hash_pending(pending, hash);
            }
            Next::Swapping(pending) => self.hash_pending(pending, hash),
            Next::Move { held } => (2, held).hash(hash),
            Next::Note { moved } => (3, moved).hash(hash),
        }
    }

    fn hash_pending(&self, Pending { seen, next, .. }: &Pending, hash: &mut DefaultHasher) {
        if *seen == self.state.revision {
            self.hash_state(next, hash);
        } else {
            hash.write_u8(0xfe);
        }
    }

    fn hash_state(&self, state: &StackState, hash: &mut DefaultHasher) {
        let left = |until: i64| (until - self.now).clamp(0, 2 * LEASE_SECONDS);
        let waits = |token: &TaskToken| {
            self.executions.iter().position(|execution| execution.has_token(token))
        };
        state.fence.wrapping_sub(self.state.fence).hash(hash);
        if let Some(lease) = &state.lease {
            let admitted = lease.admitted.map(|at| left(at / 1000));
            let wait = lease.wait.as_ref().map(|wait| (wait.kind as u8, waits(&wait.token)));
            let swapping = lease.phase == Phase::Swapping;
            (&lease.execution, left(lease.expires), swapping, admitted, wait).hash(hash);
        }
        hash.write_usize(state.queue.len());
        for queued in &state.queue {
            (&queued.execution, left(queued.until), waits(&queued.token)).hash(hash);
        }
        for past in &state.past {
            // An execution that no longer acts does not matter.
            let index = self.index_of(&past.execution);
            if index.is_some_and(|index| self.executions[index].acts()) {
                (&past.execution, self.now - past.at).hash(hash);
            }
        }
        state.newest_upload.map(Timestamp::as_second).hash(hash);
        state.live.as_ref().map(|live| live.side == Side::A).hash(hash);
    }
}
