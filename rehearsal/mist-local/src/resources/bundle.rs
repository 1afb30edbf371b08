//! Source bundles for Elastic Beanstalk.

use std::io::{Cursor, Write as _};

use zip::ZipWriter;
use zip::result::ZipResult;
use zip::write::SimpleFileOptions;

/// The bucket of the bundles with which stacks begin.
pub const BUNDLES: &str = "mist-local-bundles";

/// A zip of files given as name and content, such as `bundle(&[("index.html", "v2")])`.
///
/// The vector is empty if one zip cannot hold the names, as with two equal names.
pub fn bundle(files: &[(&str, &str)]) -> Vec<u8> {
    zip(files).unwrap_or_default()
}

fn zip(files: &[(&str, &str)]) -> ZipResult<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        zip.start_file(*name, SimpleFileOptions::default())?;
        zip.write_all(content.as_bytes())?;
    }
    Ok(zip.finish()?.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_holds_the_files() {
        let bytes = bundle(&[("index.html", "v2"), (".ebextensions/a.config", "x: 1")]);
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut names: Vec<String> =
            archive.file_names().map(|name| name.unwrap().into_owned()).collect();
        names.sort();
        assert_eq!(names, [".ebextensions/a.config", "index.html"]);
        let page = std::io::read_to_string(archive.by_name("index.html").unwrap()).unwrap();
        assert_eq!(page, "v2");
    }
}
