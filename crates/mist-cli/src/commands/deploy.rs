//! `mist deploy`: releases an existing version, a ref, or a bundle on this machine.

mod bundle;

use std::{io::ErrorKind, path::Path};

use mist_aws::Aws;
use mist_core::{
    names::VersionLabel,
    stack::{artifact, lock::LockSettings},
};
use serde_json::{Value, json};

use self::bundle::Label;
use super::operation;
use crate::{
    arguments::{Deploy, Operation},
    failure::Failure,
    output::{Format, note},
    stacks,
};

#[cfg(feature = "rehearsal")]
pub(crate) use bundle::started_by;

/// Releases a version.
pub(crate) async fn run(aws: &Aws, arguments: Deploy, format: Format) -> Result<(), Failure> {
    let Operation { execution, environment } = &arguments.operation;
    if let Some(file) = &arguments.file {
        let version = arguments.version.map_or_else(|| label_of(file), Ok)?;
        let stack = stacks::load(aws, &execution.stack).await?;
        let checksum = bundle::checksum(file)?;
        let ports = (&aws.beanstalk(), &aws.artifacts());
        if bundle::look(ports, &stack, &version, checksum).await? == Label::Same {
            note(format!("{} is version `{version}`; not uploading it again", file.display()));
            let input = without_upload(&version, &stack.settings.lock);
            return operation::start(aws, input, None, execution, format).await;
        }
        let file = (file.as_path(), ending_of(file), checksum);
        let started = bundle::upload(aws, &stack, &version, file).await?;
        return operation::finish(aws, &started, Some(version.as_str()), execution, format).await;
    }
    operation::start(aws, input(&arguments), environment.as_ref(), execution, format).await
}

fn input(arguments: &Deploy) -> Value {
    let mut input = json!({ "operation": "deploy" });
    if let Some(version) = &arguments.version {
        input["version"] = json!(version);
    }
    if let Some(name) = &arguments.git_ref {
        input["ref"] = json!(name);
    }
    if arguments.in_place {
        input["inPlace"] = json!(true);
    }
    operation::with_options(&arguments.release, input)
}

/// The input for a bundle that need not be uploaded. It reacts to another release as the upload would have.
fn without_upload(version: &VersionLabel, lock: &LockSettings) -> Value {
    let policy = lock.of(None, true).on_conflict();
    json!({ "operation": "deploy", "version": version, "onConflict": policy })
}

/// Checks the file of `-f` and its label, before any call.
pub(crate) fn check(arguments: &Deploy) -> Result<(), Failure> {
    let Some(file) = &arguments.file else { return Ok(()) };
    let name = file.display();
    let of_bundle = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    artifact::label(of_bundle).map_err(|problem| Failure::Setup(format!("{name} {problem}")))?;
    let is_file = file.metadata().map(|found| found.is_file());
    match is_file {
        Ok(true) => {}
        Ok(false) => return Err(Failure::Setup(format!("{name} is not a file"))),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(Failure::Setup(format!("there is no file {name} here")));
        }
        Err(error) => return Err(Failure::Setup(format!("cannot read {name}: {error}"))),
    }
    if arguments.version.is_none() {
        label_of(file)?;
    }
    match mist_bundle::check_file(file) {
        Ok(None) => Ok(()),
        Ok(Some(problem)) => Err(Failure::Setup(format!("{name} {problem}"))),
        Err(error) => Err(Failure::Setup(format!("cannot read {name}: {error}"))),
    }
}

fn ending_of(file: &Path) -> &str {
    file.extension().and_then(|ending| ending.to_str()).unwrap_or_default()
}

fn label_of(file: &Path) -> Result<VersionLabel, Failure> {
    let stem = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    stem.parse()
        .map_err(|problem| Failure::Setup(format!("{problem}; set a version label with -v")))
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use mist_core::stack::lock::OnConflict;

    use super::*;
    use crate::arguments::{Arguments, Command, Operate};

    /// A zip with an empty `Procfile`.
    const ZIP: &[u8] = b"PK\x03\x04\
        PK\x01\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x08\0\
        \0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0Procfile\
        PK\x05\x06\0\0\0\0\x01\0\x01\0\x36\0\0\0\x04\0\0\0\0\0";

    fn parse(words: &[&str]) -> Result<Deploy, clap::Error> {
        let words = ["mist", "deploy", "-s", "QA"].iter().chain(words);
        match Arguments::try_parse_from(words)?.command {
            Command::Operate(Operate::Deploy(deploy)) => Ok(deploy),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn passes_no_option_that_was_not_given() {
        assert_eq!(input(&parse(&[]).unwrap()), json!({ "operation": "deploy" }));
    }

    #[test]
    fn passes_the_options_that_were_given() {
        let words = ["-v", "v2", "-e", "Demo-QA-A", "--in-place", "--accept-drift"];
        let deploy = parse(&[&words[..], &["--on-conflict", "supersede"]].concat()).unwrap();
        let expected = json!({
            "operation": "deploy", "version": "v2", "inPlace": true, "acceptDrift": true,
            "onConflict": "supersede",
        });
        assert_eq!(input(&deploy), expected);
    }

    #[test]
    fn a_file_that_is_not_uploaded_again_reacts_to_other_releases_as_an_upload() {
        let policy = |on_conflict| {
            let lock = LockSettings { on_conflict, ..LockSettings::default() };
            without_upload(&"v2".parse().unwrap(), &lock)["onConflict"].clone()
        };
        assert_eq!(policy(None), "supersede");
        assert_eq!(policy(Some(OnConflict::Queue)), "queue");
        assert_eq!(policy(Some(OnConflict::Reject)), "reject");
    }

    #[test]
    fn a_file_is_checked_before_any_call() {
        let folder = tempfile::tempdir().unwrap();
        let problem = |name: &str| {
            let path = folder.path().join(name);
            check(&parse(&["-f", path.to_str().unwrap()]).unwrap()).unwrap_err().message()
        };
        assert!(problem("nope.zip").starts_with("there is no file "), "{}", problem("nope.zip"));
        assert!(problem("app.tar").contains("does not end with `.zip` or `.war`"));
        assert!(problem("app.jar").contains("pack it into a zip"), "{}", problem("app.jar"));
        let long = format!("{}.zip", "v".repeat(120));
        std::fs::write(folder.path().join(&long), "").unwrap();
        assert!(problem(&long).contains("set a version label with -v"), "{}", problem(&long));
        std::fs::write(folder.path().join("v2.zip"), "").unwrap();
        assert!(problem("v2.zip").ends_with("v2.zip is empty"), "{}", problem("v2.zip"));
        std::fs::write(folder.path().join("v2.zip"), "<!DOCTYPE html>").unwrap();
        assert!(problem("v2.zip").ends_with("v2.zip is not a zip"), "{}", problem("v2.zip"));
        let path = folder.path().join("v2.zip");
        std::fs::write(&path, ZIP).unwrap();
        check(&parse(&["-f", path.to_str().unwrap()]).unwrap()).unwrap();
    }

    #[test]
    fn in_place_requires_an_environment() {
        let error = parse(&["--in-place"]).unwrap_err().to_string();
        assert!(error.contains("--environment"), "{error}");
    }

    #[test]
    fn an_upload_starts_the_release_and_takes_no_options_of_a_release() {
        for option in [&["--accept-drift"][..], &["--on-conflict", "queue"], &["-m", "why"]] {
            assert!(parse(&[&["-f", "v2.zip"], option].concat()).is_err(), "{option:?}");
        }
    }
}
