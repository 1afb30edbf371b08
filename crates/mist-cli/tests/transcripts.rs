//! What people see, command by command, where no cloud is needed.
//!
//! `TRYCMD=overwrite cargo test -p mist-cli --test transcripts` writes the files again. Read the difference.

use std::{fs, path::Path};

const FOLDER: &str = "tests/transcripts";

#[test]
fn the_command_says_what_the_transcripts_have() {
    let cases = trycmd::TestCases::new();
    cases.register_bin("mist", Path::new(env!("CARGO_BIN_EXE_mist")));
    // Nothing of the machine is in the transcripts.
    for (name, value) in [
        ("HOME", "/nonexistent"),
        ("AWS_ACCESS_KEY_ID", ""),
        ("AWS_SECRET_ACCESS_KEY", ""),
        ("AWS_PROFILE", ""),
        ("AWS_REGION", ""),
        ("AWS_DEFAULT_REGION", ""),
        ("AWS_ENDPOINT_URL", ""),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("COLUMNS", "100"),
    ] {
        cases.env(name, value);
    }
    cases.case("tests/transcripts/*.trycmd");
    #[cfg(not(feature = "rehearsal"))]
    cases.skip("tests/transcripts/local.trycmd");
    cases.run();
}

#[test]
fn no_transcript_shows_a_missing_value() {
    let mut transcripts = 0;
    for entry in fs::read_dir(FOLDER).unwrap() {
        let path = entry.unwrap().path();
        let Ok(text) = fs::read_to_string(&path) else { continue };
        transcripts += 1;
        for line in text.lines().filter(|line| !line.starts_with("? ")) {
            for missing in ["null", " ?", "None", "<input>"] {
                assert!(!line.contains(missing), "{} shows `{missing}`: {line}", path.display());
            }
        }
    }
    assert!(transcripts > 4, "{transcripts}");
}
