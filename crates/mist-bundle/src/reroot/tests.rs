//! Bundles from archives.

use std::io::Cursor;

use flate2::{Compression, write::GzEncoder};
use tar::{Builder, Header};
use zip::ZipArchive;

use super::*;

/// The time of the commit: 2026-01-02T03:04:04Z. Times in a zip are even seconds.
const TIME: u64 = 1_767_323_044;

pub(crate) struct Tar(Builder<GzEncoder<Vec<u8>>>);

impl Tar {
    pub(crate) fn new() -> Self {
        let mut tar = Self(Builder::new(GzEncoder::new(Vec::new(), Compression::fast())));
        // `git archive` starts with a global header that names the commit.
        tar.put(
            "pax_global_header",
            EntryType::XGlobalHeader,
            0o666,
            b"52 comment=0123456789abcdef0123456789abcdef01234567\n",
        );
        tar.put("demo-shop-0123456/", EntryType::Directory, 0o775, b"");
        tar
    }

    pub(crate) fn put(&mut self, path: &str, kind: EntryType, mode: u32, content: &[u8]) {
        let mut header = Header::new_ustar();
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_mtime(TIME);
        header.set_size(content.len() as u64);
        // Written as raw bytes, since the library refuses paths outside of the archive.
        let name = &mut header.as_old_mut().name;
        name[..path.len()].copy_from_slice(path.as_bytes());
        if kind == EntryType::Symlink || kind == EntryType::Link {
            header.set_link_name("/etc/passwd").unwrap();
        }
        header.set_cksum();
        self.0.append(&header, content).unwrap();
    }

    pub(crate) fn file(mut self, path: &str, content: &str) -> Self {
        self.put(
            &format!("demo-shop-0123456/{path}"),
            EntryType::Regular,
            0o664,
            content.as_bytes(),
        );
        self
    }

    pub(crate) fn with(mut self, path: &str, kind: EntryType) -> Self {
        self.put(path, kind, 0o775, b"");
        self
    }

    pub(crate) fn done(self) -> Vec<u8> {
        self.0.into_inner().unwrap().finish().unwrap()
    }
}

fn bundle(archive: &[u8], ignored: &str) -> Result<Vec<u8>, Unfit> {
    let ignored = Ignored::parse(ignored).unwrap();
    let mut bundle = Vec::new();
    reroot(archive, &ignored, Limits::default(), &mut bundle)?;
    Ok(bundle)
}

fn names(bundle: Vec<u8>) -> Vec<String> {
    let mut zip = ZipArchive::new(Cursor::new(bundle)).unwrap();
    (0..zip.len()).map(|index| zip.by_index(index).unwrap().name().unwrap().into_owned()).collect()
}

/// The reason why `archive` is unfit.
fn refused(archive: Tar) -> String {
    match bundle(&archive.done(), "ignored\n") {
        Err(Unfit::Content(problem)) => problem,
        other => panic!("{other:?}"),
    }
}

#[test]
fn leaves_out_the_top_folder_and_keeps_the_order() {
    let long = format!("{}/page.html", "folder/".repeat(9));
    let tar = Tar::new().file("Procfile", "web: ./run").file("public/z.html", "z").file(&long, "");
    let found = names(bundle(&tar.file("a.txt", "a").done(), "").unwrap());
    assert_eq!(found, ["Procfile", "public/z.html", &long.replace("//", "/"), "a.txt"]);
}

#[test]
fn keeps_contents_times_and_executable_bits() {
    let mut tar = Tar::new().file("index.html", "<h1>Hello</h1>");
    tar.put("demo-shop-0123456/run", EntryType::Regular, 0o775, b"#!/bin/sh\n");
    let mut zip = ZipArchive::new(Cursor::new(bundle(&tar.done(), "").unwrap())).unwrap();
    let mut page = zip.by_name("index.html").unwrap();
    let mut text = String::new();
    page.read_to_string(&mut text).unwrap();
    assert_eq!((text.as_str(), page.unix_mode()), ("<h1>Hello</h1>", Some(0o100_644)));
    assert_eq!(page.last_modified().unwrap().to_string(), "2026-01-02 03:04:04");
    drop(page);
    assert_eq!(zip.by_name("run").unwrap().unix_mode(), Some(0o100_755));
}

#[test]
fn the_same_archive_makes_the_same_bytes() {
    let archive = || Tar::new().file("a.txt", "a").file("b.txt", &"b".repeat(100_000)).done();
    assert_eq!(bundle(&archive(), "").unwrap(), bundle(&archive(), "").unwrap());
}

#[test]
fn leaves_out_ignored_files_and_the_list_of_rules() {
    let tar = Tar::new().file(".ebignore", "docs/\n").file("docs/a.md", "").file("index.html", "");
    assert_eq!(names(bundle(&tar.done(), "docs/\n").unwrap()), ["index.html"]);
}

#[test]
fn refuses_anything_but_files_unless_it_is_ignored() {
    let inside = |name: &str| format!("demo-shop-0123456/{name}");
    for (kind, expected) in [
        (EntryType::Symlink, "`link` is a symbolic link"),
        (EntryType::Link, "`link` is a hard link"),
        (EntryType::Char, "`link` is a device"),
        (EntryType::Fifo, "`link` is a pipe"),
    ] {
        let problem = refused(Tar::new().file("a", "").with(&inside("link"), kind));
        assert!(problem.starts_with(expected), "{problem}");
        let tar = Tar::new().file("a", "").with(&inside("ignored"), kind);
        assert_eq!(names(bundle(&tar.done(), "ignored\n").unwrap()), ["a"]);
    }
}

#[test]
fn refuses_paths_outside_of_the_archive() {
    for path in ["demo-shop-0123456/../x", "/etc/x", "../x", "demo-shop-0123456/a/../../x"] {
        let problem = refused(Tar::new().with(path, EntryType::Regular));
        assert!(problem.contains("is outside of the archive"), "{path}: {problem}");
    }
    let problem = refused(Tar::new().with("other/x", EntryType::Regular));
    assert!(problem.contains("is not in the top folder"), "{problem}");
    let problem = refused(Tar::new().with("demo-shop-0123456", EntryType::Regular));
    assert!(problem.contains("is not in a folder"), "{problem}");
}

#[test]
fn refuses_an_archive_without_files() {
    assert!(refused(Tar::new()).starts_with("it has no files"));
    assert!(refused(Tar::new().file("ignored", "x")).starts_with("it has no files"));
}

#[test]
fn refuses_more_files_or_bytes_than_the_limits() {
    let archive = Tar::new().file("a", "").file("b", &"b".repeat(100_000)).done();
    let few = Limits { files: 1, ..Limits::default() };
    let problem = reroot(archive.as_slice(), &Ignored::nothing(), few, Vec::new()).unwrap_err();
    assert!(problem.to_string().starts_with("it has more than 1 files"), "{problem}");
    let small = Limits { unpacked: 50_000, ..Limits::default() };
    let problem = reroot(archive.as_slice(), &Ignored::nothing(), small, Vec::new()).unwrap_err();
    assert!(
        matches!(&problem, Unfit::Broken(error) if error.kind() == io::ErrorKind::FileTooLarge)
    );
}

#[test]
fn an_incomplete_archive_is_an_error_wherever_it_ends() {
    let noise: String = std::iter::repeat_with(fastrand::alphanumeric).take(20_000).collect();
    let archive = Tar::new().file("a", &noise).file("b", "b").done();
    for length in (0..archive.len()).step_by(97).chain([archive.len() - 1]) {
        match bundle(&archive[..length], "") {
            Err(Unfit::Broken(error)) => {
                assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof, "{length}");
            }
            other => panic!("{length}: {other:?}"),
        }
    }
}

#[test]
fn refuses_a_file_that_is_not_an_archive() {
    for bytes in [&b"<html>Sorry</html>"[..], b"PK\x03\x04 a zip", &[0x1f, 0x8b, 8, 0, 0]] {
        assert!(matches!(bundle(bytes, ""), Err(Unfit::Broken(_))));
    }
}
