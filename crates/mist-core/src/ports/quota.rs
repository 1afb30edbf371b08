//! The share of Beanstalk's quotas that mist uses.

use jiff::Timestamp;

use crate::{error::Error, release::state::WaitKind};

/// The share of Beanstalk's quotas that all releases of an account and region use together.
pub trait Quota {
    /// Reserves a slot for a release, and returns its time in milliseconds since 1970.
    fn admit(&self, now: Timestamp) -> impl Future<Output = Result<i64, Error>> + Send;

    /// Claims the next look at all waits of `kind`. Returns `false` if another call has looked less than a second ago.
    fn claim_look(
        &self,
        kind: WaitKind,
        now: Timestamp,
    ) -> impl Future<Output = Result<bool, Error>> + Send;

    /// Claims the timer for the next look at all waits of `kind`, at `due`. Returns `false` if another timer goes off
    /// between a second after `now` and `due`.
    fn claim_timer(
        &self,
        kind: WaitKind,
        now: Timestamp,
        due: Timestamp,
    ) -> impl Future<Output = Result<bool, Error>> + Send;
}
