//! What all output has in common.

use std::{fs, path::Path};

use proptest::prelude::*;

use super::*;

/// The contents of the files below `folder` whose names end with `ending`, with their paths.
fn files(folder: &Path, ending: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.to_string_lossy().ends_with(ending) {
            found.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
        }
    }
    found
}

fn source() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))
}

proptest! {
    #[test]
    fn only_the_colors_of_mist_command_the_terminal(text in any::<String>()) {
        let plain = shown(&text, false);
        prop_assert!(!plain.contains(visible::is_hidden));
        let colored = shown(&text, true);
        prop_assert_eq!(console::strip_ansi_codes(&colored), plain);
    }

    #[test]
    fn a_table_does_not_command_the_terminal(text in any::<String>()) {
        let mut table = Table::new();
        table.set_header(["label"]).add_row([&text]);
        let drawn = drawn(&mut table, &Term::stdout(), false);
        prop_assert!(!drawn.contains(visible::is_hidden));
    }

    #[test]
    fn the_spinner_has_one_line_of_visible_text(text in any::<String>()) {
        let line = one_line(&text);
        prop_assert!(!line.contains(visible::is_hidden));
        prop_assert!(!line.contains(['\n', '\t']));
    }
}

#[test]
fn only_this_module_writes_to_the_terminal() {
    let names = ["stdout()", "stderr()", "set_message("];
    for (path, text) in files(source(), ".rs") {
        let allowed = path.ends_with("src/output.rs") || path.ends_with("src/output/tests.rs");
        for name in names.iter().filter(|_| !allowed) {
            // The one spinner shows what `one_line` returns.
            let spinner = "set_message(one_line(";
            let elsewhere = text.replace(spinner, "").contains(name);
            assert!(!elsewhere, "{path} uses `{name}`; use a function of output.rs");
        }
    }
}

#[test]
fn no_output_shows_a_missing_value() {
    let snapshots = files(source(), ".snap");
    assert!(snapshots.len() > 3, "{snapshots:?}");
    for (path, text) in snapshots {
        for missing in ["null", " ?", "None", "-s STACK"] {
            assert!(!text.contains(missing), "{path} shows `{missing}`:\n{text}");
        }
    }
}

#[test]
fn a_number_has_the_noun_that_fits() {
    assert_eq!(counted(1_u32, "instance"), "1 instance");
    assert_eq!(counted(0_u32, "instance"), "0 instances");
}
