//! What the gate can do to a call.

use std::fmt;

/// What becomes of a call in place of its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// The service wants fewer calls, in the words of its protocol; it did nothing.
    Throttled,
    /// Status 500 in the words of the protocol; the service did nothing.
    InternalError,
    /// Status 503 in the words of the protocol; the service did nothing.
    Unavailable,
    /// Status 502 with a page for people, as load balancers answer; the service did nothing.
    BadGateway,
    /// The connection stays open and silent; the service did nothing.
    NoAnswer,
    /// The connection is closed without a byte; the service did nothing.
    Refused,
    /// The connection is reset; the service did nothing.
    ResetBefore,
    /// The service did its work, and the connection is reset in place of its answer.
    ResetAfter,
    /// The service did its work, and the connection ends after half of the body, or of the head when there is none.
    Truncated,
    /// Status 200 with a body that is nothing of the protocol; the service did nothing.
    Garbage,
    /// A read gets the answer that the same request got the last time, whoever sent it. It passes when it never got
    /// one, and so does a call that is no read.
    Stale,
    /// The caller lacks a permission, in the words of the protocol; the service did nothing.
    AccessDenied,
    /// The process that calls is killed; the service did nothing. Works on Linux only and passes elsewhere.
    CrashBefore,
    /// The service did its work, and the process that calls is killed before it is told. Works on Linux only and
    /// passes elsewhere.
    CrashAfter,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Throttled,
        Self::InternalError,
        Self::Unavailable,
        Self::BadGateway,
        Self::NoAnswer,
        Self::Refused,
        Self::ResetBefore,
        Self::ResetAfter,
        Self::Truncated,
        Self::Garbage,
        Self::Stale,
        Self::AccessDenied,
        Self::CrashBefore,
        Self::CrashAfter,
    ];

    /// Whether it ends the process that calls.
    pub fn is_crash(self) -> bool {
        matches!(self, Self::CrashBefore | Self::CrashAfter)
    }
}

/// In a few words, as a column of a table is called.
impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Throttled => "throttled",
            Self::InternalError => "500",
            Self::Unavailable => "503",
            Self::BadGateway => "HTML 502",
            Self::NoAnswer => "no answer",
            Self::Refused => "refused",
            Self::ResetBefore => "reset before",
            Self::ResetAfter => "reset after",
            Self::Truncated => "truncated",
            Self::Garbage => "garbage",
            Self::Stale => "stale",
            Self::AccessDenied => "access denied",
            Self::CrashBefore => "crash before",
            Self::CrashAfter => "crash after",
        })
    }
}
