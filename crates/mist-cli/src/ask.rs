//! Asks a person before something is taken away.

use std::io::{IsTerminal as _, Write as _};

use crate::failure::Failure;

/// Asks `question`, unless `yes` says that nobody need be asked. Where there is no person, `alone` says why
/// nothing is done; a person who does not agree gets `declined`.
pub(crate) fn agreed(
    question: &str,
    yes: bool,
    alone: &str,
    declined: &str,
) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        return Err(Failure::Setup(alone.to_owned()));
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
    fn only_a_clear_yes_is_one() {
        assert!(["y", "Y\n", " yes \n"].into_iter().all(agrees));
        assert!(!["", "\n", "no", "yeah", "yy"].into_iter().any(agrees));
    }
}
