//! How far a release is when a function is called.

/// How far the release is.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Stage {
    /// Nothing has been done.
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
    /// The stage before `function` is called; `None` for one that is not known here.
    pub(super) fn before(function: &str) -> Option<Self> {
        Some(match function {
            "begin" | super::EMPTY => Self::Requested,
            "deploy" | "fetch" | "plan" => Self::Begun,
            "scale" | "swap" | "version" | "wait-ready" | "warm" => Self::Deployed,
            "bake" | "finish" | "mark" | "notify" | "reconcile" | "verify" => Self::Swapped,
            _ => return None,
        })
    }
}
