//! `mist config import`: from the configuration of the first mist to `mist.yaml`.

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    path::{Path, PathBuf},
};

use clap::Args;
use serde_json::json;

use super::convert::{Converted, Given, Note, convert};
use crate::{
    failure::Failure,
    output::{self, Format, note},
};

/// `mist config import`.
#[derive(Args, Debug)]
pub(crate) struct Import {
    /// The configuration of the first mist, such as config.yml.
    #[arg(value_name = "OLD")]
    from: PathBuf,
    /// The file to write; - prints it.
    #[arg(short, long, env = "MIST_CONFIG", default_value = "mist.yaml")]
    file: PathBuf,
    /// Overwrite the file if it exists.
    #[arg(long)]
    force: bool,
    /// The S3 bucket for bundles, an output of the installation.
    #[arg(long)]
    bucket: Option<String>,
    /// The ID of the Route 53 hosted zone of all stacks.
    #[arg(long, value_name = "ID")]
    hosted_zone_id: Option<String>,
}

/// Converts the old file, writes the new one, and lists what a person must add.
pub(crate) fn run(arguments: &Import, format: Format) -> Result<(), Failure> {
    let from = arguments.from.display();
    let text = fs::read_to_string(&arguments.from)
        .map_err(|error| Failure::Setup(format!("cannot read {from}: {error}")))?;
    let given = Given {
        bucket: arguments.bucket.clone(),
        hosted_zone_id: arguments.hosted_zone_id.clone(),
    };
    let source = arguments.from.file_name().unwrap_or_default().to_string_lossy();
    let converted = convert(&text, &source, &given)
        .map_err(|problem| Failure::Setup(format!("{from}: {problem}")))?;
    let to = &arguments.file;
    if to == Path::new("-") {
        match format {
            Format::Json => {
                output::json(&json!({ "import": converted, "yaml": converted.yaml }));
            }
            Format::Table => {
                output::result(converted.yaml.trim_end());
                list(&converted);
            }
        }
        return Ok(());
    }
    write(to, &converted.yaml, arguments.force)?;
    match format {
        Format::Json => output::json(&json!({ "file": to, "import": converted })),
        Format::Table => {
            output::result(format!("wrote {}: {}", to.display(), converted.stacks.join(", ")));
            list(&converted);
        }
    }
    Ok(())
}

fn write(path: &Path, text: &str, force: bool) -> Result<(), Failure> {
    let file = path.display();
    let mut options = OpenOptions::new();
    options.write(true);
    if force {
        options.create(true).truncate(true)
    } else {
        options.create_new(true)
    };
    let written = options.open(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            Failure::Setup(format!("{file} exists already; --force overwrites it"))
        }
        _ => Failure::Setup(format!("cannot write {file}: {error}")),
    })
}

fn list(converted: &Converted) {
    let list = |title: &str, notes: &[Note]| {
        if !notes.is_empty() {
            note(title);
        }
        for Note { name, why } in notes {
            note(format!("  {name}: {why}"));
        }
    };
    list("Left out:", &converted.left_out);
    list("Different from the first mist:", &converted.different);
    list("Secrets to create in Secrets Manager, without their old values:", &converted.secrets);
    list("Fill in:", &converted.fill_in);
    note("Next: mist config validate");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_exists_is_overwritten_only_if_forced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mist.yaml");
        write(&path, "one", false).unwrap();
        let Failure::Setup(problem) = write(&path, "two", false).unwrap_err() else {
            panic!("another kind of failure");
        };
        assert!(problem.ends_with("exists already; --force overwrites it"), "{problem}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "one");
        write(&path, "2", true).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "2");
    }
}
