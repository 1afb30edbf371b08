//! A model of some stacks and their releases, for tests and for the gallery.

mod releases;
mod stacks;

pub(crate) use self::{
    releases::{failed, finished, history, past, running, swapped_back},
    stacks::{board, card},
};

use jiff::{SignedDuration, Timestamp};
use mist_page::model::Place;

/// A name with markup, for every place that shows one of others.
pub(crate) const MARKUP: &str = "<b onclick=\"x()\">&'\"</b><script>alert(1)</script>";

/// The account of the sample.
pub(crate) fn place() -> Place {
    Place {
        account: Some("123456789012".to_owned()),
        region: "eu-central-1".to_owned(),
        local: None,
    }
}

/// The time `seconds` before `now`.
pub(crate) fn before(now: Timestamp, seconds: i64) -> Timestamp {
    now - SignedDuration::from_secs(seconds)
}
