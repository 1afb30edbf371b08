//! `mist man`: a man page for each command.

use std::{fs, path::Path};

use clap::Command;
use clap_mangen::Man;
use serde_json::json;

use crate::{
    command_line,
    failure::Failure,
    output::{self, Format, counted},
};

/// Writes the pages of all commands into `folder`.
pub(super) fn run(folder: &Path, format: Format) -> Result<(), Failure> {
    let cannot = |what: &Path, error: &std::io::Error| {
        Failure::Setup(format!("cannot write {}: {error}", what.display()))
    };
    fs::create_dir_all(folder).map_err(|error| cannot(folder, &error))?;
    let pages = pages().map_err(|error| cannot(folder, &error))?;
    for (name, text) in &pages {
        let path = folder.join(name);
        fs::write(&path, text).map_err(|error| cannot(&path, &error))?;
    }
    match format {
        Format::Json => {
            let names: Vec<_> = pages.iter().map(|(name, _)| name).collect();
            output::json(&json!({ "folder": folder, "pages": names }));
        }
        Format::Table => {
            let number = counted(u64::try_from(pages.len()).unwrap_or_default(), "man page");
            output::result(format!("wrote {number} to {}", folder.display()));
        }
    }
    Ok(())
}

/// The names and the texts of the pages.
fn pages() -> std::io::Result<Vec<(String, Vec<u8>)>> {
    let mut command = command_line::command();
    command.build();
    let mut pages = Vec::new();
    add(&command, &mut pages)?;
    Ok(pages)
}

fn add(command: &Command, pages: &mut Vec<(String, Vec<u8>)>) -> std::io::Result<()> {
    if command.is_hide_set() {
        return Ok(());
    }
    let name = command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned();
    let mut text = Vec::new();
    Man::new(command.clone()).title(name.to_uppercase()).render(&mut text)?;
    pages.push((format!("{name}.1"), text));
    command.get_subcommands().try_for_each(|sub| add(sub, pages))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_page() {
        let folder = tempfile::tempdir().unwrap();
        run(&folder.path().join("man1"), Format::Table).unwrap();
        for name in ["mist.1", "mist-deploy.1", "mist-lock-status.1"] {
            let text = fs::read_to_string(folder.path().join("man1").join(name)).unwrap();
            assert!(text.contains(".TH"), "{name}: {text}");
        }
        let deploy = fs::read_to_string(folder.path().join("man1/mist-deploy.1")).unwrap();
        assert!(deploy.contains("mist deploy \\-s QA \\-f app.zip"), "{deploy}");
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let failure = run(&file.path().join("man1"), Format::Table).unwrap_err();
        assert!(failure.message().contains("man1"), "{failure:?}");
    }
}
