//! Builds of the functions with the caller's own cargo and target folder.

mod built;

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::SystemTime;

use serde::Deserialize;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::Command;

use crate::error::{Context, Error};
use crate::progress::Progress;

/// The number of lines of compiler output in an error.
const TAIL: usize = 40;

/// Builds the packages in `functions/` into `target` and returns their binaries, by folder name.
///
/// This is one `cargo build` with the dev profile in `workspace`, together with the packages `also`. The same set of
/// packages has the same features, so a caller that was built with it compiles nothing twice. The output of cargo
/// goes to `progress`. If nothing has changed since the last build, cargo is neither called nor needed.
pub async fn build_functions(
    workspace: &Path,
    target: &Path,
    also: &[&str],
    progress: &Progress,
) -> Result<BTreeMap<String, PathBuf>, Error> {
    let names = folders(&workspace.join("functions"))?;
    let mut packages = names.clone();
    packages.extend(also.iter().map(|package| (*package).to_owned()));
    packages.sort_unstable();
    let functions = |mut binaries: BTreeMap<String, PathBuf>| {
        binaries.retain(|package, _| names.contains(package));
        binaries
    };
    if let Some(binaries) = built::read(workspace, target, &packages) {
        return Ok(functions(binaries));
    }
    progress.say("building the functions with cargo; the first time, this takes minutes");
    let started = SystemTime::now();
    let waiting = "cargo still builds, or waits for another cargo in the same folder";
    let build = async |progress| build(workspace, &packages, &progress).await;
    let binaries = progress.during(waiting, build).await?;
    built::write(target, started, &binaries);
    Ok(functions(binaries))
}

/// Builds `packages`, and returns their binaries: those of functions, and of the others in a folder of their name.
async fn build(
    workspace: &Path,
    packages: &[String],
    progress: &Progress,
) -> Result<BTreeMap<String, PathBuf>, Error> {
    let mut command = cargo();
    command.args(["build", "--message-format", "json-render-diagnostics"]);
    for package in packages {
        command.args(["--package", package]);
    }
    let spawned = command
        .current_dir(workspace)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn();
    let mut child = match spawned {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let tail = "cargo was not found; install Rust from https://rustup.rs".to_owned();
            return Err(Error::Build { tail });
        }
        spawned => spawned.context(|| "run cargo".to_owned())?,
    };
    let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
        return Err(Error::Build { tail: "cargo has no output".to_owned() });
    };
    let functions = workspace.join("functions");
    let mut found = BTreeMap::new();
    let mut printed = Vec::new();
    let artifacts = each_line(stdout, |line| {
        found.extend(function(&line, &functions).or_else(|| other(&line, packages)));
    });
    let messages = each_line(stderr, |line| {
        progress.say(&line);
        printed.push(line);
    });
    tokio::join!(artifacts, messages);
    let status = child.wait().await.context(|| "wait for cargo".to_owned())?;
    if !status.success() {
        let tail = printed.split_off(printed.len().saturating_sub(TAIL)).join("\n");
        return Err(Error::Build { tail });
    }
    Ok(found)
}

/// The caller's own cargo, for a build within a program that cargo runs.
///
/// Cargo sets variables for such a program that build scripts watch (`CARGO_PKG_NAME` …). If they were passed on,
/// crates such as ring would be compiled again.
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    let inherited = std::env::vars_os().map(|(name, _)| name);
    for name in inherited.filter(|name| is_of_a_package(&name.to_string_lossy())) {
        command.env_remove(name);
    }
    command
}

/// Whether `name` is a variable that cargo sets for the package that it compiles or runs.
fn is_of_a_package(name: &str) -> bool {
    let begins = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "DEP_"];
    begins.iter().any(|beginning| name.starts_with(beginning))
        || ["CARGO_PRIMARY_PACKAGE", "OUT_DIR", "CARGO_TARGET_TMPDIR"].contains(&name)
}

/// The names of the folders in `parent`, sorted.
fn folders(parent: &Path) -> Result<Vec<String>, Error> {
    let what = || format!("list `{}`", parent.display());
    let mut names = Vec::new();
    for entry in std::fs::read_dir(parent).context(what)? {
        let entry = entry.context(what)?;
        if entry.path().join("Cargo.toml").is_file() {
            names.extend(entry.file_name().into_string());
        }
    }
    names.sort_unstable();
    Ok(names)
}

#[derive(Deserialize)]
struct Artifact {
    manifest_path: PathBuf,
    executable: Option<PathBuf>,
}

/// The name and the binary in a line of cargo's messages; `None` if it is not about a function.
fn function(line: &str, functions: &Path) -> Option<(String, PathBuf)> {
    let artifact: Artifact = serde_json::from_str(line).ok()?;
    let folder = artifact.manifest_path.parent()?;
    let name = folder.strip_prefix(functions).ok()?.to_str()?.to_owned();
    Some((name, artifact.executable?))
}

/// The name and the binary of one of `packages` in a line of cargo's messages, by the name of its folder.
fn other(line: &str, packages: &[String]) -> Option<(String, PathBuf)> {
    let artifact: Artifact = serde_json::from_str(line).ok()?;
    let name = artifact.manifest_path.parent()?.file_name()?.to_str()?.to_owned();
    Some((name, artifact.executable?)).filter(|(name, _)| packages.contains(name))
}

async fn each_line(pipe: impl AsyncRead + Unpin, mut take: impl FnMut(String)) {
    let mut lines = BufReader::new(pipe).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        take(line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_of_a_package_are_not_passed_on_and_all_others_are() {
        for name in ["CARGO_PKG_NAME", "CARGO_MANIFEST_DIR", "CARGO_BIN_EXE_mist", "OUT_DIR"] {
            assert!(is_of_a_package(name), "{name}");
        }
        for name in ["CARGO", "CARGO_HOME", "CARGO_TARGET_DIR", "CARGO_INCREMENTAL", "PATH"] {
            assert!(!is_of_a_package(name), "{name}");
        }
    }

    #[test]
    fn a_function_is_recognized_by_its_folder() {
        let line = r#"{"reason":"compiler-artifact","manifest_path":"/w/functions/wait-ready/Cargo.toml",
            "target":{"kind":["bin"],"name":"wait-ready"},"executable":"/w/target/debug/wait-ready"}"#;
        let found = function(line, Path::new("/w/functions")).unwrap();
        assert_eq!(found, ("wait-ready".to_owned(), PathBuf::from("/w/target/debug/wait-ready")));
    }

    #[test]
    fn the_binary_of_another_package_is_recorded_if_it_was_requested() {
        let command = r#"{"manifest_path":"/w/crates/mist-cli/Cargo.toml","executable":"/w/target/debug/mist"}"#;
        let found = other(command, &["mist-cli".to_owned()]).unwrap();
        assert_eq!(found, ("mist-cli".to_owned(), PathBuf::from("/w/target/debug/mist")));
        assert_eq!(other(command, &["swap".to_owned()]), None);
    }

    #[test]
    fn libraries_and_other_binaries_are_not_functions() {
        let library = r#"{"manifest_path":"/w/functions/swap/Cargo.toml","executable":null}"#;
        let command = r#"{"manifest_path":"/w/crates/mist-cli/Cargo.toml","executable":"/w/target/debug/mist"}"#;
        for line in [library, command, r#"{"reason":"build-finished","success":true}"#] {
            assert_eq!(function(line, Path::new("/w/functions")), None, "{line}");
        }
    }
}
