//! `mist local`: a cloud on this machine, to experiment with.

mod env;
mod place;
mod print;

use std::{process::Command, sync::Arc};

use mist_local::{
    Cloud, CloudState, Progress, Service, Settings, SetupOutputs, Status, Up, down, reset, serve,
    status, up,
};
use mist_rehearsal::{Home, Rehearsal, StackPlan};
use serde_json::json;

use self::{place::Place, print::print};
use crate::{
    arguments::{Local, LocalCommand},
    ask,
    failure::Failure,
    output::{self, Format, note},
};

/// The speed of the simulated Beanstalk, as a multiple of the real one: a deployment takes some seconds, and its
/// progress can be watched.
const SPEED: f64 = 10.0;

/// Executes the command of `arguments`.
pub(crate) async fn run(arguments: &Local, format: Format) -> Result<(), Failure> {
    let home = Home::find()?;
    let place =
        Place { cloud: home.cloud(arguments.name.as_deref()), home, name: arguments.name.clone() };
    match &arguments.command {
        LocalCommand::Up => start(&place, format).await,
        LocalCommand::Down => end(&place, format).await,
        LocalCommand::Status => show(&place, format).await,
        LocalCommand::Reset { yes } => empty(&place, *yes, format).await,
        LocalCommand::Logs => logs(&running(&place).await?, format),
        LocalCommand::Env { shell, undo: true } => {
            env::undo(*shell, format);
            Ok(())
        }
        LocalCommand::Env { shell, undo: false } => {
            env::export(&running(&place).await?.endpoints, *shell, format);
            Ok(())
        }
        LocalCommand::Serve => Ok(serve(service(place)).await?),
    }
}

async fn start(place: &Place, format: Format) -> Result<(), Failure> {
    let program = std::env::current_exe().map_err(|error| {
        Failure::Setup(format!("cannot find the path of the mist command: {error}"))
    })?;
    let mut command = Command::new(program);
    command.args(["local", "serve"]).env("MIST_HOME", place.home.root());
    if let Some(name) = &place.name {
        command.args(["--name", name]);
    }
    let progress = Progress::new(|line| note(line));
    if !matches!(status(&place.cloud).await?, Status::Running(_)) {
        // The serving process has a time limit, and a first build may take longer.
        place.home.build(&progress).await?;
    }
    let state = match up(&place.cloud, command, &progress).await? {
        Up::Started(state) => state,
        Up::AlreadyRunning(state) => {
            note("the local cloud is already running");
            state
        }
    };
    Box::pin(print(place, &state, format)).await;
    Ok(())
}

async fn end(place: &Place, format: Format) -> Result<(), Failure> {
    let stopped = down(&place.cloud).await?;
    match format {
        Format::Json => output::json(&json!({ "stopped": stopped })),
        Format::Table if stopped => {
            let logs = place.cloud.join("mist-local/runs");
            note(format!("stopped the local cloud; its logs stay in {}", logs.display()));
        }
        Format::Table => note("no local cloud is running"),
    }
    Ok(())
}

async fn show(place: &Place, format: Format) -> Result<(), Failure> {
    match status(&place.cloud).await? {
        Status::Running(state) => {
            Box::pin(print(place, &state, format)).await;
            Ok(())
        }
        Status::Stale(state) => {
            let (pid, up) = (state.pid, place.command("up"));
            Err(Failure::Setup(format!(
                "the local cloud (process {pid}) has died; start it with `{up}`"
            )))
        }
        Status::Stopped => Err(stopped(place)),
    }
}

async fn empty(place: &Place, yes: bool, format: Format) -> Result<(), Failure> {
    running(place).await?;
    ask::consent(
        "Delete everything in the local cloud, and create stack QA again?",
        yes,
        "no terminal to confirm the deletion; --yes deletes everything without confirmation",
        "nothing was deleted",
    )?;
    note("deleting everything in the local cloud and creating stack QA again");
    let state = reset(&place.cloud).await?;
    Box::pin(print(place, &state, format)).await;
    Ok(())
}

async fn running(place: &Place) -> Result<CloudState, Failure> {
    match status(&place.cloud).await? {
        Status::Running(state) => Ok(state),
        Status::Stale(_) | Status::Stopped => Err(stopped(place)),
    }
}

fn stopped(place: &Place) -> Failure {
    let up = place.command("up");
    Failure::Setup(format!("no local cloud is running; start one with `{up}`"))
}

fn logs(state: &CloudState, format: Format) -> Result<(), Failure> {
    let mut found = Vec::new();
    for log in &state.logs {
        let text = std::fs::read(log)
            .map_err(|error| Failure::Setup(format!("cannot read {}: {error}", log.display())))?;
        found.push((log.display().to_string(), String::from_utf8_lossy(&text).into_owned()));
    }
    match format {
        Format::Json => {
            let logs = found.iter().map(|(file, text)| json!({ "file": file, "text": text }));
            output::json(&json!({ "logs": logs.collect::<Vec<_>>() }));
        }
        Format::Table => {
            for (file, text) in found {
                output::result(format!("== {file}\n{text}"));
            }
        }
    }
    Ok(())
}

fn service(place: Place) -> Service {
    let progress = Progress::new(|line| note(line));
    let Place { home, cloud, .. } = place;
    let settings = Settings {
        installed: home.target(),
        time_scale: SPEED,
        wait_scale: Some(1.0 / SPEED),
        platform_ttl: 1,
        progress: progress.clone(),
        function_environment: mist_rehearsal::function_environment(),
        ..Settings::new(cloud)
    };
    Service {
        settings,
        setup: Arc::new(move |cloud| {
            let (home, progress) = (home.clone(), progress.clone());
            Box::pin(async move { Ok(set_up(&cloud, &home, &progress).await?) })
        }),
    }
}

async fn set_up(
    cloud: &Cloud,
    home: &Home,
    progress: &Progress,
) -> Result<SetupOutputs, mist_rehearsal::Error> {
    let functions = home.build(progress).await?;
    progress.say("installing mist from infra/template.yaml");
    let rehearsal = Rehearsal::install(cloud, home, functions).await?;
    progress.say("creating stack QA with its two environments");
    let stack = rehearsal.stack(cloud, StackPlan::new("QA")).await?;
    let facts = [(print::SITE, stack.url), (print::BUCKET, rehearsal.bucket().to_owned())];
    Ok(facts.map(|(name, value)| (name.to_owned(), value)).into())
}
