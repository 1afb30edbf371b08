//! The files of a bundle, as Beanstalk and its instances read them.

use std::io::Read;

use flate2::{Crc, read::DeflateDecoder};
use granit_parser::Parser;

use super::{
    directory::{Entry, u16_at},
    known::{Known, Stop, unsound},
};

/// The two methods of compression that every tool knows: none, and deflate.
const METHODS: [u16; 2] = [0, 8];

/// The files and folders that Beanstalk and its platforms look for at the top of a bundle.
const AT_THE_TOP: &[&str] = &[
    ".ebextensions",
    ".platform",
    "Buildfile",
    "Dockerfile",
    "Dockerrun.aws.json",
    "Gemfile",
    "Pipfile",
    "Procfile",
    "WEB-INF",
    "application.go",
    "application.py",
    "aws-windows-deployment-manifest.json",
    "composer.json",
    "config.ru",
    "docker-compose.yml",
    "env.yaml",
    "go.mod",
    "index.php",
    "package.json",
    "requirements.txt",
];

/// What Finder of macOS adds to a zip.
const OF_MACOS: &str = "__MACOSX/";

/// The most configuration files that are read, and the largest of them in bytes. Others are not checked.
const MOST_CONFIGS: usize = 100;
const LARGEST_CONFIG: u32 = 1024 * 1024;

/// Refuses what cannot be unpacked, or what Beanstalk would not find or not understand.
pub(super) fn check(check: &Known, entries: &[Entry]) -> Result<(), Stop> {
    let files: Vec<_> = entries.iter().filter(|entry| !entry.name.ends_with('/')).collect();
    if files.is_empty() {
        return unsound("is an archive without a file");
    }
    for Entry { name, encrypted, method, .. } in &files {
        if name.contains('\\') {
            return unsound(format!(
                "has backslashes in the names of its files, such as `{name}`: on Linux, these are no folders. Pack it \
                 with a tool that writes `/`"
            ));
        }
        if name.starts_with('/') || name.split('/').any(|part| part == "..") {
            return unsound(format!("has a file outside of it: `{name}`"));
        }
        if *encrypted {
            return unsound(format!("has an encrypted file: `{name}`. Pack it without a password"));
        }
        if !METHODS.contains(method) {
            return unsound(format!(
                "has a file with an unsupported compression (method {method}): `{name}`. Pack it with deflate"
            ));
        }
    }
    if let Some(folder) = folder_around(&files) {
        return unsound(format!(
            "has a folder around everything, `{folder}/`, and Beanstalk looks at the top. Pack the files in it"
        ));
    }
    let mut configs = files.iter().filter(|entry| is_config(entry)).take(MOST_CONFIGS);
    configs.try_for_each(|entry| config(check, entry))
}

/// The folder that has all of `files`, if it has what belongs to the top.
fn folder_around<'a>(files: &[&'a Entry]) -> Option<&'a str> {
    let mut names = files.iter().map(|entry| entry.name.as_str());
    let mut ours = names.by_ref().filter(|name| !name.starts_with(OF_MACOS)).peekable();
    let (folder, _) = ours.peek()?.split_once('/')?;
    let mut at_the_top = false;
    for name in ours {
        let inside = name.strip_prefix(folder)?.strip_prefix('/')?;
        let first = inside.split('/').next().unwrap_or_default();
        at_the_top |= AT_THE_TOP.contains(&first);
    }
    (at_the_top && !AT_THE_TOP.contains(&folder)).then_some(folder)
}

fn is_config(Entry { name, size, .. }: &Entry) -> bool {
    let config = name.strip_prefix(".ebextensions/").is_some_and(|name| {
        !name.contains('/') && name.strip_suffix(".config").is_some_and(|name| !name.is_empty())
    });
    (config || name == "env.yaml") && *size <= LARGEST_CONFIG
}

/// Refuses a configuration file that is neither YAML nor JSON.
fn config(check: &Known, entry: &Entry) -> Result<(), Stop> {
    let name = &entry.name;
    let Ok(text) = String::from_utf8(content(check, entry)?) else {
        return unsound(format!("has a configuration file that is not UTF-8 text: `{name}`"));
    };
    let text = text.trim_start_matches('\u{feff}');
    if serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() {
        return Ok(());
    }
    match Parser::new_from_str(text).find_map(Result::err) {
        None => Ok(()),
        Some(error) => unsound(format!(
            "has a configuration file that is not YAML: `{name}`, line {}: {}",
            error.marker().line(),
            error.info()
        )),
    }
}

/// The content of a file.
fn content(check: &Known, entry: &Entry) -> Result<Vec<u8>, Stop> {
    let Entry { name, method, crc, packed, size, header, .. } = entry;
    let damaged = || Stop::Unsound(format!("is damaged: `{name}` cannot be unpacked"));
    // The name is repeated, and the extra field is usually short. More is read if it is not.
    let guess = header + 30 + name.len() as u64 + 256 + u64::from(*packed);
    let local = check.bytes(*header..guess.min(check.size))?;
    let lengths = (u16_at(local, 26), u16_at(local, 28));
    let (true, (Some(name_length), Some(extra))) = (local.starts_with(b"PK\x03\x04"), lengths)
    else {
        return Err(damaged());
    };
    let start = header + 30 + u64::from(name_length) + u64::from(extra);
    let packed = check.bytes(start..start + u64::from(*packed))?;
    let mut content = Vec::new();
    let limit = u64::from(*size) + 1;
    let unpacked = match method {
        0 => packed.take(limit).read_to_end(&mut content),
        _ => DeflateDecoder::new(packed).take(limit).read_to_end(&mut content),
    };
    let mut sum = Crc::new();
    sum.update(&content);
    if unpacked.is_err() || content.len() as u64 >= limit || sum.sum() != *crc {
        return Err(damaged());
    }
    Ok(content)
}
