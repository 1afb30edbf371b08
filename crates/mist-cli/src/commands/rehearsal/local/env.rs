//! `mist local env`: the variables that point clients to a local cloud, in the words of a shell.

use mist_local::Endpoints;
use serde_json::json;

use crate::{
    arguments::EnvShell,
    output::{self, Format},
};

/// The variables that take precedence over access keys, or belong to others.
const OTHERS: [&str; 2] = ["AWS_PROFILE", "AWS_SESSION_TOKEN"];

/// Prints the commands that point clients to `endpoints`.
pub(super) fn export(endpoints: &Endpoints, shell: EnvShell, format: Format) {
    let variables = endpoints.environment_variables();
    if format == Format::Json {
        return output::json(&json!({ "set": variables, "unset": OTHERS }));
    }
    output::result(unset(shell, &OTHERS));
    for (name, value) in variables {
        output::result(match shell {
            EnvShell::Sh => format!("export {name}='{value}'"),
            EnvShell::Fish => format!("set -gx {name} '{value}';"),
        });
    }
}

/// Prints the commands that remove the variables of [`export`].
pub(super) fn undo(shell: EnvShell, format: Format) {
    match format {
        Format::Json => output::json(&json!({ "set": {}, "unset": Endpoints::VARIABLES })),
        Format::Table => output::result(unset(shell, &Endpoints::VARIABLES)),
    }
}

fn unset(shell: EnvShell, names: &[&str]) -> String {
    match shell {
        EnvShell::Sh => format!("unset {}", names.join(" ")),
        // One by one: fish stops at the first that is not set.
        EnvShell::Fish => {
            names.iter().map(|name| format!("set -e {name};")).collect::<Vec<_>>().join(" ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_shell_has_its_words() {
        assert_eq!(unset(EnvShell::Sh, &OTHERS), "unset AWS_PROFILE AWS_SESSION_TOKEN");
        let fish = unset(EnvShell::Fish, &OTHERS);
        assert_eq!(fish, "set -e AWS_PROFILE; set -e AWS_SESSION_TOKEN;");
    }
}
