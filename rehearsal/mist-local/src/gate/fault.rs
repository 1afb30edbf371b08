//! The faults of the gate.

use std::fmt;

/// The fault of a call, in place of its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// The service throttled the call, in its protocol; it did nothing.
    Throttled,
    /// Status 500 in the protocol; the service did nothing.
    InternalError,
    /// Status 503 in the protocol; the service did nothing.
    Unavailable,
    /// Status 502 with an HTML page, as load balancers answer; the service did nothing.
    BadGateway,
    /// The connection stays open and silent; the service did nothing.
    NoAnswer,
    /// The connection is closed without a byte; the service did nothing.
    Refused,
    /// The connection is reset; the service did nothing.
    ResetBefore,
    /// The service did its work, and the connection is reset in place of its answer.
    ResetAfter,
    /// The service did its work, and the connection ends after half of the body, or of the head if there is no body.
    Truncated,
    /// Status 200 with a body that no protocol has; the service did nothing.
    Garbage,
    /// A read gets the previous answer to the same request, of any caller. The first read passes, and so does every
    /// call that changes something.
    Stale,
    /// The caller lacks a permission, in the protocol; the service did nothing.
    AccessDenied,
    /// The calling process is killed; the service did nothing. Works on Linux only; elsewhere the call passes.
    CrashBefore,
    /// The service did its work, and the calling process is killed before it gets the answer. Works on Linux only;
    /// elsewhere the call passes.
    CrashAfter,
}

impl Fault {
    /// All faults.
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

    /// Whether the fault ends the calling process.
    pub fn is_crash(self) -> bool {
        matches!(self, Self::CrashBefore | Self::CrashAfter)
    }
}

/// The name of the fault, for the column of a table.
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
