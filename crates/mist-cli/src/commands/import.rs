//! `mist config import`: from the file of the first mist to `mist.yaml`.

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    path::Path,
};

use serde_json::json;

use crate::{
    arguments::{Format, Import as Arguments},
    failure::Failure,
    first_mist::{self, Given, Import, Note},
    output::{self, note},
};

/// Writes what `arguments.from` says into the new file, and tells what a person must do about the rest.
pub(crate) fn run(arguments: &Arguments, format: Format) -> Result<(), Failure> {
    let from = arguments.from.display();
    let text = fs::read_to_string(&arguments.from)
        .map_err(|error| Failure::Setup(format!("{from} cannot be read: {error}")))?;
    let given = Given {
        bucket: arguments.bucket.clone(),
        hosted_zone_id: arguments.hosted_zone_id.clone(),
    };
    let source = arguments.from.file_name().unwrap_or_default().to_string_lossy();
    let import = first_mist::import(&text, &source, &given)
        .map_err(|problem| Failure::Setup(format!("{from}: {problem}")))?;
    let to = &arguments.file;
    if to == Path::new("-") {
        output::result(import.yaml.trim_end());
        tell(&import);
        return Ok(());
    }
    write(to, &import.yaml, arguments.force)?;
    match format {
        Format::Json => output::json(&json!({ "file": to, "import": import })),
        Format::Table => {
            output::result(format!("{} was written: {}", to.display(), import.stacks.join(", ")));
            tell(&import);
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
            Failure::Setup(format!("{file} is there already; --force writes it anew"))
        }
        _ => Failure::Setup(format!("{file} cannot be written: {error}")),
    })
}

fn tell(import: &Import) {
    let list = |title: &str, notes: &[Note]| {
        if !notes.is_empty() {
            note(title);
        }
        for Note { name, why } in notes {
            note(format!("  {name}: {why}"));
        }
    };
    list("Left out:", &import.left_out);
    list("Different from now on:", &import.different);
    list(
        "Secrets to make in Secrets Manager; their values were not carried over:",
        &import.secrets,
    );
    list("Fill in:", &import.fill_in);
    note("Then: mist config validate");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_there_is_kept_unless_forced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mist.yaml");
        write(&path, "one", false).unwrap();
        let Failure::Setup(problem) = write(&path, "two", false).unwrap_err() else {
            panic!("another kind of failure");
        };
        assert!(problem.ends_with("is there already; --force writes it anew"), "{problem}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "one");
        write(&path, "2", true).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "2");
    }
}
