//! The name of the command in hints.

/// The command as a person calls it: the script in a checkout names itself.
pub(super) fn name() -> String {
    std::env::var("MIST_PROGRAM").unwrap_or_else(|_| "mist".to_owned())
}
