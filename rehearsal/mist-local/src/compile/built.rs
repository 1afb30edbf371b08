//! What the last build left: a record by which the next one knows that nothing has changed.
//!
//! Cargo decides the same by the times of files. It has to be called for that, which needs an installed Rust, and
//! waits for every other cargo in the same folder.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use std::{fs, io};

use serde::{Deserialize, Serialize};

/// The record of a build.
#[derive(Debug, Serialize, Deserialize)]
struct Record {
    /// The time before cargo was called. A source that is older was compiled.
    started: SystemTime,
    binaries: BTreeMap<String, Binary>,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Binary {
    path: PathBuf,
    /// The time of the binary, by which a build without a record is noticed.
    changed: SystemTime,
}

impl Binary {
    fn of(path: &Path) -> io::Result<Self> {
        Ok(Self { path: path.to_owned(), changed: changed(path)? })
    }
}

/// The binaries of the packages `names`, if they are those of the last build, and nothing that they were built from
/// has changed since.
pub(super) fn read(
    workspace: &Path,
    target: &Path,
    names: &[String],
) -> Option<BTreeMap<String, PathBuf>> {
    let record: Record = serde_json::from_slice(&fs::read(path(target)).ok()?).ok()?;
    if !record.binaries.keys().eq(names) {
        return None;
    }
    let mut sources = manifests(workspace);
    for binary in record.binaries.values() {
        if Binary::of(&binary.path).ok().as_ref() != Some(binary) {
            return None;
        }
        sources.extend(sources_of(&binary.path)?);
    }
    let is_old = |source: &PathBuf| changed(source).is_ok_and(|time| time < record.started);
    let binaries = record.binaries.into_iter().map(|(name, binary)| (name, binary.path));
    sources.iter().all(is_old).then(|| binaries.collect())
}

/// Records a build. If this fails, the next build calls cargo.
pub(super) fn write(target: &Path, started: SystemTime, binaries: &BTreeMap<String, PathBuf>) {
    let written = || {
        let known = binaries.iter().map(|(name, path)| Ok((name.clone(), Binary::of(path)?)));
        let record = Record { started, binaries: known.collect::<io::Result<_>>()? };
        let half = path(target).with_extension("part");
        fs::write(&half, serde_json::to_vec(&record)?)?;
        fs::rename(half, path(target))
    };
    if let Err(error) = written() {
        tracing::debug!("the build is not recorded: {error}");
    }
}

fn path(target: &Path) -> PathBuf {
    target.join("functions-built.json")
}

fn changed(path: &Path) -> io::Result<SystemTime> {
    fs::metadata(path)?.modified()
}

/// The files that decide what is built: every manifest of the workspace, and its lock file.
fn manifests(workspace: &Path) -> BTreeSet<PathBuf> {
    let of = |folder: &Path| folder.join("Cargo.toml");
    let groups = ["crates", "rehearsal", "functions"].map(|group| workspace.join(group));
    let packages = groups.iter().filter_map(|group| fs::read_dir(group).ok()).flatten().flatten();
    let packages = packages.map(|entry| of(&entry.path())).filter(|manifest| manifest.is_file());
    packages.chain([of(workspace), workspace.join("Cargo.lock")]).collect()
}

/// The sources of `binary`, which cargo lists beside it.
fn sources_of(binary: &Path) -> Option<Vec<PathBuf>> {
    let listed = fs::read_to_string(binary.with_extension("d")).ok()?;
    // `BINARY: SOURCE SOURCE`, in which a backslash precedes a space of a name.
    let (_, sources) = listed.lines().next()?.split_once(": ")?;
    let sources = sources.replace("\\ ", "\0");
    Some(sources.split(' ').map(|it| PathBuf::from(it.replace('\0', " "))).collect())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    struct Built {
        folder: tempfile::TempDir,
        names: Vec<String>,
    }

    impl Built {
        /// A workspace with a function whose build was recorded a minute ago.
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let built = Self { folder, names: vec!["swap".to_owned()] };
            for path in ["functions/swap", "crates/core", "target"] {
                fs::create_dir_all(built.at(path)).unwrap();
            }
            for path in [
                "Cargo.toml",
                "Cargo.lock",
                "crates/core/Cargo.toml",
                "crates/core/a b.rs",
                "target/swap",
            ] {
                built.change(path, 3600);
            }
            let source = built.at("crates/core/a b.rs").display().to_string().replace(' ', "\\ ");
            let listed = format!("{}: {source}\n", built.at("target/swap").display());
            fs::write(built.at("target/swap.d"), listed).unwrap();
            let started = SystemTime::now() - Duration::from_mins(1);
            let binaries = BTreeMap::from([("swap".to_owned(), built.at("target/swap"))]);
            write(&built.at("target"), started, &binaries);
            built
        }

        fn at(&self, path: &str) -> PathBuf {
            self.folder.path().join(path)
        }

        /// Changes the file at `path`, `ago` seconds before now.
        fn change(&self, path: &str, ago: u64) {
            fs::write(self.at(path), "").unwrap();
            let file = fs::File::options().append(true).open(self.at(path)).unwrap();
            file.set_modified(SystemTime::now() - Duration::from_secs(ago)).unwrap();
        }

        fn read(&self) -> Option<BTreeMap<String, PathBuf>> {
            read(self.folder.path(), &self.at("target"), &self.names)
        }
    }

    #[test]
    fn what_has_not_changed_is_not_built_again() {
        let built = Built::new();
        assert_eq!(built.read().unwrap()["swap"], built.at("target/swap"));
    }

    #[test]
    fn a_change_of_anything_that_is_built_from_is_noticed() {
        for path in ["crates/core/a b.rs", "crates/core/Cargo.toml", "Cargo.lock", "target/swap"] {
            let built = Built::new();
            built.change(path, 30);
            assert_eq!(built.read(), None, "{path}");
        }
        let built = Built::new();
        fs::remove_file(built.at("crates/core/a b.rs")).unwrap();
        assert_eq!(built.read(), None, "a source is gone");
    }

    #[test]
    fn a_function_without_a_record_is_built() {
        let mut built = Built::new();
        built.names.push("warm".to_owned());
        assert_eq!(built.read(), None);
        assert_eq!(read(built.folder.path(), &built.at("no"), &["swap".to_owned()]), None);
    }
}
