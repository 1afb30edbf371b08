//! Times on the wire.

use jiff::Timestamp;

/// `time` in our own type; one that no calendar holds becomes 1970.
pub(crate) fn timestamp(time: aws_smithy_types::DateTime) -> Timestamp {
    let nanoseconds = i32::try_from(time.subsec_nanos()).unwrap_or_default();
    Timestamp::new(time.secs(), nanoseconds).unwrap_or(Timestamp::UNIX_EPOCH)
}
