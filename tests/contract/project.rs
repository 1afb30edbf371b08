//! The files of the project, as the checks read them.

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use crate::asl::Definition;

/// The result of a check; an error if it cannot read what it checks.
pub(crate) type Result<T = (), E = Box<dyn Error>> = std::result::Result<T, E>;

/// The folder of the workspace.
pub(crate) fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// The text of the file at `path`, from the root.
pub(crate) fn read(path: impl AsRef<Path>) -> Result<String> {
    let path = path.as_ref();
    fs::read_to_string(root().join(path))
        .map_err(|error| format!("{}: {error}", path.display()).into())
}

/// The JSON file at `path`.
pub(crate) fn json(path: impl AsRef<Path>) -> Result<Value> {
    let path = path.as_ref();
    let text = read(path)?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()).into())
}

/// The definition of the state machine.
pub(crate) fn machine() -> Result<Definition> {
    Ok(Definition::new(json("statemachine/blue-green.asl.json")?))
}

/// The template that installs mist.
pub(crate) fn template() -> Result<Value> {
    let text = read("infra/template.yaml")?;
    serde_saphyr::from_str(&text).map_err(|error| format!("infra/template.yaml: {error}").into())
}

/// The time limit of the function `name` in the template, in seconds.
pub(crate) fn timeout(template: &Value, name: &str) -> Option<u64> {
    let own = &template["Resources"][format!("{name}Function")]["Properties"]["Timeout"];
    own.as_u64().or_else(|| template["Globals"]["Function"]["Timeout"].as_u64())
}

/// The folders in `functions/`, in order.
pub(crate) fn functions() -> Result<Vec<String>> {
    let folders = entries("functions")?.into_iter().filter(|path| root().join(path).is_dir());
    Ok(folders.filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())).collect())
}

/// The entries of the folder `path`, in order; none if there is no such folder.
pub(crate) fn entries(path: impl AsRef<Path>) -> Result<Vec<PathBuf>> {
    let path = path.as_ref();
    if !root().join(path).is_dir() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(root().join(path))? {
        found.push(path.join(entry?.file_name()));
    }
    found.sort();
    Ok(found)
}

/// The Rust files of the functions and of the crates that they are made of, without tests.
pub(crate) fn sources() -> Result<Vec<PathBuf>> {
    let mut left = vec![PathBuf::from("functions")];
    // The command is no part of a function.
    let crates = entries("crates")?.into_iter().filter(|path| !path.ends_with("mist-cli"));
    left.extend(crates.map(|path| path.join("src")));
    let mut found = Vec::new();
    while let Some(path) = left.pop() {
        let is_test = path.file_stem().is_some_and(|name| name == "tests");
        if root().join(&path).is_dir() && !is_test {
            left.extend(entries(&path)?);
        } else if path.extension().is_some_and(|ending| ending == "rs") && !is_test {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// The JSON files in the folder `path`, in order.
pub(crate) fn json_files(path: impl AsRef<Path>) -> Result<Vec<PathBuf>> {
    let mut found = entries(path)?;
    found.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
    Ok(found)
}

/// The output of `program`, executed at the root.
pub(crate) fn output_of(program: &str, arguments: &[&str]) -> Result<String> {
    let output = Command::new(program).args(arguments).current_dir(root()).output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{program} {}: {said}", arguments.join(" ")).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// `WaitReady` of `wait-ready`.
pub(crate) fn pascal(folder: &str) -> String {
    let words = folder.split('-').map(|word| {
        let (first, rest) = word.split_at(usize::from(!word.is_empty()));
        first.to_ascii_uppercase() + rest
    });
    words.collect()
}

/// Fails with each problem on a line of its own, if there is one.
#[track_caller]
pub(crate) fn none(problems: &[String]) {
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}
