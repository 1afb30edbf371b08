//! Sites: source bundles, read into memory with bounds on everything.

use std::collections::HashMap;
use std::io::{self, Cursor, Read};

use axum::body::Bytes;
use zip::ZipArchive;
use zip::result::ZipError;

/// How many entries a bundle may have.
const ENTRIES: usize = 20_000;
/// How many bytes a bundle may unpack to.
const UNPACKED: u64 = 256 * 1024 * 1024;

const SAMPLE_PAGE: &str = "<!DOCTYPE html>\n<html><head><title>Elastic Beanstalk</title></head>\
    <body><h1>Congratulations</h1><p>This is the sample application.</p></body></html>\n";

/// The files of a source bundle.
#[derive(Debug, Default)]
pub(crate) struct Site {
    files: HashMap<String, Bytes>,
}

/// Why a bundle cannot be deployed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SiteError {
    #[error("the bundle is no readable ZIP file")]
    NotAZip(#[from] ZipError),
    #[error("entry `{entry}` of the bundle cannot be read")]
    Unreadable { entry: String, source: io::Error },
    #[error("the bundle has {count} entries, more than {ENTRIES}")]
    TooManyEntries { count: usize },
    #[error("the bundle unpacks to more than {UNPACKED} bytes")]
    TooLarge,
    #[error("entry `{entry}` of the bundle leads outside")]
    Outside { entry: String },
    #[error("entry `{entry}` of the bundle is a link")]
    Link { entry: String },
}

impl Site {
    /// What an environment serves before anything was deployed.
    pub(crate) fn sample() -> Self {
        Self {
            files: HashMap::from([(
                "index.html".to_owned(),
                Bytes::from_static(SAMPLE_PAGE.as_bytes()),
            )]),
        }
    }

    /// Reads a ZIP file; links, paths that lead outside, and bombs are refused.
    pub(crate) fn read(bundle: &[u8]) -> Result<Self, SiteError> {
        Self::read_bounded(bundle, UNPACKED)
    }

    fn read_bounded(bundle: &[u8], bound: u64) -> Result<Self, SiteError> {
        let mut archive = ZipArchive::new(Cursor::new(bundle))?;
        if archive.len() > ENTRIES {
            return Err(SiteError::TooManyEntries { count: archive.len() });
        }
        let mut files = HashMap::new();
        let mut left = bound;
        for index in 0..archive.len() {
            let mut file = archive.by_index(index)?;
            let entry = file.name()?.into_owned();
            if file.is_symlink() {
                return Err(SiteError::Link { entry });
            }
            let path = file.enclosed_name().and_then(|path| Some(path.to_str()?.to_owned()));
            let Some(path) = path else { return Err(SiteError::Outside { entry }) };
            if file.is_dir() {
                continue;
            }
            // The size in the directory of the archive may lie, so the bytes themselves are counted.
            let mut content = Vec::new();
            file.by_ref()
                .take(left + 1)
                .read_to_end(&mut content)
                .map_err(|source| SiteError::Unreadable { entry, source })?;
            left = left.checked_sub(content.len() as u64).ok_or(SiteError::TooLarge)?;
            files.insert(path, Bytes::from(content));
        }
        Ok(Self { files })
    }

    /// The file for a decoded path without leading slash; a folder answers with its `index.html`.
    pub(crate) fn file(&self, path: &str) -> Option<(String, Bytes)> {
        let path = path.trim_end_matches('/');
        let index =
            if path.is_empty() { "index.html".to_owned() } else { format!("{path}/index.html") };
        let (path, content) =
            self.files.get_key_value(path).or_else(|| self.files.get_key_value(&index))?;
        Some((path.clone(), content.clone()))
    }

    /// Is there a JAR file at the top, so that Beanstalk makes up a `Procfile` for it?
    pub(crate) fn has_jar(&self) -> bool {
        let is_jar = |path: &String| matches!(path.rsplit_once('.'), Some((name, "jar")) if !name.contains('/'));
        self.files.keys().any(is_jar) && !self.files.contains_key("Procfile")
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use proptest::prelude::*;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn bundle(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (path, content) in entries {
            writer.start_file(*path, SimpleFileOptions::default()).unwrap();
            writer.write_all(content).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn folders_answer_with_their_index() {
        let site = Site::read(&bundle(&[
            ("index.html", b"home"),
            ("docs/index.html", b"docs"),
            ("a.txt", b"a"),
        ]))
        .unwrap();
        let content = |path| site.file(path).map(|(_, content)| content);
        assert_eq!(content(""), Some(Bytes::from("home")));
        assert_eq!(content("docs/"), Some(Bytes::from("docs")));
        assert_eq!(content("a.txt"), Some(Bytes::from("a")));
        assert_eq!(content("b.txt"), None);
        assert_eq!(content("../a.txt"), None);
    }

    #[test]
    fn what_is_no_zip_is_refused() {
        assert!(matches!(Site::read(b"no zip"), Err(SiteError::NotAZip(_))));
    }

    #[test]
    fn a_path_outside_is_refused() {
        let result = Site::read(&bundle(&[("../../etc/passwd", b"root")]));
        assert!(matches!(result, Err(SiteError::Outside { .. })), "{result:?}");
    }

    #[test]
    fn a_link_is_refused() {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        writer.add_symlink("link", "/etc/passwd", SimpleFileOptions::default()).unwrap();
        let result = Site::read(&writer.finish().unwrap().into_inner());
        assert!(matches!(result, Err(SiteError::Link { .. })), "{result:?}");
    }

    #[test]
    fn a_bomb_is_refused_before_it_is_unpacked() {
        let bomb = bundle(&[("zeros", &vec![0; 1_000_000])]);
        assert!(bomb.len() < 10_000);
        assert!(matches!(Site::read_bounded(&bomb, 100_000), Err(SiteError::TooLarge)));
        assert!(Site::read_bounded(&bomb, 1_000_000).is_ok());
    }

    #[test]
    fn a_jar_at_the_top_is_found_unless_a_procfile_says_what_to_start() {
        assert!(Site::read(&bundle(&[("app.jar", b"")])).unwrap().has_jar());
        assert!(!Site::read(&bundle(&[("app.jar", b""), ("Procfile", b"")])).unwrap().has_jar());
        assert!(!Site::sample().has_jar());
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = Site::read(&bytes);
        }

        #[test]
        fn no_damage_to_a_bundle_makes_the_reader_panic(at in 0..400_usize, value in any::<u8>()) {
            let mut bytes = bundle(&[("index.html", b"<h1>hello</h1>"), ("a/b.css", b"body {}")]);
            let at = at % bytes.len();
            bytes[at] = value;
            let _ = Site::read(&bytes);
        }
    }
}
