//! The Python interpreter that runs the AWS emulator.

use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::error::{Error, Python};

/// The names of a suitable Python, best first.
const NAMES: [&str; 7] =
    ["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10", "python"];

/// The oldest version that every pinned package supports.
const OLDEST: (u32, u32) = (3, 10);

/// The program that prints the version and the path of the interpreter, since a name may be a shim.
const ASK: &str = "import sys; print('%d.%d' % sys.version_info[:2]); print(sys.executable)";

/// A Python that is new enough and can create virtual environments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Interpreter {
    /// The program.
    pub(crate) path: PathBuf,
    /// Its version, such as `3.12`.
    pub(crate) version: String,
}

/// Finds an interpreter. If `wanted` or else the variable `MIST_PYTHON` is set, no other is tried.
pub(crate) fn find(wanted: Option<PathBuf>) -> Result<Interpreter, Error> {
    let names = match wanted.or_else(|| env::var_os("MIST_PYTHON").map(PathBuf::from)) {
        Some(path) => vec![path],
        None => NAMES.iter().map(PathBuf::from).collect(),
    };
    let mut too_old = None;
    let mut incomplete = None;
    for name in &names {
        let Some(found) = ask(name) else { continue };
        if !new_enough(&found.version) {
            too_old = too_old.or(Some(found));
            continue;
        }
        match missing_module(&found) {
            None => return Ok(found),
            Some(module) => incomplete = incomplete.or(Some((found, module))),
        }
    }
    Err(match (incomplete, too_old) {
        (Some((found, module)), _) => Python::NoVenv { path: found.path, module },
        (None, Some(found)) => Python::TooOld { path: found.path, version: found.version },
        (None, None) => {
            Python::Missing { tried: names.iter().map(|name| name.display().to_string()).collect() }
        }
    }
    .into())
}

fn ask(name: &PathBuf) -> Option<Interpreter> {
    let output = Command::new(name).args(["-c", ASK]).stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let (version, path) = text.trim().split_once('\n')?;
    Some(Interpreter { path: PathBuf::from(path.trim()), version: version.trim().to_owned() })
}

fn new_enough(version: &str) -> bool {
    let Some((major, minor)) = version.split_once('.') else { return false };
    match (major.parse::<u32>(), minor.parse::<u32>()) {
        (Ok(major), Ok(minor)) => (major, minor) >= OLDEST,
        _ => false,
    }
}

/// The first missing module that `python -m venv` needs. Debian has these modules in a package of their own.
fn missing_module(python: &Interpreter) -> Option<String> {
    ["venv", "ensurepip"].into_iter().map(str::to_owned).find(|module| {
        let status = Command::new(&python.path)
            .args(["-c", &format!("import {module}")])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        !status.is_ok_and(|status| status.success())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_python_3_10_and_newer_only() {
        let verdicts = ["2.7", "3.9", "3.10", "3.14", "4.0", "x"].map(new_enough);
        assert_eq!(verdicts, [false, false, true, true, true, false]);
    }

    #[test]
    fn names_a_requested_interpreter_that_is_missing() {
        let error = find(Some("/nowhere/python3".into())).unwrap_err().to_string();
        assert!(error.contains("/nowhere/python3"), "{error}");
        assert!(error.contains("MIST_PYTHON"), "{error}");
    }
}
