//! The preparation of an application on an instance, while the old one still runs.
//!
//! The order is that of the developer guide ("Instance deployment workflow") and of published `eb-engine.log`s:
//! unpack, `commands`, prebuild hooks, build, `container_commands`, predeploy hooks. A configuration deployment runs
//! `confighooks`, and no commands (issues).

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::commands::{self, Section};
use super::cron::{self, Task};
use super::error::StartError;
use super::extensions::Document;
use super::hooks::{self, Phase};
use super::log::{ENGINE, InstanceLog};
use super::procfile::BUILDFILE;
use super::report::{Report, shown};
use super::scratch::Scratch;
use super::setup::{Occasion, Setup};
use super::source::Source;
use super::start::{self, Start};
use super::step::{Outcome, Step, Steps};

/// The folders of an instance.
const STAGING: &str = "staging";
const CURRENT: &str = "current";
const TEMPORARY: &str = "tmp";

/// An application that is ready to start.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) start: Start,
    pub(super) folder: Arc<Scratch>,
    /// The periodic tasks of a worker.
    pub(super) tasks: Vec<Task>,
    steps: Steps,
    occasion: Occasion,
}

impl Prepared {
    /// Prepares an application. An error leaves the old one as it is.
    pub(super) async fn prepare(
        setup: &Setup,
        log: &Arc<InstanceLog>,
        report: &mut Report,
    ) -> Result<Self, StartError> {
        let folder = Arc::new(stage(Arc::clone(&setup.source)).await?);
        let bundle = folder.path().join(STAGING);
        let steps = Steps {
            instance: folder.path().to_owned(),
            temporary_folder: folder.path().join(TEMPORARY),
            variables: setup.variables.clone(),
            limit: setup.step_limit,
            log: Arc::clone(log),
        };
        let occasion = setup.occasion;
        let documents = documents(setup);
        if let Occasion::Deployment { leads } = occasion {
            if leads {
                log.engine("INFO", "Instance is Leader.");
            }
            let part = (Section::Commands, leads);
            commands::run(&steps, &bundle, documents, part, report).await?;
        }
        hooks::run(&steps, &bundle, occasion, Phase::PreBuild, report).await?;
        let tasks = if setup.is_worker { tasks(&bundle, log, report)? } else { Vec::new() };
        start::note_dependencies(&bundle, setup.family, log, report);
        build(&steps, &bundle, setup, report).await?;
        let start = start::find(&bundle, folder.path(), setup, log, report)?;
        if let Occasion::Deployment { leads } = occasion {
            let part = (Section::ContainerCommands, leads);
            commands::run(&steps, &bundle, documents, part, report).await?;
        }
        hooks::run(&steps, &bundle, occasion, Phase::PreDeploy, report).await?;
        Ok(Self { start, folder, tasks, steps, occasion })
    }

    /// Moves the bundle to the folder in which it runs. The old application must have ended.
    pub(super) fn flip(&self) -> io::Result<()> {
        self.steps.log.engine("INFO", "Executing instruction: FlipApplication");
        std::fs::rename(self.steps.path(STAGING), self.current())
    }

    /// The folder in which the application runs.
    pub(super) fn current(&self) -> PathBuf {
        self.steps.path(CURRENT)
    }

    pub(super) fn temporary_folder(&self) -> &Path {
        &self.steps.temporary_folder
    }

    /// Runs the last hooks, beside the running application.
    pub(super) async fn finish(&self, report: &mut Report) -> Result<(), StartError> {
        let current = self.current();
        hooks::run(&self.steps, &current, self.occasion, Phase::PostDeploy, report).await
    }
}

/// The configuration files of the bundle. The deployment has refused broken ones before.
fn documents(setup: &Setup) -> &[Document] {
    setup.source.extensions().map_or(&[], |extensions| extensions.documents.as_slice())
}

/// The periodic tasks of a worker. An invalid file fails the deployment, which is *assumed*.
fn tasks(bundle: &Path, log: &InstanceLog, report: &mut Report) -> Result<Vec<Task>, StartError> {
    report.skip(log, "messages of the queue", "there is no queue");
    let refused = |problem: String| {
        StartError::NoStart(format!("`{}` is invalid: {}; correct it", cron::FILE, shown(&problem)))
    };
    Task::read_all(bundle).map_err(refused)
}

async fn build(
    steps: &Steps,
    bundle: &Path,
    setup: &Setup,
    report: &mut Report,
) -> Result<(), StartError> {
    for line in start::build(bundle, setup.family)? {
        steps.log.engine("INFO", &format!("Running {BUILDFILE} command {}", line.name));
        let step = Step {
            name: line.name.clone(),
            command: line.command,
            folder: bundle.to_owned(),
            log_file: ENGINE,
            variables: None,
        };
        match steps.run(step, report).await? {
            Outcome::Success => {}
            Outcome::Failure(how, output) => {
                let problem = format!("build command {} failed with error {how}", line.name);
                let command = hooks::command(setup.occasion);
                return Err(StartError::Step { command, instruction: BUILDFILE, problem, output });
            }
            Outcome::Late(output) => {
                let step = format!("build command {}", line.name);
                return Err(StartError::Late { step, seconds: steps.limit.as_secs(), output });
            }
        }
    }
    Ok(())
}

/// Creates the folder of an instance, with a copy of the source.
async fn stage(source: Arc<Source>) -> io::Result<Scratch> {
    let stage = move || {
        let folder = Scratch::new("instance-")?;
        let staging = folder.path().join(STAGING);
        std::fs::create_dir(&staging)?;
        std::fs::create_dir(folder.path().join(TEMPORARY))?;
        source.copy_to(&staging)?;
        Ok(folder)
    };
    tokio::task::spawn_blocking(stage).await.map_err(io::Error::other)?
}
