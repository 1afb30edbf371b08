//! Platform hooks: the programs in `.platform/hooks` and `.platform/confighooks`.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::error::StartError;
use super::obstacles::place_in;
use super::report::{Report, shown};
use super::setup::Occasion;
use super::step::{Outcome, Step, Steps, word};

/// The log file of the output of hooks.
const LOG: &str = "eb-hooks.log";
/// The start of a binary program.
const ELF: &[u8] = b"\x7fELF";
const SCRIPT: &[u8] = b"#!";

/// A phase of a deployment with hooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Before the application is built.
    PreBuild,
    /// Before the new processes replace the old ones.
    PreDeploy,
    /// After the new processes run.
    PostDeploy,
}

/// Runs the hooks of a phase in the order of their names, in the folder of the bundle.
///
/// Hooks get their execute bit by themselves, as on platforms since April 2022 (release notes).
pub(super) async fn run(
    steps: &Steps,
    bundle: &Path,
    occasion: Occasion,
    phase: Phase,
    report: &mut Report,
) -> Result<(), StartError> {
    let folder = format!(".platform/{}/{}/", collection(occasion), phase.folder());
    let instruction = instruction(occasion, phase);
    let log = |message: &str| steps.log.engine("INFO", message);
    log(&format!("Executing instruction: {instruction}"));
    log(&format!("Executing platform hooks in {folder}"));
    let names = names_in(&bundle.join(&folder));
    if names.is_empty() {
        log(&format!("The dir {folder} does not exist"));
        return Ok(());
    }
    let all: Vec<_> = names.iter().map(|name| shown(name)).collect();
    log(&format!("Following platform hooks will be executed in order: [{}]", all.join(" ")));
    for name in names {
        let hook = format!("{folder}{name}");
        log(&format!("Running platform hook: {}", shown(&hook)));
        run_one(steps, bundle, &hook, (command(occasion), instruction), report).await?;
    }
    log(&format!("Finished running the platform hooks in {folder}"));
    Ok(())
}

async fn run_one(
    steps: &Steps,
    bundle: &Path,
    hook: &str,
    (command, instruction): (&'static str, &'static str),
    report: &mut Report,
) -> Result<(), StartError> {
    let name = shown(hook);
    let failed = |problem: &str, output: String| StartError::Step {
        command,
        instruction,
        problem: format!("Command {name} failed with error {problem}"),
        output,
    };
    match Hook::read(&bundle.join(hook))? {
        Hook::Runs => {}
        Hook::Needs(place) => {
            let reason = format!("needs `{place}` of an instance");
            report.skip(&steps.log, &format!("hook `{name}`"), &reason);
            return Ok(());
        }
        Hook::Cannot(problem) => {
            return Err(failed(&format!("fork/exec {name}: {problem}"), String::new()));
        }
    }
    let step = Step {
        name: name.clone(),
        command: format!("exec {}", word(Path::new(hook))),
        folder: bundle.to_owned(),
        log_file: LOG,
        variables: None,
    };
    match steps.run(step, report).await? {
        Outcome::Success => Ok(()),
        Outcome::Failure(how, output) => Err(failed(&how, output)),
        Outcome::Late(output) => Err(StartError::Late {
            step: format!("hook `{name}`"),
            seconds: steps.limit.as_secs(),
            output,
        }),
    }
}

/// What becomes of a hook.
#[derive(Debug, PartialEq, Eq)]
enum Hook {
    Runs,
    /// It names this part of an instance.
    Needs(&'static str),
    /// The system cannot run it.
    Cannot(String),
}

impl Hook {
    /// Reads a hook and makes it executable.
    fn read(path: &Path) -> io::Result<Self> {
        let mut permissions = fs::metadata(path)?.permissions();
        permissions.set_mode(permissions.mode() | 0o111);
        fs::set_permissions(path, permissions)?;
        let content = fs::read(path)?;
        if content.starts_with(ELF) {
            return Ok(Self::Runs);
        }
        let Some(rest) = content.strip_prefix(SCRIPT) else {
            return Ok(Self::Cannot("exec format error; begin the script with `#!`".to_owned()));
        };
        let text = String::from_utf8_lossy(&content);
        if let Some(place) = place_in(&text) {
            return Ok(Self::Needs(place));
        }
        let line = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let line = String::from_utf8_lossy(line).into_owned();
        let interpreter = line.split([' ', '\t']).find(|word| !word.is_empty()).unwrap_or_default();
        if interpreter.ends_with('\r') {
            let remedy = "end its lines with LF, not with CR LF";
            return Ok(Self::Cannot(format!("no such file or directory; {remedy}")));
        }
        if Path::new(interpreter).exists() {
            return Ok(Self::Runs);
        }
        let missing = shown(interpreter);
        Ok(Self::Cannot(format!("no such file or directory; this machine has no `{missing}`")))
    }
}

impl Phase {
    fn folder(self) -> &'static str {
        match self {
            Self::PreBuild => "prebuild",
            Self::PreDeploy => "predeploy",
            Self::PostDeploy => "postdeploy",
        }
    }
}

fn collection(occasion: Occasion) -> &'static str {
    match occasion {
        Occasion::Deployment { .. } => "hooks",
        Occasion::Configuration => "confighooks",
    }
}

/// The name of the engine's command. That of a configuration deployment is *assumed*.
pub(super) fn command(occasion: Occasion) -> &'static str {
    match occasion {
        Occasion::Deployment { .. } => "app-deploy",
        Occasion::Configuration => "config-deploy",
    }
}

/// The name of the engine's instruction. Those of a configuration deployment are *assumed*.
fn instruction(occasion: Occasion, phase: Phase) -> &'static str {
    match (occasion, phase) {
        (Occasion::Deployment { .. }, Phase::PreBuild) => "RunAppDeployPreBuildHooks",
        (Occasion::Deployment { .. }, Phase::PreDeploy) => "RunAppDeployPreDeployHooks",
        (Occasion::Deployment { .. }, Phase::PostDeploy) => "RunAppDeployPostDeployHooks",
        (Occasion::Configuration, Phase::PreBuild) => "RunConfigDeployPreBuildHooks",
        (Occasion::Configuration, Phase::PreDeploy) => "RunConfigDeployPreDeployHooks",
        (Occasion::Configuration, Phase::PostDeploy) => "RunConfigDeployPostDeployHooks",
    }
}

/// The names of the files in a folder, sorted.
fn names_in(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let files: Vec<PathBuf> =
        entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    let name = |path: &PathBuf| Some(path.file_name()?.to_str()?.to_owned());
    let mut names: Vec<_> = files.iter().filter_map(name).collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hook_runs_if_the_system_can_run_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hook");
        let read = |content: &str| {
            fs::write(&path, content).unwrap();
            Hook::read(&path).unwrap()
        };
        assert_eq!(read("#!/bin/sh\ntrue\n"), Hook::Runs);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o111, 0o111);
        assert_eq!(read("#!/bin/sh\ncd /var/app/current\n"), Hook::Needs("/var/app/"));
        let cannot = |problem: &str| Hook::Cannot(problem.to_owned());
        assert_eq!(read("true\n"), cannot("exec format error; begin the script with `#!`"));
        assert_eq!(
            read("#!/bin/sh\r\ntrue\r\n"),
            cannot("no such file or directory; end its lines with LF, not with CR LF")
        );
        assert_eq!(
            read("#!/no/such/php -x\n"),
            cannot("no such file or directory; this machine has no `/no/such/php`")
        );
    }
}
