//! The result of everything that a story does.

/// A value, or why the story cannot go on.
pub type Result<T = (), E = Box<dyn std::error::Error + Send + Sync>> = std::result::Result<T, E>;
