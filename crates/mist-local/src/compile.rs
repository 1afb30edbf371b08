//! Builds the functions with the caller's own cargo, profile and target folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde::Deserialize;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::Command;

use crate::error::{Doing, Error};
use crate::progress::Progress;

/// How many lines of the compiler an error carries.
const TAIL: usize = 40;

/// Builds every binary of the workspace and gives those of the packages under `functions/`, by folder name.
///
/// This is `cargo build --workspace --bins` with the dev profile, run in `workspace`: the same features as a
/// developer's own build, so that nothing is compiled twice. What cargo prints goes to `progress`.
pub async fn build_functions(
    workspace: &Path,
    progress: &Progress,
) -> Result<BTreeMap<String, PathBuf>, Error> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut child = Command::new(cargo)
        .args(["build", "--workspace", "--bins", "--message-format", "json-render-diagnostics"])
        .current_dir(workspace)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .doing(|| "run cargo".to_owned())?;
    let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
        return Err(Error::Build { tail: "cargo gave no output".to_owned() });
    };
    let functions = workspace.join("functions");
    let mut found = BTreeMap::new();
    let mut printed = Vec::new();
    let artifacts = each_line(stdout, |line| found.extend(function(&line, &functions)));
    let messages = each_line(stderr, |line| {
        progress.say(&line);
        printed.push(line);
    });
    tokio::join!(artifacts, messages);
    let status = child.wait().await.doing(|| "wait for cargo".to_owned())?;
    if !status.success() {
        let tail = printed.split_off(printed.len().saturating_sub(TAIL)).join("\n");
        return Err(Error::Build { tail });
    }
    Ok(found)
}

#[derive(Deserialize)]
struct Artifact {
    manifest_path: PathBuf,
    executable: Option<PathBuf>,
}

/// The name and the binary that a line of cargo's messages tells of, if it is one of the functions.
fn function(line: &str, functions: &Path) -> Option<(String, PathBuf)> {
    let artifact: Artifact = serde_json::from_str(line).ok()?;
    let folder = artifact.manifest_path.parent()?;
    let name = folder.strip_prefix(functions).ok()?.to_str()?.to_owned();
    Some((name, artifact.executable?))
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
    fn a_function_is_known_by_its_folder() {
        let line = r#"{"reason":"compiler-artifact","manifest_path":"/w/functions/wait-ready/Cargo.toml",
            "target":{"kind":["bin"],"name":"wait-ready"},"executable":"/w/target/debug/wait-ready"}"#;
        let found = function(line, Path::new("/w/functions")).unwrap();
        assert_eq!(found, ("wait-ready".to_owned(), PathBuf::from("/w/target/debug/wait-ready")));
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
