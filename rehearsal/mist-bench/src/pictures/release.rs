//! Records a release in the local cloud, and what the clients of its stack get meanwhile.

use std::{
    collections::{BTreeMap, HashSet},
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use futures_util::future::try_join_all;
use jiff::Timestamp;
use mist_core::{
    release::request::UploadedObject,
    stack::{bake::BakeSettings, ranged::Ranged},
};
use mist_local::{Cloud, Progress, Settings, Traffic, TrafficReport};
use mist_rehearsal::{Home, LocalStack, Rehearsal, StackPlan, page};
use serde_json::Value;

use super::timeline::{Conditions, Counts, Recorded, Sample, Timeline};
use crate::{
    error::{Failure, Result},
    execution::history,
    output::note,
};

/// How many times faster than on AWS simulated Beanstalk and the waits of the state machine are: the release is long
/// enough to tell its steps apart, and short enough for a picture.
const SCALE: f64 = 6.0;

/// The duration of the deployment, in simulated seconds.
const DEPLOY_SECONDS: f64 = 42.0;

/// For how long the new version bakes, in seconds of this machine.
const BAKE: Ranged<0, 21600> = Ranged::new(6);

/// The TTL of the record, in seconds: long enough to see clients follow it one after the other.
const TTL_SECONDS: u32 = 3;

/// The clients, each with a DNS cache of its own, and the requests that each sends per second.
const CLIENTS: u32 = 8;
const RATE: u32 = 5;

/// The answers of each client before the upload, and after the release: two seconds of requests.
const MARGIN: u64 = 10;

/// The versions.
const OLD: &str = "v1";
const NEW: &str = "v2";

/// The time between two samples of what the clients got.
const SAMPLE: Duration = Duration::from_millis(25);

/// The time between two looks at what is waited for, and the longest time for something other than the release.
const PAUSE: Duration = Duration::from_millis(50);
const LIMIT: Duration = Duration::from_secs(30);

/// Makes a release with clients that request the stack's name all the time.
pub(crate) async fn record(home: &Home, functions: BTreeMap<String, PathBuf>) -> Result<Timeline> {
    let definition = home.root().join("statemachine/blue-green.asl.json");
    let cloud = Cloud::start(settings(home)).await?;
    let recorded = Box::pin(async {
        let rehearsal = Rehearsal::install(&cloud, home, functions).await?;
        Box::pin(release(&cloud, &rehearsal, tasks(&definition)?)).await
    });
    let recorded = recorded.await;
    cloud.stop().await;
    Ok(Timeline::new(recorded?))
}

fn settings(home: &Home) -> Settings {
    Settings {
        time_scale: SCALE,
        wait_scale: Some(1.0 / SCALE),
        deploy_seconds: DEPLOY_SECONDS,
        // The addresses of the environments do not change, but clients ask for record and address at once.
        platform_ttl: TTL_SECONDS,
        function_environment: mist_rehearsal::function_environment(),
        progress: Progress::new(|line| note(line)),
        ..Settings::new(home.target())
    }
}

async fn release(cloud: &Cloud, rehearsal: &Rehearsal, tasks: HashSet<String>) -> Result<Recorded> {
    let bake = BakeSettings { seconds: BAKE, ..BakeSettings::default() };
    let plan =
        StackPlan { live: OLD.to_owned(), ttl_seconds: TTL_SECONDS, bake, ..StackPlan::new("QA") };
    let stack = rehearsal.stack(cloud, plan).await?;
    let clients = clients(cloud, &stack).await?;
    let mut samples = Vec::new();
    let story = async {
        more(&clients, OLD).await?;
        let uploaded = Timestamp::now();
        let execution = upload(cloud, rehearsal, &stack).await?;
        let (_, events) = history(&rehearsal.executions(), &execution).await?;
        more(&clients, NEW).await?;
        Ok::<_, Failure>((uploaded, events))
    };
    let (uploaded, events) = Box::pin(watch(&clients, &mut samples, story)).await?;
    let environments = &stack.stack.settings.environments;
    Ok(Recorded {
        conditions: Conditions {
            name: stack.stack.settings.domain.to_string(),
            versions: [OLD, NEW].map(str::to_owned),
            environments: [&environments.a, &environments.b].map(ToString::to_string),
            clients: CLIENTS,
            rate: CLIENTS * RATE,
            ttl_seconds: TTL_SECONDS,
            time_scale: SCALE,
            date: uploaded.strftime("%Y-%m-%d").to_string(),
        },
        uploaded,
        samples,
        events,
        tasks,
    })
}

/// The states that do something; the others choose or end.
fn tasks(definition: &Path) -> Result<HashSet<String>> {
    let definition: Value = serde_json::from_str(&fs::read_to_string(definition)?)?;
    let states = definition["States"].as_object().into_iter().flatten();
    let tasks = states.filter(|(_, state)| state["Type"] == "Task");
    Ok(tasks.map(|(name, _)| name.clone()).collect())
}

/// Starts the clients one after the other, so that their caches expire at different times.
async fn clients(cloud: &Cloud, stack: &LocalStack) -> Result<Vec<Traffic>> {
    let mut clients = Vec::new();
    let mut ticks = tokio::time::interval(Duration::from_secs(TTL_SECONDS.into()) / CLIENTS);
    for _ in 0..CLIENTS {
        ticks.tick().await;
        clients.push(cloud.traffic(&stack.url, RATE)?);
    }
    Ok(clients)
}

/// Uploads the new version; gives the execution that this starts.
async fn upload(cloud: &Cloud, rehearsal: &Rehearsal, stack: &LocalStack) -> Result<String> {
    let key = stack.key(NEW);
    cloud.upload(rehearsal.bucket(), &key, page(NEW)).await?;
    let executions = rehearsal.executions();
    let (mut known, upload) = (HashSet::new(), UploadedObject::at(&key));
    let started = async {
        let mut ticks = tokio::time::interval(PAUSE);
        loop {
            ticks.tick().await;
            let machine = rehearsal.state_machine();
            if let Some(found) = executions.started_by_upload(machine, &mut known, &upload).await? {
                return Ok(found);
            }
        }
    };
    tokio::time::timeout(LIMIT, started).await?
}

/// Waits until each client got some more answers of `version`.
async fn more(clients: &[Traffic], version: &str) -> Result<()> {
    let waits = clients.iter().map(async |client| {
        let before = client.report().answers(version);
        let wait = async {
            let mut ticks = tokio::time::interval(PAUSE);
            while client.report().answers(version) < before + MARGIN {
                ticks.tick().await;
            }
        };
        tokio::time::timeout(LIMIT, wait)
            .await
            .map_err(|_| format!("no answers of {version}: {:?}", client.report()))
    });
    try_join_all(waits).await?;
    Ok(())
}

/// Takes samples of what the clients got, until `story` ends.
async fn watch<T>(
    clients: &[Traffic],
    samples: &mut Vec<Sample>,
    story: impl Future<Output = T>,
) -> T {
    let mut story = std::pin::pin!(story);
    let mut ticks = tokio::time::interval(SAMPLE);
    loop {
        tokio::select! {
            end = &mut story => return end,
            _ = ticks.tick() => {
                let counts = clients.iter().map(|client| count(&client.report())).sum();
                samples.push(Sample { at: Timestamp::now(), counts });
            }
        }
    }
}

/// The answers that a client got so far.
fn count(seen: &TrafficReport) -> Counts {
    let good = |version: &str| u32::try_from(seen.answers(version)).unwrap_or(u32::MAX);
    let all = seen.failed() + seen.versions.values().map(|version| version.answers).sum::<u64>();
    let [old, new] = [OLD, NEW].map(good);
    let all = u32::try_from(all).unwrap_or(u32::MAX);
    Counts { old, new, failed: all.saturating_sub(old).saturating_sub(new) }
}

#[cfg(test)]
mod tests {
    use mist_local::VersionSeen;

    use super::*;

    #[test]
    fn an_answer_of_neither_version_is_a_failure() {
        let seen = |answers| VersionSeen { answers, first_ms: 0, last_ms: 0 };
        let report = TrafficReport {
            requests: 20,
            versions: [(OLD, 7), (NEW, 5), ("", 1)]
                .map(|(version, answers)| (version.to_owned(), seen(answers)))
                .into(),
            failures: BTreeMap::from([("status 503 of v2".to_owned(), 2)]),
        };
        assert_eq!(count(&report), Counts { old: 7, new: 5, failed: 3 });
    }

    #[test]
    fn the_states_that_do_something_are_tasks() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../statemachine/blue-green.asl.json");
        let tasks = tasks(Path::new(path)).unwrap();
        assert!(tasks.contains("Swap") && !tasks.contains("Goes live?"), "{tasks:?}");
    }
}
