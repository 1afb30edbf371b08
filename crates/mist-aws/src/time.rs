//! Times: from the type of the SDK to our own, and back.

use aws_smithy_types::DateTime;
use jiff::Timestamp;

/// `time` in our own type; 1970 if that is out of range.
pub(crate) fn timestamp(time: DateTime) -> Timestamp {
    let nanoseconds = i32::try_from(time.subsec_nanos()).unwrap_or_default();
    Timestamp::new(time.secs(), nanoseconds).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// `time` in the SDK's type, to the second.
pub(crate) fn date_time(time: Timestamp) -> DateTime {
    DateTime::from_secs(time.as_second())
}
