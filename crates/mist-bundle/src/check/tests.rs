//! Bundles that Beanstalk would refuse, or that would not run.

use std::io::{Cursor, Write};

use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::*;

/// A zip of `files`, by their paths and contents.
fn zip(files: &[(&str, &str)]) -> Vec<u8> {
    packed(files, SimpleFileOptions::default())
}

fn packed(files: &[(&str, &str)], options: SimpleFileOptions) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        if name.ends_with('/') {
            zip.add_directory(*name, options).unwrap();
        } else {
            zip.start_file(*name, options).unwrap();
            zip.write_all(content.as_bytes()).unwrap();
        }
    }
    zip.finish().unwrap().into_inner()
}

/// What is wrong with `bundle`, and the number of bytes that were read of it.
fn checked(bundle: &[u8]) -> (Option<String>, u64) {
    let mut check = Check::new(bundle.len() as u64);
    let mut read = 0;
    for _ in 0..1000 {
        match check.next() {
            Next::Sound => return (None, read),
            Next::Unsound(problem) => return (Some(problem), read),
            Next::Read(range) => {
                read += range.end - range.start;
                let place =
                    usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap();
                check.add(range.start, bundle[place].to_vec());
            }
        }
    }
    panic!("the check does not end");
}

fn problem(bundle: &[u8]) -> String {
    checked(bundle).0.expect("it is sound")
}

#[test]
fn a_sound_bundle_is_read_in_part() {
    let noise: String = std::iter::repeat_with(fastrand::alphanumeric).take(1_000_000).collect();
    let files = [
        ("Procfile", "web: ./run\n"),
        (
            ".ebextensions/01-app.config",
            "option_settings:\n  - namespace: a\n    value: \"`{}`\"\n",
        ),
        (".ebextensions/02-app.config", "{\n\t\"files\": {}\n}\n"),
        (".ebextensions/notes.txt", "a: b: c"),
        ("src/.ebextensions/x.config", "a: b: c"),
        ("env.yaml", "# nothing\n"),
        ("static/noise.txt", &noise),
    ];
    let bundle = zip(&files);
    let (problem, read) = checked(&bundle);
    assert_eq!(problem, None);
    assert!(read < 200_000, "{read} of {} bytes", bundle.len());
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    assert_eq!(checked(&packed(&files, stored)).0, None);
}

#[test]
fn no_zip_and_an_empty_or_truncated_one_are_refused() {
    assert_eq!(problem(b""), "is empty");
    assert_eq!(problem(b"hello, world"), "is not a zip");
    assert_eq!(problem(&zip(&[])), "is an archive without a file");
    assert_eq!(problem(&zip(&[("src/", "")])), "is an archive without a file");
    let whole = zip(&[("Procfile", "web: ./run\n"), ("a.txt", "a")]);
    let cut = &whole[..whole.len() - 1];
    assert_eq!(problem(cut), "is truncated: the end of the zip is missing");
    let mut longer = whole.clone();
    longer.push(b'x');
    assert_eq!(problem(&longer), "is truncated: the end of the zip is missing");
}

#[test]
fn a_comment_and_bytes_before_the_zip_do_not_matter() {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.set_comment("PK\x05\x06 is not the end").unwrap();
    zip.start_file(".ebextensions/a.config", SimpleFileOptions::default()).unwrap();
    zip.write_all(b"a: 1\n").unwrap();
    assert_eq!(checked(&zip.finish().unwrap().into_inner()).0, None);
}

#[test]
fn a_damaged_directory_is_refused_wherever_it_is_damaged() {
    let files = [("Procfile", "web: ./run\n"), (".ebextensions/a.config", "a: 1\n")];
    let whole = zip(&files);
    for at in 4..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 0xFF;
        // Whatever it finds, it ends.
        let _ = checked(&damaged);
    }
    let at = whole.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
    let mut damaged = whole.clone();
    damaged[at] = 0;
    assert_eq!(problem(&damaged), "is damaged: its directory cannot be read");
}

#[test]
fn a_folder_around_everything_is_refused() {
    let folder = [("shop-1.2/", ""), ("shop-1.2/Procfile", "web: ./run\n"), ("shop-1.2/a.txt", "")];
    let expected = "has a folder around everything, `shop-1.2/`, and Beanstalk looks at the top. Pack the files in it";
    assert_eq!(problem(&zip(&folder)), expected);
    let finder = [folder[1], ("__MACOSX/shop-1.2/._Procfile", "")];
    assert_eq!(problem(&zip(&finder)), expected);
    for sound in [
        &[("public/index.html", ""), ("public/a.css", "")][..],
        &[("shop/Procfile", ""), ("Procfile", "")],
        &[("shop/Procfile", ""), ("docs/a.md", "")],
        &[(".ebextensions/a.config", "a: 1\n")],
        &[("WEB-INF/web.xml", "")],
    ] {
        assert_eq!(checked(&zip(sound)).0, None, "{sound:?}");
    }
}

#[test]
fn names_that_instances_cannot_unpack_are_refused() {
    let bundle = zip(&[("src/app.js", "")]);
    let renamed = |name: &[u8; 10]| {
        let mut bundle = bundle.clone();
        while let Some(at) = bundle.windows(10).position(|found| found == b"src/app.js") {
            bundle[at..at + 10].copy_from_slice(name);
        }
        problem(&bundle)
    };
    assert!(
        renamed(b"src\\app.js")
            .starts_with("has backslashes in the names of its files, such as `src\\app.js`")
    );
    assert_eq!(renamed(b"../app2.js"), "has a file outside of it: `../app2.js`");
    assert_eq!(renamed(b"/rc/app.js"), "has a file outside of it: `/rc/app.js`");
}

#[test]
fn encrypted_files_and_rare_compressions_are_refused() {
    let bundle = zip(&[("Procfile", "web: ./run\n")]);
    let entry = bundle.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
    let (flags, method) = (entry + 8, entry + 10);
    let mut encrypted = bundle.clone();
    encrypted[flags] |= 1;
    let expected = "has an encrypted file: `Procfile`. Pack it without a password";
    assert_eq!(problem(&encrypted), expected);
    let mut bzip2 = bundle;
    bzip2[method] = 12;
    let expected =
        "has a file with an unsupported compression (method 12): `Procfile`. Pack it with deflate";
    assert_eq!(problem(&bzip2), expected);
}

#[test]
fn a_broken_configuration_file_is_refused_with_its_line() {
    let config = |content: &str| {
        problem(&zip(&[("Procfile", "web: ./run\n"), (".ebextensions/01.config", content)]))
    };
    let broken = config("files:\n  a: [1, 2\nb: 3\n");
    assert!(
        broken.starts_with(
            "has a configuration file that is not YAML: `.ebextensions/01.config`, line "
        ),
        "{broken}"
    );
    let tab = config("files:\n\ta: 1\n");
    assert!(tab.contains("line 2"), "{tab}");
    assert!(config("a: b: c\n").contains("line 1"), "{}", config("a: b: c\n"));
    let env = problem(&zip(&[("Procfile", ""), ("env.yaml", "a: [\n")]));
    assert!(env.contains("`env.yaml`"), "{env}");
}

#[test]
fn a_file_is_checked_like_any_other_bundle() {
    let folder = std::env::temp_dir().join(format!("mist-check-{}", fastrand::u64(..)));
    std::fs::create_dir(&folder).unwrap();
    let check = |bundle: &[u8]| {
        let path = folder.join("v2.zip");
        std::fs::write(&path, bundle).unwrap();
        check_file(&path).unwrap()
    };
    assert_eq!(check(&zip(&[("Procfile", "web: ./run\n")])), None);
    assert_eq!(check(b"").as_deref(), Some("is empty"));
    std::fs::remove_dir_all(&folder).unwrap();
}
