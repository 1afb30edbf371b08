//! `mist local`: a cloud on this machine, to experiment with.

use std::{process::Command, sync::Arc};

use mist_local::{
    Cloud, CloudState, Progress, Service, Settings, SetupOutputs, Status, Up, down, reset, serve,
    status, up,
};
use mist_rehearsal::{Home, Rehearsal, StackPlan};
use serde_json::json;

use crate::{
    arguments::Local,
    failure::Failure,
    output::{self, Format, note},
};

/// The speed of the simulated Beanstalk, as a multiple of the real one: a deployment takes some seconds, and its
/// progress can be watched.
const SPEED: f64 = 10.0;

/// The keys of the facts that the running cloud publishes about its contents.
const SITE: &str = "site";
const BUCKET: &str = "bucket";

/// Executes `command`.
pub(crate) async fn run(command: &Local, format: Format) -> Result<(), Failure> {
    let home = Home::find()?;
    match command {
        Local::Up => start(&home, format).await,
        Local::Down => {
            let stopped = down(&home.target()).await?;
            note(if stopped { "stopped the local cloud" } else { "no local cloud is running" });
            Ok(())
        }
        Local::Status => show(&home, format).await,
        Local::Reset => {
            note("deleting everything in the local cloud and creating stack QA again");
            print(&reset(&home.target()).await?, format);
            Ok(())
        }
        Local::Logs => logs(&running(&home).await?),
        Local::Env => {
            let variables = running(&home).await?.endpoints.environment_variables();
            // These take precedence over access keys, or belong to others.
            output::result("unset AWS_PROFILE AWS_SESSION_TOKEN");
            for (name, value) in variables {
                output::result(format!("export {name}={value}"));
            }
            Ok(())
        }
        Local::Serve => Ok(serve(service(home)).await?),
    }
}

async fn start(home: &Home, format: Format) -> Result<(), Failure> {
    let program = std::env::current_exe().map_err(|error| {
        Failure::Setup(format!("cannot find the path of the mist command: {error}"))
    })?;
    let mut command = Command::new(program);
    command.args(["local", "serve"]).env("MIST_HOME", home.root());
    let progress = Progress::new(|line| note(line));
    let state = match up(&home.target(), command, &progress).await? {
        Up::Started(state) => state,
        Up::AlreadyRunning(state) => {
            note("the local cloud is already running");
            state
        }
    };
    print(&state, format);
    Ok(())
}

async fn show(home: &Home, format: Format) -> Result<(), Failure> {
    match status(&home.target()).await? {
        Status::Running(state) => {
            print(&state, format);
            Ok(())
        }
        Status::Stale(state) => {
            let pid = state.pid;
            Err(Failure::Setup(format!(
                "the local cloud (process {pid}) has died; start it with `mist local up`"
            )))
        }
        Status::Stopped => Err(stopped()),
    }
}

async fn running(home: &Home) -> Result<CloudState, Failure> {
    match status(&home.target()).await? {
        Status::Running(state) => Ok(state),
        Status::Stale(_) | Status::Stopped => Err(stopped()),
    }
}

fn stopped() -> Failure {
    Failure::Setup("no local cloud is running; start one with `mist local up`".to_owned())
}

fn print(state: &CloudState, format: Format) {
    let CloudState { pid, endpoints, outputs, logs, .. } = state;
    if format == Format::Json {
        let logs: Vec<_> = logs.iter().map(|log| log.display().to_string()).collect();
        return output::json(&json!({
            "pid": pid, "endpoints": endpoints, "furnished": outputs, "logs": logs,
        }));
    }
    let known = |name: &str| outputs.get(name).map_or("unknown", String::as_str);
    output::result(format!(
        "The local cloud is running (process {pid}), with stack QA.\n  \
         AWS        {}\n  Beanstalk  {}\n  DNS        {}\n  New Relic  {}\n  \
         site       {} (only this DNS server resolves it)\n  bucket     {}\n\n\
         Next steps\n  \
         eval \"$(./mist local env)\"         point mist, aws and eb to it\n  \
         ./mist status                      show the stack\n  \
         ./mist deploy -s QA -f app.zip     release your own bundle\n  \
         ./mist local down                  stop it",
        endpoints.aws,
        endpoints.beanstalk,
        endpoints.dns,
        endpoints.recorder,
        known(SITE),
        known(BUCKET),
    ));
}

fn logs(state: &CloudState) -> Result<(), Failure> {
    for log in &state.logs {
        let log = log.display();
        let text = std::fs::read(log.to_string())
            .map_err(|error| Failure::Setup(format!("cannot read {log}: {error}")))?;
        output::result(format!("== {log}\n{}", String::from_utf8_lossy(&text)));
    }
    Ok(())
}

fn service(home: Home) -> Service {
    let progress = Progress::new(|line| note(line));
    let settings = Settings {
        time_scale: SPEED,
        wait_scale: Some(1.0 / SPEED),
        platform_ttl: 1,
        progress: progress.clone(),
        function_environment: mist_rehearsal::function_environment(),
        ..Settings::new(home.target())
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
    let facts = [(SITE, stack.url), (BUCKET, rehearsal.bucket().to_owned())];
    Ok(facts.map(|(name, value)| (name.to_owned(), value)).into())
}
