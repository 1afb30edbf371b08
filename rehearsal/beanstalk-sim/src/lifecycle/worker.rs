//! The daemon of the worker tier, as far as `cron.yaml` goes: it posts the periodic tasks that are due.
//!
//! There is no queue, so a task that fails is not posted again.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{CONTENT_TYPE, HOST, USER_AGENT};
use jiff::Timestamp;
use tokio::time::timeout;

use crate::engine::Engine;
use crate::host::{Application, InstanceLog, PROXY_PORT, Task};
use crate::world::{Environment, Status, Tier};

/// The most minutes for which missed tasks are posted.
const MOST: i64 = 24 * 60;
/// The real time for an answer: the default `InactivityTimeout`.
const PATIENCE: Duration = Duration::from_secs(299);
/// The body of a periodic task, which is *assumed*.
const BODY: &str = "elasticbeanstalk scheduled job";

/// Posts the tasks of an environment that have become due since a date. Returns the current date.
///
/// One instance gets them: the first that runs its application.
pub(super) fn follow(engine: &Arc<Engine>, environment_id: &str, since: Timestamp) -> Timestamp {
    let now = engine.clock.date();
    let due = {
        let world = engine.world();
        let environment = world.environment(environment_id).filter(|one| works(one));
        environment.map(|environment| due(environment, since, now)).unwrap_or_default()
    };
    for (application, log, task, date) in due {
        let id = engine.world().names.uuid().to_string();
        engine.spawn(async move {
            let answer = post(&application, &task, date, &id).await;
            log.daemon(&format!("task `{}` of {date}: {answer}", task.name.escape_debug()));
            Ok(())
        });
    }
    now
}

fn works(environment: &Environment) -> bool {
    environment.tier == Tier::Worker && environment.status == Status::Ready
}

/// The tasks with their dates, and the instance that gets them.
type Due = Vec<(Arc<Application>, Arc<InstanceLog>, Task, Timestamp)>;

fn due(environment: &Environment, since: Timestamp, now: Timestamp) -> Due {
    let mut leaders = environment
        .instances
        .iter()
        .filter_map(|instance| Some((instance.application.clone()?, Arc::clone(&instance.log))));
    let Some((application, log)) = leaders.next() else { return Vec::new() };
    let (first, last) = (since.as_second().div_euclid(60) + 1, now.as_second().div_euclid(60));
    let minutes = first.max(last - MOST)..=last;
    let dates = minutes.filter_map(|minute| Timestamp::from_second(minute * 60).ok());
    let at = |date| {
        let tasks = application.tasks().iter().filter(move |task| task.is_due(date)).cloned();
        tasks.map(move |task| (task, date)).collect::<Vec<_>>()
    };
    let tasks = dates.flat_map(at).collect::<Vec<_>>();
    let with = |(task, date)| (Arc::clone(&application), Arc::clone(&log), task, date);
    tasks.into_iter().map(with).collect()
}

/// Posts a task, with the headers of the daemon (developer guide, "Worker environments"). Returns what came of it.
async fn post(application: &Application, task: &Task, date: Timestamp, id: &str) -> String {
    let request = Request::post(&task.path)
        .header(HOST, "localhost")
        .header(USER_AGENT, "aws-sqsd/3.0")
        .header(CONTENT_TYPE, "application/json")
        .header("x-aws-sqsd-msgid", id)
        .header("x-aws-sqsd-receive-count", "1")
        .header("x-aws-sqsd-first-received-at", date.to_string())
        .header("x-aws-sqsd-taskname", &task.name)
        .header("x-aws-sqsd-scheduled-at", date.to_string())
        .body(Body::from(BODY));
    let Ok(request) = request else { return "its name or URL cannot be sent".to_owned() };
    match timeout(PATIENCE, application.answer(PROXY_PORT, request)).await {
        Err(_) => format!("no answer within {} s; it is not posted again", PATIENCE.as_secs()),
        Ok(answer) if answer.status().as_u16() == 200 => "200".to_owned(),
        Ok(answer) => format!("{}; it is not posted again", answer.status().as_u16()),
    }
}
