//! Asks a person for consent before something is removed.

use std::io::IsTerminal as _;

use crate::{failure::Failure, output};

/// Asks `question`, unless `yes` is set. Without a terminal, the error is `no_terminal`; without consent, it is
/// `declined`.
pub(crate) fn consent(
    question: &str,
    yes: bool,
    no_terminal: &str,
    declined: &str,
) -> Result<(), Failure> {
    confirmed(&format!("{question} [y/N]"), agrees, yes, (no_terminal, declined))
}

/// Asks a person to type `name`, unless `yes` is set. The errors are those of [`consent`].
pub(crate) fn typed(
    question: &str,
    name: &str,
    yes: bool,
    no_terminal: &str,
    declined: &str,
) -> Result<(), Failure> {
    let question = format!("{question} Type {name} to confirm:");
    confirmed(&question, |answer| answer.trim() == name, yes, (no_terminal, declined))
}

/// Shows `prompt`, unless `yes` is set; `confirms` decides whether the answer is consent.
fn confirmed(
    prompt: &str,
    confirms: impl FnOnce(&str) -> bool,
    yes: bool,
    (no_terminal, declined): (&str, &str),
) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    if !is_possible() {
        return Err(Failure::Setup(no_terminal.to_owned()));
    }
    match output::prompt(prompt) {
        Some(answer) if confirms(&answer) => Ok(()),
        Some(_) | None => Err(Failure::Setup(declined.to_owned())),
    }
}

/// Whether a person can answer.
pub(crate) fn is_possible() -> bool {
    std::io::stdin().is_terminal()
}

fn agrees(answer: &str) -> bool {
    matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clear_yes_is_consent() {
        assert!(["y", "Y\n", " yes \n"].into_iter().all(agrees));
        assert!(!["", "\n", "no", "yeah", "yy"].into_iter().any(agrees));
    }
}
