//! Zips a function's binary the way Lambda wants it.

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::error::{Doing, Error};

/// Read and execute for everyone; Lambda refuses to start a file without.
const EXECUTABLE: u32 = 0o755;

/// A zipped function on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// The function's name.
    pub name: String,
    /// Changes whenever the binary was built anew.
    pub fingerprint: String,
    /// The zip, which holds `bootstrap`.
    pub path: PathBuf,
}

/// Zips `binary` into `<folder>/packages`, unless that was done since it was last built.
///
/// The binary is stored, not compressed: the zip travels over loopback only, and unpacking takes longer than reading.
pub fn zip_function(folder: &Path, name: &str, binary: &Path) -> Result<Package, Error> {
    let packages = folder.join("packages");
    let fingerprint = fingerprint(binary)?;
    let path = packages.join(format!("{name}-{fingerprint}.zip"));
    let package = Package { name: name.to_owned(), fingerprint, path };
    if package.path.is_file() {
        return Ok(package);
    }
    fs::create_dir_all(&packages).doing(|| format!("make `{}`", packages.display()))?;
    // Under another name until it is whole: others may be looking, or doing the same.
    let half = packages.join(format!("{name}-{:016x}.part", crate::ports::random()));
    write(binary, &half)?;
    forget_older(&packages, name);
    fs::rename(&half, &package.path).doing(|| format!("rename `{}`", half.display()))?;
    Ok(package)
}

/// Size and time of the last change: what cargo writes anew has another time.
fn fingerprint(binary: &Path) -> Result<String, Error> {
    let what = || format!("look at the function `{}`", binary.display());
    let metadata = fs::metadata(binary).doing(what)?;
    let changed = metadata.modified().doing(what)?.duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(format!("{:x}-{:x}", metadata.len(), changed.as_nanos()))
}

fn write(binary: &Path, target: &Path) -> Result<(), Error> {
    let mut source = File::open(binary).doing(|| format!("read `{}`", binary.display()))?;
    let file = File::create(target).doing(|| format!("write `{}`", target.display()))?;
    let mut zip = ZipWriter::new(BufWriter::with_capacity(1 << 20, file));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .unix_permissions(EXECUTABLE);
    let zipping = |source| Error::Zip { name: binary.display().to_string(), source };
    zip.start_file("bootstrap", options).map_err(zipping)?;
    io::copy(&mut source, &mut zip).doing(|| format!("zip `{}`", binary.display()))?;
    let buffer = zip.finish().map_err(zipping)?;
    buffer
        .into_inner()
        .map_err(io::IntoInnerError::into_error)
        .doing(|| format!("write `{}`", target.display()))?;
    Ok(())
}

/// Removes the zips of earlier builds, each as large as a binary.
fn forget_older(packages: &Path, name: &str) {
    let Ok(entries) = fs::read_dir(packages) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        // A name may begin with another one, so the rest must be exactly the two numbers.
        let rest =
            stem.strip_prefix(name).and_then(|rest| rest.strip_prefix('-')).unwrap_or_default();
        let is_ours = rest.split('-').count() == 2
            && rest.chars().all(|letter| letter.is_ascii_hexdigit() || letter == '-');
        if is_ours
            && path.extension().is_some_and(|extension| extension == "zip")
            && fs::remove_file(&path).is_err()
        {
            tracing::debug!("cannot remove `{}`", path.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use zip::ZipArchive;

    use super::*;

    #[test]
    fn the_zip_holds_an_executable_bootstrap() {
        let folder = tempfile::tempdir().unwrap();
        let binary = folder.path().join("swap");
        fs::write(&binary, b"#!/bin/sh\n").unwrap();
        let package = zip_function(folder.path(), "swap", &binary).unwrap();
        let mut archive = ZipArchive::new(File::open(&package.path).unwrap()).unwrap();
        assert_eq!(archive.len(), 1);
        let mut entry = archive.by_name("bootstrap").unwrap();
        assert_eq!(entry.unix_mode().unwrap() & 0o777, 0o755);
        assert_eq!(io::read_to_string(&mut entry).unwrap(), "#!/bin/sh\n");
    }

    #[test]
    fn zips_again_only_after_a_new_build() {
        let folder = tempfile::tempdir().unwrap();
        let binary = folder.path().join("swap");
        fs::write(&binary, "one").unwrap();
        let first = zip_function(folder.path(), "swap", &binary).unwrap();
        let again = zip_function(folder.path(), "swap", &binary).unwrap();
        assert_eq!(first, again);
        fs::write(&binary, "another").unwrap();
        let third = zip_function(folder.path(), "swap", &binary).unwrap();
        assert_ne!(first.path, third.path);
        assert!(!first.path.exists(), "the zip of the earlier build stays");
    }

    #[test]
    fn a_missing_binary_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = zip_function(folder.path(), "swap", Path::new("/nowhere/swap")).unwrap_err();
        assert_eq!(error.to_string(), "cannot look at the function `/nowhere/swap`");
    }
}
