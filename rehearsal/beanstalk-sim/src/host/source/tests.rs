//! Tests of bundles that are unpacked or refused.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;

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

/// Replaces a name everywhere in an archive by one of the same length, which the ZIP writer would refuse.
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
    let mode = |path: &str| fs::metadata(folder.join(path)).unwrap().permissions().mode() & 0o777;
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
fn hooks_builds_and_configuration_files_are_steps() {
    let tell =
        |name: &str, content: &str| bundle(&[(name, content), ("index.html", "")]).has_steps();
    assert!(tell(".platform/hooks/prebuild/a.sh", "#!/bin/sh"));
    assert!(tell("Buildfile", "build: make"));
    assert!(tell(".ebextensions/a.config", "commands: {a: {command: b}}"));
    assert!(!tell(".ebextensions/a.config", "option_settings: [{option_name: A, value: b}]"));
    assert!(!tell("Procfile", "web: x"));
    assert!(!Source::sample().has_steps());
}

#[test]
fn a_broken_configuration_file_does_not_hinder_the_unpacking() {
    let source = bundle(&[(".ebextensions/a.config", "{"), ("index.html", "")]);
    assert!(source.extensions().is_err() && !source.has_steps());
}

#[test]
fn invalid_zips_are_refused() {
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
    assert_eq!(refusal(&zip(&[("shop-1.0/Procfile", "web: x"), ("shop-1.0/a/b", "")])), expected);
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
fn paths_outside_the_bundle_are_refused() {
    let outside = |name| format!("entry `{name}` of the bundle has a path outside the bundle");
    for name in ["../../etc/passwd", "a/../../b", "a/../b"] {
        assert_eq!(refusal(&zip(&[("index.html", ""), (name, "root")])), outside(name));
    }
    let absolute = renamed(zip(&[("xetc/passwd", "root")]), b"xetc/passwd", b"/etc/passwd");
    assert_eq!(refusal(&absolute), "entry `/etc/passwd` of the bundle has an absolute path");
}

#[test]
fn backslashes_are_separators_on_windows_and_characters_elsewhere() {
    let unix = renamed(zip(&[("a/b.html", "home")]), b"a/b.html", b"a\\b.html");
    let source = unpack(&unix).unwrap();
    assert_eq!(fs::read(source.folder().unwrap().join("a\\b.html")).unwrap(), b"home");

    // The system is at offset 5 of the central header; 0 is that of MS-DOS and Windows.
    let mut windows = unix;
    let central = windows.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
    windows[central + 5] = 0;
    assert_eq!(
        refusal(&windows),
        r"entry `a\\b.html` of the bundle appears to use backslashes as path separators"
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

/// An archive of links to their targets, and of files.
fn linked(links: &[(&str, &str)], files: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(io::Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    for (link, target) in links {
        writer.add_symlink(*link, *target, options).unwrap();
    }
    for (path, content) in files {
        writer.start_file(*path, options).unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn links_inside_the_bundle_are_kept_and_copied_as_links() {
    let links = [("current", "releases/2"), ("bin/run", "../current/run"), ("gone", "./missing")];
    let source = unpack(&linked(&links, &[("releases/2/run", "start")])).unwrap();
    let copy = tempfile::tempdir().unwrap();
    source.copy_to(copy.path()).unwrap();
    for folder in [source.folder().unwrap(), copy.path()] {
        assert_eq!(fs::read(folder.join("bin/run")).unwrap(), b"start");
        assert_eq!(fs::read_link(folder.join("gone")).unwrap(), Path::new("./missing"));
    }
}

#[test]
fn links_out_of_the_bundle_are_refused() {
    let long = "x".repeat(5000);
    for target in ["/etc/passwd", "..", "../x", "a/../../x", "a/..", "", "a\0b", long.as_str()] {
        let bundle = linked(&[("link", target)], &[("index.html", "")]);
        let expected = "entry `link` of the bundle is a link out of the bundle";
        assert_eq!(refusal(&bundle), expected, "{target}");
    }
    let deeper = linked(&[("a/b/link", "../../../x")], &[("index.html", "")]);
    assert!(refusal(&deeper).ends_with("is a link out of the bundle"));
    assert!(unpack(&linked(&[("a/b/link", "../../index.html")], &[("index.html", "")])).is_ok());
}

#[test]
fn nothing_is_written_through_a_link() {
    let through = linked(&[("link", "folder")], &[("folder/a", ""), ("link/b", "")]);
    assert_eq!(refusal(&through), "entry `link` of the bundle is both a folder and something else");
}

#[test]
fn devices_are_refused() {
    // The upper half of the external attributes, at offset 40 of the central header, is the Unix mode.
    let mut pipe = zip(&[("pipe", "")]);
    let central = pipe.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
    pipe[central + 40..central + 42].copy_from_slice(&0o010_644_u16.to_le_bytes());
    assert_eq!(refusal(&pipe), "entry `pipe` of the bundle is neither file nor folder");
}

#[test]
fn the_last_of_entries_with_one_name_wins() {
    let content = |bundle: &[u8]| {
        let source = unpack(bundle).unwrap();
        fs::read_to_string(source.folder().unwrap().join("a.html")).unwrap()
    };
    let exact = renamed(zip(&[("a.html", "1"), ("b.html", "2")]), b"b.html", b"a.html");
    assert_eq!(content(&exact), "2");
    assert_eq!(content(&zip(&[("a.html", "1"), ("./a.html", "2")])), "2");
    assert_eq!(content(&linked(&[("./a.html", "missing")], &[("a.html", "2")])), "2");
}

#[test]
fn an_entry_cannot_be_a_file_and_a_folder() {
    for names in [["a", "a/b"], ["a/b", "./a"]] {
        let entries: Vec<_> = names.iter().map(|name| (*name, "")).collect();
        let expected =
            format!("entry `{}` of the bundle is both a folder and something else", names[1]);
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

    // The unpacked size is at offset 24 of the central header; it gets a false value.
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
    fn no_damaged_bundle_writes_outside_its_folder(damages in prop::collection::vec((0..600_usize, any::<u8>()), 1..4)) {
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
