//! Source bundles: checked, and unpacked once for all instances.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, BufReader, Read};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use zip::ZipArchive;
use zip::read::ZipFile;
use zip::result::ZipError;

use super::scratch::Scratch;
use crate::bundles::LARGEST;

/// How many entries a bundle may have.
const ENTRIES: usize = 100_000;
/// How many bytes a bundle may unpack to, however large it is.
const UNPACKED: u64 = 2 * 1024 * 1024 * 1024;
/// How many bytes any bundle may unpack to, however small it is.
const ALWAYS: u64 = 64 * 1024 * 1024;
/// How many times its own size a bundle may unpack to.
const RATIO: u64 = 200;

/// How many bytes of a text are read, more than anybody writes.
const MOST_TEXT: u64 = 256 * 1024;
/// All that a WAR file without pages of its own has.
const WAR: &str = "WEB-INF";
/// What a macOS archive has beside its content.
const MACOS: &str = "__MACOSX";
const PROCFILE: &str = "Procfile";

/// The bits of a Unix mode that tell what kind of file it is.
const KIND: u32 = 0o170_000;
const REGULAR: u32 = 0o100_000;
const FOLDER: u32 = 0o040_000;

/// A source bundle, checked as Beanstalk does and unpacked into a folder of its own, which goes with the last user.
#[derive(Debug)]
pub(crate) struct Source {
    folder: Option<Scratch>,
    has_jar: bool,
    has_procfile: bool,
}

/// Why a bundle cannot be deployed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SourceError {
    /// Anything but a ZIP or WAR file.
    #[error("the bundle is no readable ZIP file: {0}")]
    NotAZip(ZipError),
    /// Beanstalk's own bound.
    #[error("the bundle has {bytes} bytes, more than {LARGEST}")]
    TooLarge {
        /// Its size.
        bytes: u64,
    },
    /// A bound of ours, against bombs.
    #[error("the bundle has {count} entries, more than {ENTRIES}")]
    TooManyEntries {
        /// How many.
        count: usize,
    },
    /// A bound of ours, against bombs.
    #[error("the bundle unpacks to more than {bound} bytes, at entry `{entry}`")]
    Bomb {
        /// The bound, which grows with the bundle.
        bound: u64,
        /// The entry that went beyond it.
        entry: String,
    },
    /// One of two would be lost.
    #[error("the bundle has two entries of one name")]
    Duplicate,
    /// There is nothing in it.
    #[error("the bundle has no files")]
    Empty,
    /// Everything is in one folder, so that Beanstalk does not find the application.
    #[error("the bundle must not have a parent folder, but everything is in `{folder}`")]
    ParentFolder {
        /// The folder.
        folder: String,
    },
    /// One entry makes the whole bundle unfit.
    #[error("entry `{entry}` of the bundle {refusal}")]
    Entry {
        /// Its name, with what cannot be printed escaped.
        entry: String,
        /// What is wrong with it.
        refusal: Refusal,
    },
    /// The disk is full, or the like.
    #[error("the bundle cannot be unpacked: {0}")]
    Io(#[from] io::Error),
}

/// What is wrong with an entry.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// Old tools write names in other encodings, which nobody can tell apart.
    #[error("has a name that is not UTF-8")]
    NotUtf8,
    /// As tools for Windows write them; Beanstalk's `unzip` fails on them too.
    #[error("has a backslash in its name")]
    Backslash,
    /// No file system takes it.
    #[error("has no usable name")]
    Unusable,
    /// It begins with a slash.
    #[error("has an absolute path")]
    Absolute,
    /// It has a `..` in it.
    #[error("leads outside")]
    Outside,
    /// Links could lead anywhere.
    #[error("is a link")]
    Link,
    /// Devices, pipes and sockets.
    #[error("is neither file nor folder")]
    Special,
    /// The same path is there already, or a file stands where a folder is needed.
    #[error("is there twice, or both as file and as folder")]
    Twice,
    /// Damaged, encrypted, or packed by a method nobody uses.
    #[error("cannot be read: {0}")]
    Unreadable(io::Error),
}

impl Source {
    /// The sample application: one static page.
    pub(crate) fn sample() -> Arc<Self> {
        Arc::new(Self { folder: None, has_jar: false, has_procfile: false })
    }

    /// Checks and unpacks a ZIP or WAR file; this blocks.
    ///
    /// Assumed: Beanstalk itself only documents that a parent folder is not allowed, and its deployments then fail
    /// or serve nothing, depending on the platform; here such a bundle is refused.
    pub(crate) fn unpack(bundle: &Path) -> Result<Self, SourceError> {
        Self::unpack_bounded(bundle, LARGEST, UNPACKED)
    }

    fn unpack_bounded(bundle: &Path, largest: u64, unpacked: u64) -> Result<Self, SourceError> {
        let file = File::open(bundle)?;
        let bytes = file.metadata()?.len();
        if bytes > largest {
            return Err(SourceError::TooLarge { bytes });
        }
        let mut archive = ZipArchive::new(BufReader::new(file)).map_err(SourceError::NotAZip)?;
        if archive.len() > ENTRIES {
            return Err(SourceError::TooManyEntries { count: archive.len() });
        }
        if archive.has_duplicate_names() {
            return Err(SourceError::Duplicate);
        }
        let folder = Scratch::new("source-")?;
        let bound = unpacked.min(bytes.saturating_mul(RATIO).max(ALWAYS));
        unpack_all(&mut archive, folder.path(), bound)?;
        Self::of(folder)
    }

    fn of(folder: Scratch) -> Result<Self, SourceError> {
        let mut top = Vec::new();
        for entry in fs::read_dir(folder.path())? {
            let entry = entry?;
            if entry.file_name() != MACOS {
                top.push((PathBuf::from(entry.file_name()), entry.file_type()?.is_dir()));
            }
        }
        match top.as_slice() {
            [] => return Err(SourceError::Empty),
            [(only, true)] if only.as_os_str() != WAR => {
                return Err(SourceError::ParentFolder { folder: only.display().to_string() });
            }
            [..] => {}
        }
        let mut files = top.iter().filter(|(_, is_folder)| !is_folder).map(|(path, _)| path);
        let has_procfile = files.clone().any(|path| path.as_os_str() == PROCFILE);
        let has_jar =
            !has_procfile && files.any(|path| path.extension() == Some(OsStr::new("jar")));
        Ok(Self { folder: Some(folder), has_jar, has_procfile })
    }

    /// Is there a JAR file at the top and no `Procfile`, so that Beanstalk makes one up?
    pub(crate) fn has_jar(&self) -> bool {
        self.has_jar
    }

    /// Is there a `Procfile`, so that processes run instead of files being served?
    pub(crate) fn runs_processes(&self) -> bool {
        self.has_procfile
    }

    /// The text of a small file at the top.
    pub(crate) fn text(&self, file: &str) -> Option<String> {
        let mut text = String::new();
        let file = File::open(self.folder()?.join(file)).ok()?;
        file.take(MOST_TEXT).read_to_string(&mut text).ok()?;
        Some(text)
    }

    /// Where the files are; the sample application has none.
    pub(super) fn folder(&self) -> Option<&Path> {
        self.folder.as_ref().map(Scratch::path)
    }

    /// What the `Procfile` says; nothing where there is none.
    pub(super) fn procfile(&self) -> io::Result<Vec<u8>> {
        match self.folder() {
            Some(folder) if self.has_procfile => fs::read(folder.join(PROCFILE)),
            Some(_) | None => Ok(Vec::new()),
        }
    }

    /// Copies all files into a folder that is there already; this blocks.
    pub(super) fn copy_to(&self, target: &Path) -> io::Result<()> {
        self.folder().map_or(Ok(()), |folder| copy_all(folder, target))
    }
}

fn copy_all(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            fs::create_dir(&target)?;
            copy_all(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

fn unpack_all(
    archive: &mut ZipArchive<BufReader<File>>,
    folder: &Path,
    bound: u64,
) -> Result<(), SourceError> {
    let mut left = bound;
    for index in 0..archive.len() {
        let name = String::from_utf8_lossy(
            archive.by_index_raw(index).map_err(SourceError::NotAZip)?.name_raw(),
        )
        .escape_debug()
        .to_string();
        let refused = |refusal| SourceError::Entry { entry: name.clone(), refusal };
        let mut entry =
            archive.by_index(index).map_err(|error| refused(Refusal::Unreadable(error.into())))?;
        let path = path_of(&entry).map_err(refused)?;
        let written = unpack_one(&mut entry, &folder.join(path), left).map_err(refused)?;
        left = left
            .checked_sub(written)
            .ok_or_else(|| SourceError::Bomb { bound, entry: name.clone() })?;
    }
    Ok(())
}

/// Where an entry goes, below the folder of the source.
fn path_of<R: Read>(entry: &ZipFile<'_, R>) -> Result<PathBuf, Refusal> {
    let name = std::str::from_utf8(entry.name_raw()).map_err(|_| Refusal::NotUtf8)?;
    if name.contains('\\') {
        return Err(Refusal::Backslash);
    }
    if name.contains('\0') {
        return Err(Refusal::Unusable);
    }
    match entry.unix_mode().map(|mode| mode & KIND) {
        _ if entry.is_symlink() => return Err(Refusal::Link),
        None | Some(0 | REGULAR | FOLDER) => {}
        Some(_) => return Err(Refusal::Special),
    }
    let mut path = PathBuf::new();
    for component in Path::new(name).components() {
        match component {
            Component::Normal(part) => path.push(part),
            Component::CurDir => {}
            Component::ParentDir => return Err(Refusal::Outside),
            Component::RootDir | Component::Prefix(_) => return Err(Refusal::Absolute),
        }
    }
    if path.as_os_str().is_empty() && !entry.is_dir() { Err(Refusal::Unusable) } else { Ok(path) }
}

/// Writes one entry, at most one byte more than `left`, and answers how many bytes it has.
fn unpack_one<R: Read>(entry: &mut ZipFile<'_, R>, path: &Path, left: u64) -> Result<u64, Refusal> {
    if entry.is_dir() {
        return fs::create_dir_all(path).map(|()| 0).map_err(in_the_way);
    }
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(in_the_way)?;
    }
    // The owner must be able to copy and to delete what the bundle brings.
    let mode = entry.unix_mode().map_or(0o644, |mode| mode & 0o777 | 0o600);
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)
        .map_err(in_the_way)?;
    // The umask may have taken bits away.
    file.set_permissions(Permissions::from_mode(mode)).map_err(Refusal::Unreadable)?;
    // The size in the directory of the archive may lie, so the bytes themselves are counted.
    let bound = left.saturating_add(1);
    io::copy(&mut entry.by_ref().take(bound), &mut file).map_err(Refusal::Unreadable)
}

fn in_the_way(error: io::Error) -> Refusal {
    match error.kind() {
        io::ErrorKind::AlreadyExists
        | io::ErrorKind::NotADirectory
        | io::ErrorKind::IsADirectory => Refusal::Twice,
        io::ErrorKind::InvalidFilename => Refusal::Unusable,
        _ => Refusal::Unreadable(error),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use proptest::prelude::*;
    use tempfile::NamedTempFile;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;
    use crate::host::fixtures::{bundle, zip};

    fn unpack(bytes: &[u8]) -> Result<Source, SourceError> {
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        Source::unpack(file.path())
    }

    fn refusal(bytes: &[u8]) -> String {
        unpack(bytes).unwrap_err().to_string()
    }

    /// Changes a name everywhere in an archive to one of the same length, which no writer would write.
    fn renamed(mut bytes: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
        assert_eq!(from.len(), to.len());
        let places: Vec<_> = (0..bytes.len()).filter(|&at| bytes[at..].starts_with(from)).collect();
        assert_eq!(places.len(), 2, "one local and one central header");
        for at in places {
            bytes[at..at + to.len()].copy_from_slice(to);
        }
        bytes
    }

    #[test]
    fn files_are_unpacked_with_their_executable_bits_and_go_with_the_last_user() {
        let mut writer = ZipWriter::new(io::Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default();
        writer.add_directory("bin", options).unwrap();
        writer.start_file("bin/run", options.unix_permissions(0o755)).unwrap();
        writer.write_all(b"#!/bin/sh").unwrap();
        writer.start_file("./secret", options.unix_permissions(0o000)).unwrap();
        let source = unpack(&writer.finish().unwrap().into_inner()).unwrap();
        let folder = source.folder().unwrap().to_owned();
        let mode =
            |path: &str| fs::metadata(folder.join(path)).unwrap().permissions().mode() & 0o777;
        assert_eq!(fs::read(folder.join("bin/run")).unwrap(), b"#!/bin/sh");
        assert_eq!((mode("bin/run"), mode("secret")), (0o755, 0o600));

        let copy = tempfile::tempdir().unwrap();
        source.copy_to(copy.path()).unwrap();
        let copied = fs::metadata(copy.path().join("bin/run")).unwrap();
        assert_eq!(copied.permissions().mode() & 0o777, 0o755);

        let other = Arc::new(source);
        drop(Arc::clone(&other));
        assert!(folder.exists());
        drop(other);
        assert!(!folder.exists());
    }

    #[test]
    fn the_top_of_the_bundle_tells_what_it_is() {
        let tell = |names: &[&str]| {
            let entries: Vec<_> = names.iter().map(|name| (*name, "")).collect();
            let source = bundle(&entries);
            (source.has_jar(), source.runs_processes())
        };
        assert_eq!(tell(&["app.jar"]), (true, false));
        assert_eq!(tell(&["app.jar", "Procfile"]), (false, true));
        assert_eq!(tell(&["lib/a.jar", "conf/Procfile"]), (false, false));
        assert_eq!(tell(&["index.html", "procfile"]), (false, false));
        let sample = Source::sample();
        assert_eq!((sample.has_jar(), sample.runs_processes()), (false, false));
    }

    #[test]
    fn what_is_no_zip_is_refused() {
        for bytes in [b"".as_slice(), b"no zip", b"PK\x03\x04"] {
            assert!(matches!(unpack(bytes), Err(SourceError::NotAZip(_))), "{bytes:?}");
        }
    }

    #[test]
    fn a_bundle_that_is_too_large_is_refused() {
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(&zip(&[("index.html", "home")])).unwrap();
        let bytes = file.as_file().metadata().unwrap().len();
        assert!(Source::unpack_bounded(file.path(), bytes, UNPACKED).is_ok());
        let result = Source::unpack_bounded(file.path(), bytes - 1, UNPACKED);
        assert!(matches!(result, Err(SourceError::TooLarge { .. })), "{result:?}");

        file.as_file().set_len(LARGEST + 1).unwrap();
        assert_eq!(
            Source::unpack(file.path()).unwrap_err().to_string(),
            "the bundle has 536870913 bytes, more than 536870912"
        );
    }

    #[test]
    fn a_parent_folder_is_refused() {
        let expected = "the bundle must not have a parent folder, but everything is in `shop-1.0`";
        assert_eq!(
            refusal(&zip(&[("shop-1.0/Procfile", "web: x"), ("shop-1.0/a/b", "")])),
            expected
        );
        assert_eq!(
            refusal(&zip(&[("shop-1.0/index.html", ""), ("__MACOSX/shop-1.0/._i", "")])),
            expected
        );
        for names in [["a/index.html", "b/index.html"], ["WEB-INF/web.xml", "WEB-INF/lib/a.jar"]] {
            assert!(unpack(&zip(&names.map(|name| (name, "")))).is_ok(), "{names:?}");
        }
    }

    #[test]
    fn a_bundle_without_files_is_refused() {
        assert_eq!(refusal(&zip(&[])), "the bundle has no files");
    }

    #[test]
    fn paths_that_lead_elsewhere_are_refused() {
        let outside = |name| format!("entry `{name}` of the bundle leads outside");
        for name in ["../../etc/passwd", "a/../../b", "a/../b"] {
            assert_eq!(refusal(&zip(&[("index.html", ""), (name, "root")])), outside(name));
        }
        let absolute = renamed(zip(&[("xetc/passwd", "root")]), b"xetc/passwd", b"/etc/passwd");
        assert_eq!(refusal(&absolute), "entry `/etc/passwd` of the bundle has an absolute path");
        let windows = renamed(zip(&[("a/b.html", "")]), b"a/b.html", b"a\\b.html");
        assert_eq!(
            refusal(&windows),
            r"entry `a\\b.html` of the bundle has a backslash in its name"
        );
    }

    #[test]
    fn names_that_no_file_can_have_are_refused() {
        let latin = renamed(zip(&[("caf_.html", "")]), b"caf_.html", b"caf\xe9.html");
        assert_eq!(
            refusal(&latin),
            "entry `caf\u{fffd}.html` of the bundle has a name that is not UTF-8"
        );
        let nul = renamed(zip(&[("a_b.html", "")]), b"a_b.html", b"a\0b.html");
        assert_eq!(refusal(&nul), r"entry `a\0b.html` of the bundle has no usable name");
        let long = "x".repeat(300);
        assert!(refusal(&zip(&[(&long, "")])).ends_with("has no usable name"));
    }

    #[test]
    fn links_and_devices_are_refused() {
        let mut writer = ZipWriter::new(io::Cursor::new(Vec::new()));
        writer.add_symlink("link", "/etc/passwd", SimpleFileOptions::default()).unwrap();
        let link = writer.finish().unwrap().into_inner();
        assert_eq!(refusal(&link), "entry `link` of the bundle is a link");

        // The upper half of the external attributes, at offset 40 of the central header, is the Unix mode.
        let mut pipe = zip(&[("pipe", "")]);
        let central = pipe.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
        pipe[central + 40..central + 42].copy_from_slice(&0o010_644_u16.to_le_bytes());
        assert_eq!(refusal(&pipe), "entry `pipe` of the bundle is neither file nor folder");
    }

    #[test]
    fn two_entries_of_one_name_are_refused() {
        let exact = renamed(zip(&[("a.html", "1"), ("b.html", "2")]), b"b.html", b"a.html");
        assert_eq!(refusal(&exact), "the bundle has two entries of one name");
        let spelt = zip(&[("a.html", "1"), ("./a.html", "2")]);
        assert_eq!(
            refusal(&spelt),
            "entry `./a.html` of the bundle is there twice, or both as file and as folder"
        );
        for names in [["a", "a/b"], ["a/b", "./a"]] {
            let entries: Vec<_> = names.iter().map(|name| (*name, "")).collect();
            let expected = format!(
                "entry `{}` of the bundle is there twice, or both as file and as folder",
                names[1]
            );
            assert_eq!(refusal(&zip(&entries)), expected);
        }
    }

    #[test]
    fn a_bomb_is_refused_whatever_its_headers_say() {
        let zeros = "0".repeat(1_000_000);
        let mut bomb = zip(&[("zeros", &zeros)]);
        assert!(bomb.len() < 10_000);
        let unpack = |bytes: &[u8], bound| {
            let mut file = NamedTempFile::new().unwrap();
            file.write_all(bytes).unwrap();
            Source::unpack_bounded(file.path(), LARGEST, bound)
        };
        assert!(unpack(&bomb, 1_000_000).is_ok());
        let expected = "the bundle unpacks to more than 100000 bytes, at entry `zeros`";
        assert_eq!(unpack(&bomb, 100_000).unwrap_err().to_string(), expected);

        // The unpacked size, at offset 24 of the central header, is made to lie.
        let central = bomb.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
        bomb[central + 24..central + 28].copy_from_slice(&1_u32.to_le_bytes());
        assert!(unpack(&bomb, 100_000).is_err());
    }

    #[test]
    fn a_small_bundle_may_not_unpack_to_much() {
        let mut writer = ZipWriter::new(io::Cursor::new(Vec::new()));
        writer.start_file("zeros", SimpleFileOptions::default()).unwrap();
        io::copy(&mut io::repeat(0).take(ALWAYS + 1), &mut writer).unwrap();
        let bomb = writer.finish().unwrap().into_inner();
        assert!((bomb.len() as u64).saturating_mul(RATIO) < ALWAYS);
        assert!(matches!(unpack(&bomb), Err(SourceError::Bomb { bound: ALWAYS, .. })));
    }

    #[test]
    fn damaged_content_is_refused_with_its_entry() {
        let mut bytes = zip(&[("a.html", "hello hello hello"), ("b.html", "b")]);
        let start = 30 + "a.html".len();
        bytes[start] ^= 0xff;
        let message = refusal(&bytes);
        assert!(message.starts_with("entry `a.html` of the bundle cannot be read: "), "{message}");
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            prop_assert!(unpack(&bytes).is_err());
        }

        #[test]
        fn no_damage_to_a_bundle_leads_outside(damages in prop::collection::vec((0..600_usize, any::<u8>()), 1..4)) {
            let mut bytes = zip(&[("index.html", "<h1>hello</h1>"), ("a/b.css", "body {}"), ("Procfile", "web: x")]);
            for (at, value) in damages {
                let at = at % bytes.len();
                bytes[at] = value;
            }
            let base = tempfile::tempdir().unwrap();
            let inner = base.path().join("a/b");
            fs::create_dir_all(&inner).unwrap();
            let mut file = NamedTempFile::new().unwrap();
            file.write_all(&bytes).unwrap();
            if let Ok(mut archive) = ZipArchive::new(BufReader::new(file.reopen().unwrap())) {
                let unpacked = unpack_all(&mut archive, &inner, ALWAYS);
                prop_assert_eq!(fs::read_dir(base.path()).unwrap().count(), 1, "{:?}", unpacked);
                prop_assert_eq!(fs::read_dir(base.path().join("a")).unwrap().count(), 1);
            }
        }
    }
}
