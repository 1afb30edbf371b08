//! The files of the project, as the checks read them.

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use crate::asl::Definition;

/// What a check gives when it could not even look.
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

/// The folders in `functions/`, in order.
pub(crate) fn functions() -> Result<Vec<String>> {
    let folders = entries("functions")?.into_iter().filter(|path| root().join(path).is_dir());
    Ok(folders.filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())).collect())
}

/// What lies in the folder `path`, in order; nothing when there is no such folder.
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

/// The JSON files in the folder `path`, in order.
pub(crate) fn json_files(path: impl AsRef<Path>) -> Result<Vec<PathBuf>> {
    let mut found = entries(path)?;
    found.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
    Ok(found)
}

/// What `program` prints when it is run at the root.
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

/// Fails with every problem on a line of its own.
#[track_caller]
pub(crate) fn none(problems: &[String]) {
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}
