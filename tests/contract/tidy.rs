//! The form of the source files.

use crate::project::{self, Result, none};

/// The most lines of a source file.
const LONGEST: usize = 400;

/// The problems of the form of the file at `path`.
fn check(path: &str, text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    if !text.starts_with("//!") {
        problems.push(format!("{path}: must begin with `//!` and a sentence that says what it is"));
    }
    let lines = text.lines().count();
    // The simulator is a project of its own; its option tables are long.
    let ours = !path.starts_with("rehearsal/beanstalk-sim/");
    if ours && lines > LONGEST {
        problems.push(format!("{path}: has {lines} lines, more than {LONGEST}; split it"));
    }
    problems
}

#[test]
fn every_source_file_says_what_it_is_and_stays_short() -> Result {
    let listed = project::output_of("git", &["ls-files", "--", "*.rs"])?;
    assert!(listed.contains("functions/"), "git lists no source file: {listed}");
    // Git still lists a file whose removal is not committed.
    let there = listed.lines().filter(|path| project::root().join(path).is_file());
    let mut problems = Vec::new();
    for path in there {
        problems.extend(check(path, &project::read(path)?));
    }
    none(&problems);
    Ok(())
}

#[test]
fn a_file_without_a_sentence_and_one_that_is_too_long_are_found() {
    assert!(check("functions/swap/src/lib.rs", "//! Swaps.\n").is_empty());
    assert_eq!(check("functions/swap/src/lib.rs", "use x;\n//! Swaps.\n").len(), 1);
    let long = "//! Long.\n".repeat(LONGEST + 1);
    assert_eq!(check("functions/swap/src/lib.rs", &long).len(), 1);
    assert_eq!(check("crates/mist-core/src/lib.rs", &long).len(), 1);
}
