//! The steps of the lock that the workflow makes itself: one conditional write each.
//!
//! They mirror the `updateItem` states of `statemachine/blue-green.asl.json`; each names its condition.

use mist_core::{
    ledger::{Holder, Lease, Phase, StackState},
    lock::Wish,
};

/// *Take the lock*, where there is nobody to wait for. The number that the run gets.
///
/// `(attribute_not_exists(lease) OR lease.run = :run OR lease.expires < :now)
/// AND (attribute_not_exists(waiting) OR size(waiting) = 0)
/// AND (attribute_not_exists(superseded) OR superseded.run <> :run)`, and for uploads
/// `AND (attribute_not_exists(newestUpload) OR newestUpload <= :uploadedAt)`
pub(crate) fn take(state: &mut StackState, wish: &Wish, now: i64) -> Option<u64> {
    let mine_to_take =
        state.lease.as_ref().is_none_or(|lease| lease.run == wish.run || lease.expires < now);
    let newest = wish.uploaded_at.is_none() || state.newest_upload <= wish.uploaded_at;
    let superseded = state.superseded.as_ref().is_some_and(|lost| lost.run == wish.run);
    if !mine_to_take || superseded || !state.waiting.is_empty() || !newest {
        return None;
    }
    state.lease = Some(Lease {
        run: wish.run.clone(),
        operation: wish.operation.clone(),
        reason: wish.reason.clone(),
        since: wish.since,
        expires: now + wish.lease_seconds,
        phase: Phase::Preparing,
    });
    state.newest_upload = wish.uploaded_at.or(state.newest_upload);
    state.fence += 1;
    state.revision += 1;
    Some(state.fence)
}

/// *Renew the lock*. Whether the run still had it.
///
/// `lease.run = :run AND fence = :fence`
pub(crate) fn renew(state: &mut StackState, holder: &Holder, expires: i64) -> bool {
    let fence = state.fence;
    match &mut state.lease {
        Some(lease) if lease.run == holder.run && fence == holder.fence => {
            lease.expires = expires;
            state.revision += 1;
            true
        }
        Some(_) | None => false,
    }
}

/// *Release the lock*. That somebody else has it, or nobody, is fine.
///
/// `lease.run = :run`
pub(crate) fn release(state: &mut StackState, run: &str) {
    if state.lease.as_ref().is_some_and(|lease| lease.run == run) {
        state.lease = None;
        state.revision += 1;
    }
}
