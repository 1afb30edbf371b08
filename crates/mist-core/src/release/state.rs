//! What mist knows of a stack between two calls: an item of the table `mist-stacks`.

mod lease;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{beanstalk::capacity::Sizes, error::Error, names::EnvironmentName, stack::side::Side};

pub use lease::{LEASE_SECONDS, Lease, Phase, TaskToken, Wait, WaitKind};

/// The longest time in seconds that a call of a function may go on after its execution ended.
pub const CALL_SECONDS: i64 = 60;

/// How long the end of an execution is remembered, in seconds: longer than any call may still be on its
/// way (Lambda ends one after 900 s).
pub const REMEMBERED_SECONDS: i64 = 3600;

/// The state of one stack: its lock, the queue for it, and what is live.
///
/// Fields that an older mist did not write have their defaults.
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct StackState {
    /// One more with every write; a write is refused if it has changed since it was read.
    pub revision: u64,
    /// The fencing token of the newest lease: one more with every execution that acquires the lock.
    pub fence: u64,
    /// The lease of the execution that holds the lock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lease: Option<Lease>,
    /// The executions that wait for the lock, first come first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub queue: Vec<Queued>,
    /// The executions that may not acquire the lock any more: ended or superseded within
    /// [`REMEMBERED_SECONDS`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub past: Vec<Past>,
    /// The time of the newest upload that acquired the lock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub newest_upload: Option<Timestamp>,
    /// The side that the last swap put live. `None` before the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub live: Option<LiveSide>,
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
    /// The sizes of its Auto Scaling group.
    pub sizes: Sizes,
}

/// An execution in the queue for the lock.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Queued {
    /// Its ARN.
    pub execution: String,
    /// Its operation: `deploy`, `swap` …
    pub operation: String,
    /// The operation in a few words, with version and user.
    pub reason: String,
    /// When it joined the queue.
    pub since: Timestamp,
    /// When it gives up, in seconds since 1970.
    pub until: i64,
    /// The time of the upload that started it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uploaded_at: Option<Timestamp>,
    /// The token of its waiting task.
    pub token: TaskToken,
}

/// An execution that may not acquire the lock any more.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Past {
    /// Its ARN.
    pub execution: String,
    /// When that was noticed, in seconds since 1970.
    pub at: i64,
    /// The newer release that superseded it, in a few words. `None` if it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub superseded_by: Option<String>,
}

/// The side that a swap put live.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LiveSide {
    /// The side.
    pub side: Side,
    /// Its environment.
    pub environment: EnvironmentName,
    /// Its version; `None` if it had none.
    pub version: Option<String>,
    /// When the record moved, in seconds since 1970.
    pub since: i64,
    /// When DNS caches with the other side have expired, in seconds since 1970.
    pub drained: i64,
    /// The version that was live before on the other side; `None` if there is none to return to.
    pub previous: Option<String>,
}

/// The execution that a call belongs to, with its fencing token.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Holder {
    /// The ARN of the execution.
    pub execution: String,
    /// The fencing token that it got with the lock.
    pub fence: u64,
}

impl StackState {
    /// The unexpired lease at `now`, in seconds since 1970.
    pub fn holder(&self, now: i64) -> Option<&Lease> {
        self.lease.as_ref().filter(|lease| lease.expires > now)
    }

    /// Why `execution` may not acquire the lock any more, if it may not.
    pub fn past(&self, execution: &str) -> Option<Error> {
        let past = self.past.iter().find(|past| past.execution == execution)?;
        Some(match &past.superseded_by {
            Some(by) => Error::Superseded { by: by.clone() },
            None => Error::LockLost { found: "the execution has ended".to_owned() },
        })
    }

    /// The lease of `holder`. It counts after it expired as well, as long as no other execution has
    /// acquired the lock: renewing it is then as good as acquiring it.
    pub fn lease_of(&self, holder: &Holder) -> Result<&Lease, Error> {
        self.past(&holder.execution).map_or_else(|| self.newest_lease(holder), Err)
    }

    /// The lease of `holder`, also if its execution has ended.
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

    /// The state with the lease of `holder` renewed; `None` while more than half of it is left.
    pub fn renewed(&self, holder: &Holder, now: i64) -> Result<Option<Self>, Error> {
        self.lease_of(holder)?;
        let next = self.with_lease(|lease| lease.renew(now));
        Ok((next.lease != self.lease).then_some(next))
    }

    /// The state in which `holder` waits for `wait`, with its lease renewed.
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

    /// The state in which `holder` may call Beanstalk from `at` on, in milliseconds since 1970; until then
    /// it waits for `wait`.
    pub fn admitted(&self, holder: &Holder, at: i64, wait: Option<Wait>) -> Result<Self, Error> {
        self.lease_of(holder)?;
        Ok(self.with_lease(|lease| {
            lease.admitted = Some(at);
            lease.wait = wait;
        }))
    }

    /// The state in which `holder` is about to move the record: it cannot be superseded from now on.
    pub fn swapping(&self, holder: &Holder, now: i64) -> Result<Self, Error> {
        self.lease_of(holder)?;
        Ok(self.with_lease(|lease| {
            lease.expires = now + LEASE_SECONDS;
            lease.phase = Phase::Swapping;
        }))
    }

    /// The state in which `live` is live; `None` if it is so already, apart from the times.
    ///
    /// The last call of an execution that was stopped may note this as well, as long as it keeps the lock.
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
        Ok(Some(Self { live: Some(live), ..next }))
    }

    /// The state in which `stopped` is remembered of `side`.
    pub fn stopping(&self, holder: &Holder, side: Side, stopped: Stopped) -> Result<Self, Error> {
        self.lease_of(holder)?;
        let mut next = self.next();
        match side {
            Side::A => next.stopped_a = Some(stopped),
            Side::B => next.stopped_b = Some(stopped),
        }
        Ok(next)
    }

    /// The capacity that `environment` on `side` had before mist stopped it. What is remembered of another
    /// environment does not count.
    pub fn stopped(&self, side: Side, environment: &EnvironmentName) -> Option<Sizes> {
        let stopped = match side {
            Side::A => &self.stopped_a,
            Side::B => &self.stopped_b,
        };
        let ours = stopped.as_ref().filter(|stopped| stopped.environment == *environment);
        ours.map(|stopped| stopped.sizes)
    }

    /// Whether only the capacity of stopped environments is remembered.
    pub fn holds_only_sizes(&self) -> bool {
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
