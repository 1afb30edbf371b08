//! Builds the functions, the empty one and the simulator.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use mist_local::Progress;
use mist_rehearsal::Home;
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt as _, BufReader};

use crate::{error::Result, output::note};

/// The package and the program of the simulator.
const SIMULATOR: &str = "beanstalk-sim";

/// The program of the empty function.
const EMPTY: &str = "empty-bootstrap";

/// The profile of functions for AWS.
const RELEASE: &str = "--release";

/// The functions to measure.
#[derive(Debug)]
pub(crate) struct Build {
    /// The functions, by the name of their folder.
    pub(crate) functions: BTreeMap<String, PathBuf>,
    /// The empty function.
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
    /// Builds the functions as for AWS.
    pub(crate) async fn release(workspace: &Path) -> Result<Self> {
        let mut names = Vec::new();
        for entry in fs::read_dir(workspace.join("functions"))? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        // Without other packages, so that the functions get no features of those.
        let mut arguments = vec![RELEASE];
        arguments.extend(names.iter().flat_map(|name| ["-p", name.as_str()]));
        let mut functions = cargo(workspace, &arguments).await?;
        functions.retain(|name, _| names.contains(name));
        let empty =
            [RELEASE, "-p", env!("CARGO_PKG_NAME"), "--no-default-features", "--bin", EMPTY];
        Ok(Self { functions, empty: one(workspace, &empty, EMPTY).await? })
    }

    /// Builds the functions as the local cloud does: without optimization.
    pub(crate) async fn local(home: &Home) -> Result<Self> {
        let functions = home.build(&Progress::new(|line| note(line))).await?;
        let empty = ["-p", env!("CARGO_PKG_NAME"), "--bin", EMPTY];
        Ok(Self { functions, empty: one(home.root(), &empty, EMPTY).await? })
    }

    /// Only the functions in `names`.
    pub(crate) fn only(&self, names: &[&str]) -> Self {
        let mut functions = self.functions.clone();
        functions.retain(|name, _| names.contains(&name.as_str()));
        Self { functions, empty: self.empty.clone() }
    }
}

/// Builds the function `name` as for AWS.
pub(crate) async fn function(workspace: &Path, name: &str) -> Result<PathBuf> {
    one(workspace, &[RELEASE, "-p", name], name).await
}

/// Builds the simulator with the same profile.
pub(crate) async fn simulator(workspace: &Path) -> Result<PathBuf> {
    one(workspace, &[RELEASE, "-p", SIMULATOR], SIMULATOR).await
}

/// The binary `name` of a `cargo build`.
async fn one(workspace: &Path, arguments: &[&str], name: &str) -> Result<PathBuf> {
    let mut binaries = cargo(workspace, arguments).await?;
    Ok(binaries.remove(name).ok_or_else(|| format!("cargo built no `{name}`"))?)
}

/// The binaries of a `cargo build`, by name.
async fn cargo(workspace: &Path, arguments: &[&str]) -> Result<BTreeMap<String, PathBuf>> {
    let mut child = mist_local::cargo()
        .args(["build", "--message-format", "json-render-diagnostics"])
        .args(arguments)
        .current_dir(workspace)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let stdout = child.stdout.take().ok_or("cargo has no output")?;
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
        Err("cargo failed; see its output".into())
    }
}
