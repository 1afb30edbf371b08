//! `mist completion`: what a shell needs to complete the command line.

use clap_complete::Shell;

use crate::{command_line, output};

/// Prints the completions for `shell`.
pub(super) fn run(shell: Shell) {
    output::file(&script(shell));
}

fn script(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command_line::command(), "mist", &mut script);
    script
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;

    use super::*;

    #[test]
    fn every_shell_completes_commands_and_options() {
        for shell in Shell::value_variants() {
            let script = String::from_utf8(script(*shell)).unwrap();
            for word in ["rollback", "on-conflict"] {
                assert!(script.contains(word), "{shell} does not complete {word}");
            }
        }
    }
}
