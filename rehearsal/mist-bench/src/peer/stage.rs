//! The progress of a release when a function is called.

/// The name of the function that does nothing.
pub(crate) const EMPTY: &str = "empty";

/// The progress of the release.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Stage {
    /// The release is requested.
    #[default]
    Requested,
    /// The execution holds the lock.
    Begun,
    /// Environment B runs the new version.
    Deployed,
    /// The record points to environment B.
    Swapped,
}

impl Stage {
    /// The stage before a call of `function`; `None` if the function is not known here.
    pub(super) fn before(function: &str) -> Option<Self> {
        Some(match function {
            "begin" | EMPTY => Self::Requested,
            "deploy" | "fetch" | "plan" => Self::Begun,
            "scale" | "swap" | "version" | "wait-ready" | "warm" => Self::Deployed,
            "bake" | "finish" | "mark" | "notify" | "reconcile" | "verify" => Self::Swapped,
            _ => return None,
        })
    }
}
