//! The state of a stack: an item of the table `mist-stacks`.

mod lease;
mod live_side;
mod queue;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    beanstalk::capacity::Capacity, error::Error, names::EnvironmentName, stack::side::Side,
};

pub use lease::{LEASE_SECONDS, Lease, Phase, TaskToken, Wait, WaitKind};
pub use live_side::{Drift, LiveSide};
pub use queue::{Past, Queued};

/// The longest time in seconds that the call of a function may continue after its execution ended.
pub const CALL_SECONDS: i64 = 60;

/// The time for which the end of an execution is remembered, in seconds: longer than any call of it may continue, since
/// Lambda ends a call after 900 s.
pub const REMEMBERED_SECONDS: i64 = 3600;

/// The state of one stack: its lock, the queue, and the live environment.
///
/// Fields that an older mist did not write have their defaults.
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct StackState {
    /// The number of writes. A write fails if the revision has changed since the read.
    pub revision: u64,
    /// The fencing token of the newest lease: the number of executions that acquired the lock.
    pub fence: u64,
    /// The lease of the execution that holds the lock; `None` if the lock is free.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lease: Option<Lease>,
    /// The executions that wait for the lock, in the order of their arrival.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub queue: Vec<Queued>,
    /// The executions that ended or were superseded within [`REMEMBERED_SECONDS`]. They may not acquire the lock again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub past: Vec<Past>,
    /// The time of the newest upload that acquired the lock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub newest_upload: Option<Timestamp>,
    /// The environment that the last swap put live, or that a release accepted as live; `None` before the first swap.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub live: Option<LiveSide>,
    /// The ARN of the execution that accepted `live` as it was found; `None` if mist put it live.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted_by: Option<String>,
    /// The capacity of the environment of side A before mist stopped it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped_a: Option<Stopped>,
    /// The same of side B.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped_b: Option<Stopped>,
}

/// The capacity of an environment before mist stopped it.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Stopped {
    /// The environment.
    pub environment: EnvironmentName,
    /// The capacity of its Auto Scaling group.
    #[serde(rename = "sizes")]
    pub capacity: Capacity,
}

/// The execution of a call, with its fencing token.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Holder {
    /// The ARN of the execution.
    pub execution: String,
    /// The fencing token of its lease.
    pub fence: u64,
}

impl StackState {
    /// The lease that has not expired at `now`, in seconds since 1970; `None` if the lock is free.
    pub fn holder(&self, now: i64) -> Option<&Lease> {
        self.lease.as_ref().filter(|lease| lease.expires > now)
    }

    /// The releases in the queue that still wait at `now`, in seconds since 1970.
    pub fn waiting(&self, now: i64) -> impl Iterator<Item = &Queued> {
        self.queue.iter().filter(move |queued| queued.until > now)
    }

    /// The error of an `execution` that may not acquire the lock again; `None` if it may.
    pub fn past(&self, execution: &str) -> Option<Error> {
        let past = self.past.iter().find(|past| past.execution == execution)?;
        Some(match &past.superseded_by {
            Some(by) => Error::Superseded { by: by.clone() },
            None => Error::LockLost { found: "the execution has ended".to_owned() },
        })
    }

    /// The lease of `holder`. An expired one counts until another execution acquires the lock: renewing it is the same as
    /// acquiring the lock again.
    pub fn lease_of(&self, holder: &Holder) -> Result<&Lease, Error> {
        self.past(&holder.execution).map_or_else(|| self.newest_lease(holder), Err)
    }

    /// The lease of `holder`, even if its execution has ended.
    fn newest_lease(&self, holder: &Holder) -> Result<&Lease, Error> {
        match &self.lease {
            Some(lease) if lease.execution == holder.execution && self.fence == holder.fence => {
                Ok(lease)
            }
            Some(lease) => Err(Error::LockLost {
                found: format!("{} holds it ({})", lease.reason, lease.execution),
            }),
            None => Err(Error::LockLost { found: "it is free".to_owned() }),
        }
    }

    /// The state with a renewed lease of `holder`; `None` while more than half of the lease is left.
    pub fn renewed(&self, holder: &Holder, now: i64) -> Result<Option<Self>, Error> {
        self.lease_of(holder)?;
        let next = self.with_lease(|lease| lease.renew(now));
        Ok((next.lease != self.lease).then_some(next))
    }

    /// The state in which `holder` waits for `wait`, with a renewed lease.
    pub fn parked(&self, holder: &Holder, wait: Wait, now: i64) -> Result<Self, Error> {
        self.lease_of(holder)?;
        Ok(self.with_lease(|lease| {
            lease.expires = now + LEASE_SECONDS;
            lease.wait = Some(wait);
        }))
    }

    /// The state in which the wait with `token` is over; `None` if it is over already.
    pub fn resumed(&self, token: &TaskToken) -> Option<Self> {
        let wait = self.lease.as_ref().and_then(|lease| lease.wait.as_ref());
        wait.filter(|wait| wait.token == *token)?;
        Some(self.with_lease(|lease| lease.wait = None))
    }

    /// The state in which `holder` may call Beanstalk from `at` on, in milliseconds since 1970, and waits for `wait` until
    /// then.
    pub fn admitted(&self, holder: &Holder, at: i64, wait: Option<Wait>) -> Result<Self, Error> {
        self.lease_of(holder)?;
        Ok(self.with_lease(|lease| {
            lease.admitted = Some(at);
            lease.wait = wait;
        }))
    }

    /// The state in which `holder` is about to change the record, and can no longer be superseded.
    pub fn swapping(&self, holder: &Holder, now: i64) -> Result<Self, Error> {
        self.lease_of(holder)?;
        Ok(self.with_lease(|lease| {
            lease.expires = now + LEASE_SECONDS;
            lease.phase = Phase::Swapping;
        }))
    }

    /// The state in which `live` is live; `None` if it is already noted, apart from the times.
    ///
    /// The last call of a stopped execution may note this as well, while it keeps the lock.
    pub fn went_live(
        &self,
        holder: &Holder,
        live: LiveSide,
        now: i64,
    ) -> Result<Option<Self>, Error> {
        let past = self.past(&holder.execution);
        let stopped = past.is_some();
        self.newest_lease(holder).map_err(|lost| past.unwrap_or(lost))?;
        let same = self.live.as_ref().is_some_and(|found| {
            LiveSide { since: found.since, drained: found.drained, ..live.clone() } == *found
        });
        if same {
            return Ok(None);
        }
        let next = if stopped { self.next() } else { self.swapping(holder, now)? };
        Ok(Some(Self { live: Some(live), accepted_by: None, ..next }))
    }

    /// The state in which `holder` accepted `live` as it was found; `None` if it has done so already.
    pub fn accepted(&self, holder: &Holder, live: &LiveSide) -> Result<Option<Self>, Error> {
        self.lease_of(holder)?;
        let by = Some(holder.execution.clone());
        let again = self.accepted_by == by;
        Ok((!again).then(|| Self { live: Some(live.clone()), accepted_by: by, ..self.next() }))
    }

    /// The state that remembers `stopped` of `side`.
    pub fn stopping(&self, holder: &Holder, side: Side, stopped: Stopped) -> Result<Self, Error> {
        self.lease_of(holder)?;
        let mut next = self.next();
        match side {
            Side::A => next.stopped_a = Some(stopped),
            Side::B => next.stopped_b = Some(stopped),
        }
        Ok(next)
    }

    /// The capacity of `environment` on `side` before mist stopped it; `None` if mist did not stop it, or stopped another
    /// environment on that side.
    pub fn stopped(&self, side: Side, environment: &EnvironmentName) -> Option<Capacity> {
        let stopped = match side {
            Side::A => &self.stopped_a,
            Side::B => &self.stopped_b,
        };
        let ours = stopped.as_ref().filter(|stopped| stopped.environment == *environment);
        ours.map(|stopped| stopped.capacity)
    }

    /// Whether the state has nothing but the capacity of stopped environments.
    pub fn holds_only_capacities(&self) -> bool {
        let Self { stopped_a, stopped_b, .. } = self.clone();
        *self == Self { stopped_a, stopped_b, ..Self::default() } && *self != Self::default()
    }

    /// A copy with the next revision.
    pub(super) fn next(&self) -> Self {
        Self { revision: self.revision + 1, ..self.clone() }
    }

    fn with_lease(&self, change: impl FnOnce(&mut Lease)) -> Self {
        let mut next = self.next();
        if let Some(lease) = &mut next.lease {
            change(lease);
        }
        next
    }
}

#[cfg(test)]
mod tests;
