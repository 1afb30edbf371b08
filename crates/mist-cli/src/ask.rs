//! Asks a person for consent before something is removed.

use std::io::{IsTerminal as _, Write as _};

use crate::failure::Failure;

/// Asks `question`, unless `yes` is set. Without a terminal, the error is `no_terminal`; without consent, it is
/// `declined`.
pub(crate) fn consent(
    question: &str,
    yes: bool,
    no_terminal: &str,
    declined: &str,
) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        return Err(Failure::Setup(no_terminal.to_owned()));
    }
    let mut stderr = std::io::stderr();
    drop(write!(stderr, "{question} [y/N] ").and_then(|()| stderr.flush()));
    let mut answer = String::new();
    match stdin.read_line(&mut answer) {
        Ok(_) if agrees(&answer) => Ok(()),
        Ok(_) | Err(_) => Err(Failure::Setup(declined.to_owned())),
    }
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
