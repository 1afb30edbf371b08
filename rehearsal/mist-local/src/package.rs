//! Zips of functions, as Lambda requires them.

use std::fs::{self, File};
use std::io::{self, Cursor, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::error::{Context, Error};

/// The permissions to read and execute, without which Lambda does not start a file.
const EXECUTABLE: u32 = 0o755;

/// The number of builds of a function that are kept, since a running cloud may use an older build.
const KEPT_BUILDS: usize = 3;

/// A function that is ready for upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Package {
    /// The fingerprint of the binary; each build has another.
    pub(crate) fingerprint: String,
    /// The zip with the file `bootstrap`.
    pub(crate) zip: Vec<u8>,
}

/// Writes a zip with the whole `binary` as an executable `bootstrap`, as AWS requires it. The binary is not compressed.
pub fn zip_function(binary: &Path, target: &Path) -> Result<(), Error> {
    let mut source = File::open(binary).context(|| format!("read `{}`", binary.display()))?;
    let file = File::create(target).context(|| format!("write `{}`", target.display()))?;
    bootstrap(&mut source, file, binary)?;
    Ok(())
}

/// Packs a function for the local cloud: `bootstrap` is a script that calls the binary.
///
/// Seven debug builds are 300 MB, and the emulator would receive, unpack and store them for seconds. The binary is
/// linked into `<folder>/packages`, so that the next build does not change a deployed function.
pub(crate) fn link_function(folder: &Path, name: &str, binary: &Path) -> Result<Package, Error> {
    let packages = folder.join("packages");
    fs::create_dir_all(&packages).context(|| format!("make `{}`", packages.display()))?;
    let packages = packages.canonicalize().context(|| format!("find `{}`", packages.display()))?;
    let fingerprint = fingerprint(binary)?;
    let linked = packages.join(format!("{name}@{fingerprint}"));
    if !linked.exists() {
        link(binary, &linked)?;
        remove_older(&packages, name);
    }
    let path = linked.display().to_string().replace('\'', r"'\''");
    let script = format!("#!/bin/sh\nexec '{path}'\n");
    let zip = bootstrap(&mut script.as_bytes(), Cursor::new(Vec::new()), binary)?;
    Ok(Package { fingerprint, zip: zip.into_inner() })
}

/// The size and the modification time of the binary: each build has another time.
fn fingerprint(binary: &Path) -> Result<String, Error> {
    let what = || format!("read the function `{}`", binary.display());
    let metadata = fs::metadata(binary).context(what)?;
    let changed = metadata.modified().context(what)?.duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(format!("{:x}-{:x}", metadata.len(), changed.as_nanos()))
}

/// Makes a hard link, or a copy if the file system has none. A linker replaces its output and leaves the old file unchanged.
fn link(binary: &Path, linked: &Path) -> Result<(), Error> {
    // Under another name until it is complete, since other processes may do the same.
    let half = linked.with_extension(format!("{:016x}", crate::ports::random()));
    if fs::hard_link(binary, &half).is_err() {
        fs::copy(binary, &half).context(|| format!("copy `{}`", binary.display()))?;
    }
    fs::rename(&half, linked).context(|| format!("rename `{}`", half.display()))?;
    // If both names are links to one file, the rename does nothing and leaves both.
    if half.exists() {
        fs::remove_file(&half).context(|| format!("remove `{}`", half.display()))?;
    }
    Ok(())
}

fn bootstrap<W: Write + Seek>(
    content: &mut impl io::Read,
    target: W,
    binary: &Path,
) -> Result<W, Error> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .unix_permissions(EXECUTABLE);
    let zipping = |source| Error::Zip { name: binary.display().to_string(), source };
    let mut zip = ZipWriter::new(target);
    zip.start_file("bootstrap", options).map_err(zipping)?;
    io::copy(content, &mut zip).context(|| format!("zip `{}`", binary.display()))?;
    zip.finish().map_err(zipping)
}

/// Removes all but the newest builds of a function.
fn remove_older(packages: &Path, name: &str) {
    let Ok(entries) = fs::read_dir(packages) else { return };
    let mut builds: Vec<(SystemTime, PathBuf)> = entries
        .flatten()
        .filter(|entry| {
            entry
                .file_name()
                .to_str()
                .and_then(|file| file.split_once('@'))
                .is_some_and(|(of, _)| of == name)
        })
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .collect();
    builds.sort();
    let old = builds.len().saturating_sub(KEPT_BUILDS);
    for (_, path) in builds.into_iter().take(old) {
        if fs::remove_file(&path).is_err() {
            tracing::debug!("cannot remove `{}`", path.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use zip::ZipArchive;

    use super::*;

    fn built(folder: &Path, output: &str) -> PathBuf {
        let binary = folder.join("swap");
        let half = folder.join("swap.new");
        fs::write(&half, format!("#!/bin/sh\necho {output}\n")).unwrap();
        Command::new("chmod").arg("+x").arg(&half).status().unwrap();
        // A linker does not write into the old file.
        fs::rename(half, &binary).unwrap();
        binary
    }

    fn unpack(zip: &[u8], target: &Path) {
        ZipArchive::new(Cursor::new(zip)).unwrap().extract(target).unwrap();
    }

    #[test]
    fn the_whole_zip_holds_an_executable_bootstrap() {
        let folder = tempfile::tempdir().unwrap();
        let zip = folder.path().join("swap.zip");
        zip_function(&built(folder.path(), "one"), &zip).unwrap();
        let mut archive = ZipArchive::new(File::open(&zip).unwrap()).unwrap();
        assert_eq!(archive.len(), 1);
        let mut entry = archive.by_name("bootstrap").unwrap();
        assert_eq!(entry.unix_mode().unwrap() & 0o777, 0o755);
        assert_eq!(io::read_to_string(&mut entry).unwrap(), "#!/bin/sh\necho one\n");
    }

    #[test]
    fn the_linked_bootstrap_runs_the_build_that_was_packed() {
        let folder = tempfile::tempdir().unwrap();
        let package =
            link_function(&folder.path().join("it's"), "swap", &built(folder.path(), "one"))
                .unwrap();
        built(folder.path(), "two");
        unpack(&package.zip, folder.path());
        let run = Command::new(folder.path().join("bootstrap")).output().unwrap();
        assert_eq!(String::from_utf8(run.stdout).unwrap(), "one\n");
    }

    #[test]
    fn only_a_new_build_makes_another_package() {
        let folder = tempfile::tempdir().unwrap();
        let pack = |binary: PathBuf| link_function(folder.path(), "swap", &binary).unwrap();
        let first = pack(built(folder.path(), "one"));
        assert_eq!(pack(folder.path().join("swap")), first);
        assert_ne!(pack(built(folder.path(), "other")), first);
    }

    #[test]
    fn old_builds_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        for output in ["1", "22", "333", "4444", "55555"] {
            link_function(folder.path(), "swap", &built(folder.path(), output)).unwrap();
            link_function(folder.path(), "swap-more", &built(folder.path(), output)).unwrap();
        }
        let files = fs::read_dir(folder.path().join("packages")).unwrap().count();
        assert_eq!(files, 2 * KEPT_BUILDS);
    }

    #[test]
    fn a_missing_binary_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = link_function(folder.path(), "swap", Path::new("/nowhere/swap")).unwrap_err();
        assert_eq!(error.to_string(), "cannot read the function `/nowhere/swap`");
    }
}
