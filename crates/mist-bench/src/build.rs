//! Builds the functions as they go to AWS, and the empty one and the simulator with the same profile.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use serde::Deserialize;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::Command,
};

use crate::Result;

/// The package and the program of the simulator.
const SIMULATOR: &str = "beanstalk-sim";

/// What is measured.
#[derive(Debug)]
pub(crate) struct Build {
    /// The functions, by the name of their folder.
    pub(crate) functions: BTreeMap<String, PathBuf>,
    /// The one that does nothing.
    pub(crate) empty: PathBuf,
}

#[derive(Deserialize)]
struct Artifact {
    target: Target,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

impl Build {
    /// Builds everything with the release profile; what is up to date costs no time.
    pub(crate) async fn run(workspace: &Path) -> Result<Self> {
        let mut names = Vec::new();
        for entry in fs::read_dir(workspace.join("functions"))? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        // On its own, so that nothing that it needs gets into the functions.
        let packages: Vec<_> = names.iter().flat_map(|name| ["-p", name.as_str()]).collect();
        let mut functions = cargo(workspace, &packages).await?;
        functions.retain(|name, _| names.contains(name));
        let empty = ["-p", env!("CARGO_PKG_NAME"), "--no-default-features", "--bins"];
        let empty = cargo(workspace, &empty).await?.into_values().next();
        Ok(Self { functions, empty: empty.ok_or("cargo built no empty function")? })
    }
}

/// Builds just the function `name` with the release profile.
pub(crate) async fn function(workspace: &Path, name: &str) -> Result<PathBuf> {
    let mut binaries = cargo(workspace, &["-p", name]).await?;
    Ok(binaries.remove(name).ok_or_else(|| format!("cargo built no `{name}`"))?)
}

/// Builds the simulator with the release profile.
pub(crate) async fn simulator(workspace: &Path) -> Result<PathBuf> {
    let mut binaries = cargo(workspace, &["-p", SIMULATOR]).await?;
    Ok(binaries.remove(SIMULATOR).ok_or("cargo built no simulator")?)
}

/// The binaries that `cargo build --release` gives for these packages, by name.
async fn cargo(workspace: &Path, packages: &[&str]) -> Result<BTreeMap<String, PathBuf>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut child = Command::new(cargo)
        .args(["build", "--release", "--message-format", "json-render-diagnostics"])
        .args(packages)
        .current_dir(workspace)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let stdout = child.stdout.take().ok_or("cargo gives no output")?;
    let mut lines = BufReader::new(stdout).lines();
    let mut found = BTreeMap::new();
    while let Some(line) = lines.next_line().await? {
        if let Ok(Artifact { target, executable: Some(binary) }) = serde_json::from_str(&line) {
            found.insert(target.name, binary);
        }
    }
    if child.wait().await?.success() {
        Ok(found)
    } else {
        Err("something could not be built; cargo says why".into())
    }
}
