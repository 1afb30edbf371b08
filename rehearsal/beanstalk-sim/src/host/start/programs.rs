//! The programs of this machine, and the files of a bundle.

use std::env;
use std::fs;
use std::path::Path;

use super::super::error::StartError;
use super::super::surroundings::path;

/// Whether a program is in the search path.
pub(super) fn has_program(name: &str) -> bool {
    env::split_paths(&path()).any(|folder| folder.join(name).is_file())
}

/// Refuses a start whose program this machine lacks. The words say what the platform does with it, and what else helps.
pub(super) fn require(program: &str, use_of_it: &str, remedy: &str) -> Result<(), StartError> {
    if has_program(program) {
        return Ok(());
    }
    Err(StartError::NoStart(format!(
        "the platform {use_of_it}, and this machine has no `{program}`: install it, or {remedy}"
    )))
}

/// The names of the files at the top of a folder with one of these extensions, sorted.
pub(super) fn top_files(folder: &Path, extensions: &[&str]) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let name = |entry: fs::DirEntry| {
        let path = entry.path();
        let fits = extensions.contains(&path.extension()?.to_str()?) && path.is_file();
        fits.then(|| entry.file_name().into_string().ok()).flatten()
    };
    let mut names: Vec<_> = entries.flatten().filter_map(name).collect();
    names.sort();
    names
}
