//! `mist local`: a cloud on this machine, to play with.

use std::{process::Command, sync::Arc};

use mist_local::{
    Cloud, CloudState, Furnished, Progress, Service, Settings, Status, Up, down, reset, serve,
    status, up,
};
use mist_rehearsal::{Home, Rehearsal, StackPlan};
use serde_json::json;

use crate::{
    arguments::{Format, Local},
    failure::Failure,
    output::{self, note},
};

/// How many times faster than real Beanstalk the simulated one works: a deployment takes some seconds,
/// so that there is something to watch.
const SPEED: f64 = 10.0;

/// The names under which the running cloud tells what is in it.
const SITE: &str = "site";
const BUCKET: &str = "bucket";

/// Executes `command`.
pub(crate) async fn run(command: Local, format: Format) -> Result<(), Failure> {
    let home = Home::find()?;
    match command {
        Local::Up => start(&home, format).await,
        Local::Down => {
            let stopped = down(&home.target()).await?;
            note(if stopped { "stopped; nothing is left running" } else { "none was running" });
            Ok(())
        }
        Local::Status => show(&home, format).await,
        Local::Reset => {
            note("emptying the local cloud and setting it up anew");
            tell(&reset(&home.target()).await?, format);
            Ok(())
        }
        Local::Logs => logs(&running(&home).await?),
        Local::Env => {
            for (name, value) in running(&home).await?.endpoints.environment_variables() {
                output::result(format!("export {name}={value}"));
            }
            Ok(())
        }
        Local::Serve => Ok(serve(service(home)).await?),
    }
}

async fn start(home: &Home, format: Format) -> Result<(), Failure> {
    let program = std::env::current_exe()
        .map_err(|error| Failure::Setup(format!("the mist command cannot be found: {error}")))?;
    let mut command = Command::new(program);
    command.args(["local", "serve"]).env("MIST_HOME", home.root());
    let progress = Progress::new(|line| note(line));
    let state = match up(&home.target(), command, &progress).await? {
        Up::Started(state) => state,
        Up::AlreadyRunning(state) => {
            note("it runs already");
            state
        }
    };
    tell(&state, format);
    Ok(())
}

async fn show(home: &Home, format: Format) -> Result<(), Failure> {
    match status(&home.target()).await? {
        Status::Running(state) => {
            tell(&state, format);
            Ok(())
        }
        Status::Stale(state) => {
            let pid = state.pid;
            Err(Failure::Setup(format!("it ran as process {pid}, and is gone; `mist local up`")))
        }
        Status::Stopped => Err(Failure::Setup("it does not run; `mist local up`".to_owned())),
    }
}

async fn running(home: &Home) -> Result<CloudState, Failure> {
    match status(&home.target()).await? {
        Status::Running(state) => Ok(state),
        Status::Stale(_) | Status::Stopped => {
            Err(Failure::Setup("the local cloud does not run; `mist local up`".to_owned()))
        }
    }
}

fn tell(state: &CloudState, format: Format) {
    let CloudState { pid, endpoints, furnished, logs, .. } = state;
    if format == Format::Json {
        let logs: Vec<_> = logs.iter().map(|log| log.display().to_string()).collect();
        return output::json(&json!({
            "pid": pid, "endpoints": endpoints, "furnished": furnished, "logs": logs,
        }));
    }
    let known = |name: &str| furnished.get(name).map_or("?", String::as_str);
    output::result(format!(
        "The local cloud runs (process {pid}), with stack QA: v1 is live on Demo-QA-A.\n  \
         AWS        {}\n  Beanstalk  {}\n  DNS        {}\n  New Relic  {}\n  \
         site       {} (its name is known to that DNS server only)\n  bucket     {}\n\n\
         How to go on\n  \
         eval \"$(./mist local env)\"         talk to it: mist, aws and eb alike\n  \
         ./mist version -s QA               show both environments\n  \
         ./mist deploy -s QA -f app.zip     release a bundle of yours\n  \
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
            .map_err(|error| Failure::Setup(format!("{log} cannot be read: {error}")))?;
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
        functions_see: mist_rehearsal::functions_see(),
        ..Settings::new(home.target())
    };
    Service {
        settings,
        furnish: Arc::new(move |cloud| {
            let (home, progress) = (home.clone(), progress.clone());
            Box::pin(async move { Ok(furnish(&cloud, &home, &progress).await?) })
        }),
    }
}

async fn furnish(
    cloud: &Cloud,
    home: &Home,
    progress: &Progress,
) -> Result<Furnished, mist_rehearsal::Error> {
    let functions = home.build(progress).await?;
    progress.say("installing mist from infra/template.yaml");
    let rehearsal = Rehearsal::install(cloud, home, functions).await?;
    progress.say("creating stack QA with its two environments");
    let stack = rehearsal.stack(cloud, StackPlan::new("QA")).await?;
    let facts = [(SITE, stack.url), (BUCKET, rehearsal.bucket().to_owned())];
    Ok(facts.map(|(name, value)| (name.to_owned(), value)).into())
}
