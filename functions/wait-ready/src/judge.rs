//! Judges a deployment from one look: whether it is over, and how it ended.

use jiff::{SignedDuration, Timestamp};
use mist_core::{
    beanstalk::{
        environment::{Environment, EnvironmentStatus},
        event::{Event, Severity},
        health::InstanceHealth,
    },
    error::Error,
    ports::{Beanstalk, Clock, Monitor},
};

use crate::{Request, Response, Target};

/// What Beanstalk says when an update is over and it thinks that it went well. Nothing else is the
/// end: "New application version was deployed …" is also said of deployments that failed.
const COMPLETED: &str = "Environment update completed successfully.";

/// How Beanstalk begins what it says after the end of a deployment that failed.
const AFTERTHOUGHT: &str = "During an aborted deployment, some instances may have deployed";

/// How Beanstalk begins what it says when the health changes.
const TRANSITION: &str = "Environment health has";

/// For how many seconds Beanstalk's answers may still show how it was before the update began.
const SETTLING_SECONDS: i64 = 60;

/// How many messages an error carries at most, and how long each may be.
const MOST_MESSAGES: usize = 5;
const LONGEST_MESSAGE: usize = 500;

/// What a look found.
#[derive(Debug)]
pub(crate) enum Found {
    /// Every instance runs the version, and the environment is healthy.
    Healthy(Response),
    /// It may still become so.
    NotYet {
        /// What is missing.
        status: String,
        /// When looking again is worthwhile, if that is known.
        at: Option<Timestamp>,
    },
}

/// Judges the deployment of `request`, whose environment Beanstalk describes as `found`. Every error is the end.
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
        // Ready says only that Beanstalk does nothing now, not that what it did went well.
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

    /// The events that tell how the update went and for how long the health has been as it is: in one answer, as
    /// Beanstalk allows few calls. None are needed where nothing was deployed and no time is asked for.
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

    // Beanstalk allows few calls, and a wait makes many: a call that fails is only one look less.
    fn later(&self, error: Error) -> Error {
        if error.is_transient() && self.seconds < self.request.patience() {
            return self.not_ready(&error.to_string());
        }
        error
    }

    // Beanstalk is known to answer with an empty list now and then, and one that somebody terminates is
    // listed for a while: so one empty answer proves nothing.
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
        // Just after the update began, Beanstalk may still answer as before it. Without an event that
        // says that the update is over, neither the old label nor the right one proves anything.
        let over = events.iter().any(|event| event.message == COMPLETED);
        let ours = self.request.request_id.is_some();
        if ours && !over && self.since_update(environment) < SETTLING_SECONDS {
            return Err(self.not_ready("ready, but its events do not say so yet"));
        }
        let found = environment.version.as_deref().unwrap_or("no version");
        if found != self.request.version.as_str() {
            return Err(Error::DeploymentRolledBack {
                version: self.request.version.to_string(),
                environment: environment.name.clone(),
                found: found.to_owned(),
            });
        }
        // Events can be lost altogether, but not just the one that says that all went well.
        let changed = environment.updated.is_some_and(|updated| updated >= self.request.since);
        if ours && !over && !(changed && events.is_empty()) {
            return Err(Error::DeploymentFailed {
                version: self.request.version.to_string(),
                environment: environment.name.clone(),
                messages: format!("Beanstalk never said that it completed. {}", last(events)),
            });
        }
        Ok(())
    }

    // Beanstalk is known to say that all went well while an instance still runs the old version. What
    // instances tell lags behind, so it gets the same time as their health. Basic health tells nothing.
    fn judge_instances(
        &self,
        environment: &Environment,
        instances: Option<&[InstanceHealth]>,
    ) -> Result<(), Error> {
        let Some(instances) = instances else { return Ok(()) };
        let ours = |instance: &&InstanceHealth| {
            instance.version.as_deref() == Some(self.request.version.as_str())
                && instance.deployment.as_deref() == Some("Deployed")
        };
        let mut others: Vec<_> = instances.iter().filter(|it| !ours(it)).map(describe).collect();
        if others.len() > MOST_MESSAGES {
            let more = others.len() - MOST_MESSAGES;
            others.truncate(MOST_MESSAGES);
            others.push(format!("and {more} more"));
        }
        if others.is_empty() && !instances.is_empty() {
            return Ok(());
        }
        let (version, environment_name) =
            (self.request.version.to_string(), environment.name.clone());
        let waits = self.since_update(environment) < self.request.health_grace_seconds;
        match (waits, instances.is_empty()) {
            (true, true) => Err(self.not_ready("deployed, and has no instances")),
            (true, false) => Err(self.not_ready(&format!("deployed, but {}", others.join(", ")))),
            (false, true) => Err(Error::NoInstances { environment: environment_name, version }),
            (false, false) => Err(Error::PartialDeployment {
                environment: environment_name,
                version,
                instances: others.join(", "),
            }),
        }
    }

    // Health lags behind the deployment, so it gets a time of its own, from the end of the update.
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

    // One good look proves little of an application that comes and goes. Every change of the health is
    // an event, so the last one tells for how long it has been as it is.
    fn judge_stability(
        &self,
        environment: &Environment,
        events: &[Event],
        now: Timestamp,
    ) -> Result<Option<Found>, Error> {
        let changed = events.iter().rfind(|event| event.message.starts_with(TRANSITION));
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
            causes: format!(": healthy for {stable} s only, it changes again and again"),
        })
    }

    /// Seconds since the update ended, as far as the environment tells; else since it was asked for.
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

fn describe(instance: &InstanceHealth) -> String {
    let InstanceHealth { id, version, deployment } = instance;
    let version = version.as_deref().unwrap_or("no version");
    format!("{id} runs `{version}` ({})", deployment.as_deref().unwrap_or("no deployment"))
}

fn last(events: &[Event]) -> String {
    let last = events.last().map_or("It said nothing", |event| event.message.as_str());
    last.chars().take(LONGEST_MESSAGE).collect()
}

// The first errors say why. What Beanstalk adds a second after the end, and so may not have said yet,
// is how the environment is left, and that is told by the look at the stack.
fn messages(events: &[Event]) -> String {
    let errors = events.iter().filter(|event| event.severity == Severity::Error);
    let errors = errors.filter(|event| !event.message.starts_with(AFTERTHOUGHT));
    let short = errors.map(|event| event.message.chars().take(LONGEST_MESSAGE).collect::<String>());
    short.take(MOST_MESSAGES).collect::<Vec<_>>().join(" ")
}
