//! The part of Beanstalk's quotas that mist takes.

use jiff::Timestamp;

use crate::{error::Error, release::state::WaitKind};

/// The part of Beanstalk's quotas that mist takes: shared by all executions of an account and region.
pub trait Quota {
    /// Reserves a slot for a release, and returns when it may begin, in milliseconds since 1970.
    fn admit(&self, now: Timestamp) -> impl Future<Output = Result<i64, Error>> + Send;

    /// Claims the next look at all waits of `kind`: false if another call has looked just before `now`.
    fn claim_look(
        &self,
        kind: WaitKind,
        now: Timestamp,
    ) -> impl Future<Output = Result<bool, Error>> + Send;

    /// Claims the timer for the next look at all waits of `kind`, which is due at `due`: false if a timer is on
    /// its way that is due between a second after `now` and `due`.
    fn claim_timer(
        &self,
        kind: WaitKind,
        now: Timestamp,
        due: Timestamp,
    ) -> impl Future<Output = Result<bool, Error>> + Send;
}
