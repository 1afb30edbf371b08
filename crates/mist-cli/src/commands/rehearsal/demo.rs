//! `mist demo`: a whole release on this machine, seen by its users.

mod file;

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use mist_aws::Aws;
use mist_core::{
    release::{
        request::UploadedObject,
        stack_report::{self, StackReport},
    },
    stack::{bake::BakeSettings, ranged::Ranged},
};
use mist_local::{Cloud, Progress, Settings, Traffic, TrafficReport};
use mist_rehearsal::{Home, LocalStack, Rehearsal, StackPlan, page};
use serde_json::{Value, json};

use crate::{
    arguments::{Demo, FollowOptions},
    commands::{deploy::started_by, rehearsal::program, version::reference},
    failure::{Detached, Failure},
    follow::{Ended, Following, follow},
    output::{self, Format, note},
    report::{self, Requested},
};

const OLD: &str = "v1";
const NEW: &str = "v2";

/// The bake time of the new version, in seconds.
const BAKE: Ranged<0, 21600> = Ranged::new(5);

/// The longest wait for a first answer, or for an execution that starts.
const PATIENCE: Duration = Duration::from_secs(30);

/// Shows a whole release. It fails unless the new version is live and all requests succeeded.
pub(crate) async fn run(arguments: &Demo, format: Format) -> Result<(), Failure> {
    tokio::select! {
        shown = show(arguments, format) => shown,
        // Everything runs in this process or ends with it.
        _ = tokio::signal::ctrl_c() => Err(Failure::Detached {
            why: Detached::Interrupted,
            message: "stopped; nothing keeps running".to_owned(),
        }),
    }
}

async fn show(arguments: &Demo, format: Format) -> Result<(), Failure> {
    let mut times = Times::new();
    let home = Home::find()?;
    let cloud = Cloud::start(settings(&home, arguments)).await?;
    times.lap("start the local cloud");
    let functions = home.build(&Progress::new(|line| note(line))).await?;
    times.lap("build mist and its functions");
    let rehearsal = Rehearsal::install(&cloud, &home, functions).await?;
    times.lap("install mist from infra/template.yaml");
    let bake = BakeSettings { seconds: BAKE, ..BakeSettings::default() };
    let stack = rehearsal.stack(&cloud, StackPlan { bake, ..StackPlan::new("QA") }).await?;
    times.lap("create stack QA with its two environments");

    note(format!("clients request {} {} times a second", stack.url, arguments.rate));
    let traffic = cloud.traffic(&stack.url, arguments.rate)?;
    answered(&traffic, OLD).await?;
    times.lap("first answers");

    let Ended { output, steps } = release(&cloud, &rehearsal, &stack).await?;
    times.lap("the release");
    // Resolvers of clients may cache the old record until its TTL expires.
    answered(&traffic, NEW).await?;
    let seen = traffic.stop().await;
    times.lap("clients reach the new version");

    let found = report_of(&cloud, &rehearsal, &stack).await?;
    let sides = json!(found);
    times.lap("read both environments");
    let markers = json!(cloud.recorder().markers());
    let steps: Vec<_> = steps
        .iter()
        .map(|step| json!({ "step": step.state, "seconds": step.took.as_secs_f64() }))
        .collect();
    let shown = json!({
        "release": output, "steps": steps, "clients": seen, "stack": sides, "markers": markers,
        "durations": times.laps.iter().map(|(part, seconds)| json!({ "part": part, "seconds": seconds }))
            .collect::<Vec<_>>(),
    });
    match format {
        Format::Json => output::json(&shown),
        Format::Table => print(&shown, &seen, &times),
    }
    if let Some(path) = &arguments.report {
        file::write(path, &rehearsal, found, &seen).await?;
        note(format!("\nthe page of the demo is in {}", path.display()));
    }
    cloud.stop().await;
    judge(&sides, &seen)
}

/// Uploads the new version, and follows the release that the upload starts.
async fn release(
    cloud: &Cloud,
    rehearsal: &Rehearsal,
    stack: &LocalStack,
) -> Result<Ended, Failure> {
    let key = stack.key(NEW);
    note(format!("uploading {key}; the upload alone starts the release\n"));
    let executions = rehearsal.executions();
    cloud.upload(rehearsal.bucket(), &key, page(NEW)).await?;
    let upload = UploadedObject::at(&key);
    let started = started_by(&executions, rehearsal.state_machine(), HashSet::new(), &upload);
    let execution = tokio::time::timeout(PATIENCE, started).await.map_err(|_| {
        Failure::Setup("the upload did not start a release within 30 s".to_owned())
    })??;
    let following = Following {
        execution: &execution,
        stack: &stack.stack.name,
        options: FollowOptions {
            interval: Duration::from_millis(100),
            timeout: Duration::from_mins(10),
        },
    };
    follow(rehearsal.aws(), following).await
}

fn settings(home: &Home, arguments: &Demo) -> Settings {
    Settings {
        time_scale: arguments.speed,
        wait_scale: Some(1.0 / arguments.speed),
        deploy_seconds: arguments.deploy_seconds,
        platform_ttl: 1,
        function_environment: mist_rehearsal::function_environment(),
        progress: Progress::new(|line| note(line)),
        ..Settings::new(home.target())
    }
}

/// Waits until `version` has answered a client.
async fn answered(traffic: &Traffic, version: &str) -> Result<(), Failure> {
    let wait = async {
        let mut ticks = tokio::time::interval(Duration::from_millis(50));
        while traffic.report().answers(version) == 0 {
            ticks.tick().await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.map_err(|_| {
        let seen = traffic.report();
        Failure::Setup(format!("no client reached {version} within 30 s: {:?}", seen.failures))
    })
}

/// The report of `mist version`.
async fn report_of(
    cloud: &Cloud,
    rehearsal: &Rehearsal,
    stack: &LocalStack,
) -> Result<StackReport, Failure> {
    let beanstalk = Aws::new(cloud.beanstalk_config().clone()).beanstalk();
    let dns = rehearsal.aws().dns();
    Ok(stack_report::look(&beanstalk, &dns, reference(&stack.stack)).await?)
}

fn judge(sides: &Value, seen: &TrafficReport) -> Result<(), Failure> {
    let live = sides["sides"].as_array().into_iter().flatten().find(|side| side["live"] == true);
    let version = live.and_then(|side| side["version"].as_str()).unwrap_or("no version");
    if version != NEW {
        return Err(Failure::Failed(format!("{version} is live, not {NEW}")));
    }
    match seen.failed() {
        0 => Ok(()),
        failed => Err(Failure::Failed(format!("{failed} requests failed: {:?}", seen.failures))),
    }
}

fn print(shown: &Value, seen: &TrafficReport, times: &Times) {
    let requested = Requested { stack: "QA", version: Some(NEW) };
    output::result(format!("\n{}", report::summary(requested, &shown["release"])));
    for warning in report::warnings(&shown["release"]) {
        output::result(format!("! {warning}"));
    }
    output::heading("\nRequests of the clients");
    output::result(format!("  requests         {:>6}", seen.requests));
    for (version, answers) in &seen.versions {
        output::result(format!("  answers of {version:<6}{:>6}", answers.answers));
    }
    output::result(format!("  failed requests  {:>6}", seen.failed()));
    for (reason, times) in &seen.failures {
        output::result(format!("    {times} × {reason}"));
    }
    output::heading("\nThe stack after the release");
    for line in report::records(&shown["stack"]) {
        output::result(line);
    }
    output::table(&mut report::sides(&shown["stack"]));
    output::heading("\nMarkers in New Relic");
    for marker in shown["markers"].as_array().into_iter().flatten() {
        output::result(format!("  {}", marker_line(marker)));
    }
    output::heading("\nDurations");
    for (name, seconds) in &times.laps {
        output::result(format!("  {seconds:>6.1} s  {name}"));
    }
    output::heading("\nNext steps");
    let program = program::name();
    let steps = [
        (format!("{program} local up"), "keep a local cloud running"),
        (format!("eval \"$({program} local env)\""), "point mist, aws and eb to it"),
        (format!("{program} deploy -s QA -f app.zip"), "release your own bundle"),
        (format!("{program} status"), "show all stacks"),
    ];
    for (command, effect) in steps {
        output::result(format!("  {command:<35} {effect}"));
    }
}

/// A marker in a line, with the fields that it has.
fn marker_line(marker: &Value) -> String {
    let fields = [("", "deploymentType"), ("", "version"), ("by ", "user"), ("– ", "description")];
    let shown = fields.iter().filter_map(|(word, name)| {
        let value = marker[*name].as_str()?;
        Some(format!("{word}{value}"))
    });
    shown.collect::<Vec<_>>().join(" ")
}

/// The duration of each part, in seconds.
struct Times {
    since: Instant,
    laps: Vec<(&'static str, f64)>,
}

impl Times {
    fn new() -> Self {
        Self { since: Instant::now(), laps: Vec::new() }
    }

    fn lap(&mut self, name: &'static str) {
        self.laps.push((name, self.since.elapsed().as_secs_f64()));
        self.since = Instant::now();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_is_shown_with_the_fields_that_it_has() {
        let marker = json!({ "deploymentType": "BLUE_GREEN", "version": "v2", "user": "ada" });
        assert_eq!(marker_line(&marker), "BLUE_GREEN v2 by ada");
        assert_eq!(marker_line(&json!({})), "");
    }
}
