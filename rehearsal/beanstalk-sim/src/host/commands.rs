//! The commands and the files of configuration files.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Component, Path, PathBuf};

use super::error::StartError;
use super::extensions::{Command, Document, PlacedFile, WorkingFolder};
use super::obstacles::place_in;
use super::report::{Report, shown};
use super::step::{Outcome, Step, Steps};

/// The log file of the output of commands.
const LOG: &str = "cfn-init-cmd.log";
/// The folder of the unpacked bundle on an instance.
const STAGING: &str = "/var/app/staging/";
/// The folder for temporary files, which commands may use.
const TEMPORARY: &str = "/tmp";

/// The instructions of the engine that apply configuration files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    /// `commands`, with `files` and all that is not done here.
    Commands,
    ContainerCommands,
}

/// Applies a part of all configuration files, by the names of the files and of the commands in each.
///
/// The working folder of commands without `cwd` is that of the bundle (developer guide, "Commands").
pub(super) async fn run(
    steps: &Steps,
    bundle: &Path,
    documents: &[Document],
    (section, leads): (Section, bool),
    report: &mut Report,
) -> Result<(), StartError> {
    steps.log.engine("INFO", &format!("Executing instruction: {}", section.instruction()));
    for document in documents {
        if section == Section::Commands {
            skip_impossible(steps, document, report);
            place_files(steps, bundle, document, report)?;
        }
        let commands = match section {
            Section::Commands => &document.commands,
            Section::ContainerCommands => &document.container_commands,
        };
        for (name, command) in commands {
            let named = Named { name: format!("{} of `{}`", shown(name), document.name), command };
            named.run(steps, bundle, (section, leads), report).await?;
        }
    }
    Ok(())
}

fn skip_impossible(steps: &Steps, document: &Document, report: &mut Report) {
    for section in &document.impossible {
        let step = format!("{section} of `{}`", document.name);
        report.skip(&steps.log, &step, "changes the system or the account");
    }
    let unknown = document.settings.iter().filter(|setting| setting.value.is_none());
    for setting in unknown {
        let step = format!("option `{}` of `{}`", shown(&setting.name), document.name);
        report.skip(&steps.log, &step, "only CloudFormation knows its value");
    }
}

fn place_files(
    steps: &Steps,
    bundle: &Path,
    document: &Document,
    report: &mut Report,
) -> Result<(), StartError> {
    for (path, file) in &document.files {
        let reason = match (inside(path), &file.content) {
            (Some(place), Some(content)) => {
                write(&bundle.join(place), content, file)?;
                continue;
            }
            (Some(_), None) => "needs the network",
            (None, _) => "is outside the bundle",
        };
        report.skip(&steps.log, &format!("file `{}` of `{}`", shown(path), document.name), reason);
    }
    Ok(())
}

/// The path in the bundle of a path on an instance.
fn inside(path: &str) -> Option<PathBuf> {
    let place = PathBuf::from(path.strip_prefix(STAGING)?);
    place.components().all(|it| matches!(it, Component::Normal(_))).then_some(place)
}

fn write(path: &Path, content: &str, file: &PlacedFile) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(path, content)?;
    fs::set_permissions(path, fs::Permissions::from_mode(file.mode | 0o600))
}

impl Section {
    fn instruction(self) -> &'static str {
        match self {
            Self::Commands => "PreBuildEbExtension",
            Self::ContainerCommands => "PostBuildEbExtension",
        }
    }
}

/// A command with the words for it in logs.
struct Named<'a> {
    name: String,
    command: &'a Command,
}

impl Named<'_> {
    async fn run(
        &self,
        steps: &Steps,
        bundle: &Path,
        (section, leads): (Section, bool),
        report: &mut Report,
    ) -> Result<(), StartError> {
        let Some(line) = &self.command.line else {
            return Err(self.failed(section, "has no `command`", String::new()));
        };
        if self.command.leader_only && !leads {
            let message = format!("Command {} is for the leader only; skipped", self.name);
            steps.log.engine("INFO", &message);
            return Ok(());
        }
        let Some(folder) = self.folder(bundle) else {
            report.skip(
                &steps.log,
                &format!("command {}", self.name),
                "its `cwd` is outside the bundle",
            );
            return Ok(());
        };
        // `leader_only` overrides `test` (developer guide, "Container commands").
        let test = self.command.test.as_ref().filter(|_| !self.command.leader_only);
        let place = place_in(line).or_else(|| test.and_then(|test| place_in(test)));
        if let Some(place) = place {
            let reason = format!("needs `{place}` of an instance");
            report.skip(&steps.log, &format!("command {}", self.name), &reason);
            return Ok(());
        }
        if let Some(test) = test
            && steps.run(self.step(test, &folder), report).await? != Outcome::Success
        {
            steps.log.engine("INFO", &format!("Test of command {} failed; skipped", self.name));
            return Ok(());
        }
        steps.log.engine("INFO", &format!("Running command {}", self.name));
        match steps.run(self.step(line, &folder), report).await? {
            Outcome::Success => Ok(()),
            Outcome::Failure(how, _) if self.command.ignores_errors => {
                let message = format!("Command {} failed ({how}); ignored", self.name);
                steps.log.engine("WARN", &message);
                Ok(())
            }
            Outcome::Failure(how, output) => {
                Err(self.failed(section, &format!("failed ({how})"), output))
            }
            Outcome::Late(output) => {
                let step = format!("command {}", self.name);
                Err(StartError::Late { step, seconds: steps.limit.as_secs(), output })
            }
        }
    }

    /// The working folder; `None` if it is outside the bundle.
    fn folder(&self, bundle: &Path) -> Option<PathBuf> {
        let WorkingFolder::Path(path) = &self.command.folder else {
            return Some(bundle.to_owned());
        };
        if path == TEMPORARY {
            return Some(PathBuf::from(TEMPORARY));
        }
        let relative = Path::new(path);
        let is_inside =
            relative.components().all(|it| matches!(it, Component::Normal(_) | Component::CurDir));
        match inside(&format!("{}/", path.trim_end_matches('/'))) {
            Some(place) => Some(bundle.join(place)),
            None => is_inside.then(|| bundle.join(relative)),
        }
    }

    fn step(&self, line: &str, folder: &Path) -> Step {
        Step {
            name: self.name.clone(),
            command: line.to_owned(),
            folder: folder.to_owned(),
            log_file: LOG,
            variables: self.command.variables.clone(),
        }
    }

    fn failed(&self, section: Section, how: &str, output: String) -> StartError {
        StartError::Step {
            command: "app-deploy",
            instruction: section.instruction(),
            problem: format!(
                "EbExtension build failed. Please refer to /var/log/cfn-init.log for more details. Command {} {how}",
                self.name
            ),
            output,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_the_unpacked_bundle_are_inside() {
        assert_eq!(inside("/var/app/staging/a/b"), Some(PathBuf::from("a/b")));
        for path in
            ["/etc/x", "/var/app/staging/../x", "/var/app/current/x", "/var/app/staging//etc/x"]
        {
            assert_eq!(inside(path), None, "{path}");
        }
    }
}
