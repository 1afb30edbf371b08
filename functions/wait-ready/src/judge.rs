//! Judges a deployment by one look.

use jiff::{SignedDuration, Timestamp};
use mist_core::{
    beanstalk::{
        environment::{Environment, EnvironmentStatus},
        event::{Event, Severity},
        health::{InstanceHealth, name_instances},
    },
    error::Error,
    ports::{Beanstalk, Clock, Monitor},
};

use crate::request::{Request, Response, Target};

/// The time in seconds for which Beanstalk may still describe the environment as it was before the update.
const SETTLING_SECONDS: i64 = 60;

/// The maximum number of messages in an error.
const MOST_MESSAGES: usize = 5;

/// The maximum length of one message, in characters.
const LONGEST_MESSAGE: usize = 500;

/// The finding of one look.
#[derive(Debug)]
pub(crate) enum Found {
    /// Every instance runs the version, and the environment is healthy.
    Healthy(Response),
    /// It may become healthy later.
    NotYet {
        /// The missing condition.
        status: String,
        /// The time of the next worthwhile look, if it is known.
        at: Option<Timestamp>,
    },
}

/// Judges the deployment of `request`, whose environment Beanstalk describes as `found`. Every error ends the wait.
pub(crate) async fn judge(
    beanstalk: &(impl Beanstalk + Monitor),
    clock: &impl Clock,
    request: &Request,
    found: Option<Environment>,
) -> Result<Found, Error> {
    let now = clock.now();
    let seconds = now.duration_since(request.since).as_secs();
    let look = Look { request, seconds };
    let found = match found {
        Some(environment) => look.judge(beanstalk, environment, now).await,
        None => Err(look.missing()),
    };
    match found {
        Ok(found) => Ok(found),
        Err(Error::NotReady { status, .. }) => Ok(Found::NotYet { status, at: None }),
        Err(error) => Err(error),
    }
}

/// One look, `seconds` after the update was requested.
struct Look<'a> {
    request: &'a Request,
    seconds: i64,
}

impl Look<'_> {
    async fn judge(
        &self,
        beanstalk: &(impl Beanstalk + Monitor),
        environment: Environment,
        now: Timestamp,
    ) -> Result<Found, Error> {
        let Request { environment: name, allowed_health, .. } = self.request;
        if environment.status.is_ending() {
            let status = environment.status.to_string();
            return Err(Error::EnvironmentTerminating { environment: environment.name, status });
        }
        if environment.status != EnvironmentStatus::Ready {
            return Err(self.unfinished(&environment));
        }
        // `Ready` means that no operation is in progress, not that the last one succeeded.
        let events = self.events(beanstalk).await.map_err(|error| self.later(error))?;
        let ours: Vec<_> = events.iter().filter(|event| self.is_ours(event)).cloned().collect();
        self.judge_events(&environment, &ours)?;
        let healthy = allowed_health.allows(&environment.health);
        if healthy && let Some(found) = self.judge_stability(&environment, &events, now)? {
            return Ok(found);
        }
        let instances = beanstalk.instances(name).await.map_err(|error| self.later(error))?;
        self.judge_instances(&environment, instances.as_deref())?;
        if !healthy {
            let report = beanstalk.health(name).await.map_err(|error| self.later(error))?;
            let causes = report.map(|report| report.causes.join(" ")).unwrap_or_default();
            return Err(self.unhealthy(&environment, &causes));
        }
        let instances = instances.and_then(|instances| u32::try_from(instances.len()).ok());
        let Environment { address, updated, health, .. } = environment;
        let target = Target { address, updated, instances };
        Ok(Found::Healthy(Response { target, health: health.to_string(), seconds: self.seconds }))
    }

    /// The events of the update, and those about changes of the health: in one answer, as Beanstalk allows few calls.
    /// None are necessary if nothing was deployed and the health need not be stable.
    async fn events(&self, beanstalk: &impl Beanstalk) -> Result<Vec<Event>, Error> {
        let Request { request_id, since, environment, health_stable_seconds: stable, .. } =
            self.request;
        if request_id.is_none() && *stable == 0 {
            return Ok(Vec::new());
        }
        let before = SignedDuration::from_secs(stable + SETTLING_SECONDS);
        beanstalk.events(environment, since.checked_sub(before).ok()).await
    }

    fn is_ours(&self, event: &Event) -> bool {
        self.request.request_id.is_some() && event.request_id == self.request.request_id
    }

    // Beanstalk allows few calls, and a wait makes many: a call that fails costs one look.
    fn later(&self, error: Error) -> Error {
        if error.is_transient() && self.seconds < self.request.patience() {
            return self.not_ready(&error.to_string());
        }
        error
    }

    // Beanstalk sometimes answers with an empty list, and it lists a terminated environment for a while. So one empty
    // answer proves nothing.
    fn missing(&self) -> Error {
        if self.seconds < self.request.deploy_timeout_seconds {
            return self.not_ready("not listed by Beanstalk");
        }
        Error::EnvironmentMissing { environment: self.request.environment.to_string() }
    }

    fn unfinished(&self, environment: &Environment) -> Error {
        if self.seconds < self.request.deploy_timeout_seconds {
            return self.not_ready(&environment.status.to_string());
        }
        Error::StuckUpdating {
            environment: environment.name.clone(),
            status: environment.status.to_string(),
            seconds: self.seconds,
        }
    }

    fn judge_events(&self, environment: &Environment, events: &[Event]) -> Result<(), Error> {
        let failed = events.iter().any(|event| event.severity == Severity::Error);
        if failed {
            return Err(Error::DeploymentFailed {
                version: self.request.version.to_string(),
                environment: environment.name.clone(),
                messages: messages(events),
            });
        }
        // Just after the update began, Beanstalk may still describe the time before it. So without the event of the
        // completion, no label proves anything.
        let over = events.iter().any(Event::completes_update);
        let ours = self.request.request_id.is_some();
        if ours && !over && self.since_update(environment) < SETTLING_SECONDS {
            return Err(self.not_ready("ready, but without an event of the completion"));
        }
        let found = environment.version.as_deref().unwrap_or("no version");
        if found != self.request.version.as_str() {
            return Err(Error::DeploymentRolledBack {
                version: self.request.version.to_string(),
                environment: environment.name.clone(),
                found: found.to_owned(),
            });
        }
        // All events of an update can be missing, but not only the one of its completion.
        let changed = environment.updated.is_some_and(|updated| updated >= self.request.since);
        if ours && !over && !(changed && events.is_empty()) {
            return Err(Error::DeploymentFailed {
                version: self.request.version.to_string(),
                environment: environment.name.clone(),
                messages: format!("no event of its completion. Last event: {}", last(events)),
            });
        }
        Ok(())
    }

    // Beanstalk sometimes reports success while an instance still runs the old version. The versions of instances are
    // reported late, so they have the same time as the health. Basic health reports no instances.
    fn judge_instances(
        &self,
        environment: &Environment,
        instances: Option<&[InstanceHealth]>,
    ) -> Result<(), Error> {
        let Some(instances) = instances else { return Ok(()) };
        let version = self.request.version.as_str();
        let others: Vec<_> = instances.iter().filter(|instance| !instance.runs(version)).collect();
        if others.is_empty() && !instances.is_empty() {
            return Ok(());
        }
        let (version, environment_name) = (version.to_owned(), environment.name.clone());
        let waits = self.since_update(environment) < self.request.health_grace_seconds;
        match (waits, instances.is_empty()) {
            (true, true) => Err(self.not_ready("deployed, but has no instances")),
            (true, false) => {
                Err(self.not_ready(&format!("deployed, but {}", name_instances(&others))))
            }
            (false, true) => Err(Error::NoInstances { environment: environment_name, version }),
            (false, false) => Err(Error::PartialDeployment {
                environment: environment_name,
                version,
                instances: name_instances(&others),
            }),
        }
    }

    // The health becomes good after the deployment, so it has a time limit of its own, from the end of the update.
    fn unhealthy(&self, environment: &Environment, causes: &str) -> Error {
        let seconds = self.since_update(environment);
        if seconds < self.request.health_grace_seconds {
            return self.not_ready(&format!("deployed, health is {}", environment.health));
        }
        let causes: String = causes.chars().take(LONGEST_MESSAGE).collect();
        Error::Unhealthy {
            version: self.request.version.to_string(),
            environment: environment.name.clone(),
            health: environment.health.to_string(),
            seconds,
            causes: if causes.is_empty() { causes } else { format!(": {causes}") },
        }
    }

    // One good look proves little about an application whose health changes often. Each change of the health is an
    // event, so the last one shows for how long the health has been good.
    fn judge_stability(
        &self,
        environment: &Environment,
        events: &[Event],
        now: Timestamp,
    ) -> Result<Option<Found>, Error> {
        let changed = events.iter().rfind(|event| event.changes_health());
        let changed = changed.map(|event| event.time).max(environment.updated);
        let needed = self.request.health_stable_seconds;
        let Some(changed) = changed.filter(|_| needed > 0) else { return Ok(None) };
        let stable = now.duration_since(changed).as_secs();
        if stable >= needed {
            return Ok(None);
        }
        let patience = self.request.health_grace_seconds + needed;
        if self.since_update(environment) < patience {
            let status = format!("healthy for {stable} s of {needed} s");
            let at = changed.checked_add(SignedDuration::from_secs(needed)).ok();
            return Ok(Some(Found::NotYet { status, at }));
        }
        Err(Error::Unhealthy {
            version: self.request.version.to_string(),
            environment: environment.name.clone(),
            health: environment.health.to_string(),
            seconds: self.since_update(environment),
            causes: format!(": healthy for {stable} s only, as it changes repeatedly"),
        })
    }

    /// The time since the end of the update, in seconds; if that is unknown, since the request for it.
    fn since_update(&self, environment: &Environment) -> i64 {
        let since = self.request.since;
        let updated = environment.updated.filter(|updated| *updated >= since).unwrap_or(since);
        self.seconds - updated.duration_since(since).as_secs()
    }

    fn not_ready(&self, status: &str) -> Error {
        let what = format!("environment `{}`", self.request.environment);
        Error::NotReady { what, status: status.to_owned() }
    }
}

fn last(events: &[Event]) -> String {
    let last = events.last().map_or("none", |event| event.message.as_str());
    last.chars().take(LONGEST_MESSAGE).collect()
}

// The first errors name the reason. The aftermath, which may come late, only describes the environment, and the report
// of the failure does so itself.
fn messages(events: &[Event]) -> String {
    let errors = events.iter().filter(|event| event.severity == Severity::Error);
    let errors = errors.filter(|event| !event.is_aftermath());
    let short = errors.map(|event| event.message.chars().take(LONGEST_MESSAGE).collect::<String>());
    short.take(MOST_MESSAGES).collect::<Vec<_>>().join(" ")
}
