//! A step of a deployment: a command that runs once, to its end.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use super::log::InstanceLog;
use super::obstacles::{STAND_INS, create_stand_ins, take_uses};
use super::process::Process;
use super::procfile::Line;
use super::report::{Report, shown};
use super::surroundings::Surroundings;

/// The most lines of output in an error, as many as deployment logs have of a failed step.
pub(super) const LAST_WORDS: usize = 50;

/// The place and the limits of the steps of one instance.
#[derive(Debug)]
pub(super) struct Steps {
    /// The folder of the instance.
    pub(super) instance: PathBuf,
    pub(super) temporary_folder: PathBuf,
    pub(super) variables: BTreeMap<String, String>,
    /// The real time for each step.
    pub(super) limit: Duration,
    pub(super) log: Arc<InstanceLog>,
}

/// A step.
#[derive(Debug)]
pub(super) struct Step {
    /// The name in the log of its output.
    pub(super) name: String,
    /// The command for the shell.
    pub(super) command: String,
    /// The working folder.
    pub(super) folder: PathBuf,
    /// The log file of its output.
    pub(super) log_file: &'static str,
    /// The only variables, if they replace those of the environment.
    pub(super) variables: Option<BTreeMap<String, String>>,
}

/// The way in which a step ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    Success,
    /// It failed in this way, with the last lines of its output.
    Failure(String, String),
    /// It was ended after the limit, with the last lines of its output.
    Late(String),
}

impl Steps {
    /// Runs a step to its end. The report names the programs that it only seemed to run.
    ///
    /// Children that remain are killed with the step, and so is a step that does not end within the limit.
    pub(super) async fn run(&self, step: Step, report: &mut Report) -> io::Result<Outcome> {
        let programs = self.instance.join(STAND_INS);
        if !programs.exists() {
            create_stand_ins(&self.instance)?;
        }
        let surroundings = Surroundings {
            working_folder: step.folder,
            temporary_folder: self.temporary_folder.clone(),
            port: None,
            variables: step.variables.unwrap_or_else(|| self.variables.clone()),
            programs: Some(programs),
            log_file: step.log_file.to_owned(),
        };
        let line = Line { name: step.name.clone(), command: step.command };
        let process = Process::start(line, surroundings, Arc::clone(&self.log))?;
        let id = process.id();
        let end = timeout(self.limit, process.end()).await;
        process.stop();
        process.gone().await;
        for used in take_uses(&self.instance) {
            report.skip(
                &self.log,
                &format!("`{}` in {}", shown(&used), step.name),
                "changes the system",
            );
        }
        let output = || self.log.last_words(step.log_file, &step.name, id, LAST_WORDS);
        Ok(match end {
            Err(_) => Outcome::Late(output()),
            Ok(end) if end.succeeded => Outcome::Success,
            Ok(end) => Outcome::Failure(end.how.replace("exit status: ", "exit status "), output()),
        })
    }

    /// A path in the folder of the instance.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.instance.join(name)
    }
}

/// A path as one word of a shell.
pub(super) fn word(path: &Path) -> String {
    format!("'{}'", path.to_string_lossy().replace('\'', r"'\''"))
}
