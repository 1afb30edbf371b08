//! Looks once whether a deployment is over, and how it ended.

use jiff::Timestamp;
use mist_core::{
    AllowedHealth, Environment, EnvironmentName, EnvironmentStatus, Error, Event, InstanceHealth,
    Severity, VersionLabel,
    ports::{Beanstalk, Clock, Monitor},
};
use serde::{Deserialize, Serialize};

#[cfg(test)]
mod tests;

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

/// Which deployment is looked at.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// The environment.
    pub environment: EnvironmentName,
    /// The version that it must run.
    pub version: VersionLabel,
    /// What the events of the update are found by; null when nothing had to be deployed.
    pub request_id: Option<String>,
    /// When the update was asked for.
    pub since: Timestamp,
    /// For how long a deployment may take, in seconds.
    pub deploy_timeout_seconds: i64,
    /// For how long the environment may then take to become healthy, in seconds.
    pub health_grace_seconds: i64,
    /// For how long it must have been healthy without a break, in seconds.
    pub health_stable_seconds: i64,
    /// The healths that are good enough.
    pub allowed_health: AllowedHealth,
}

/// The environment runs the version, and is healthy.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// The environment's health.
    pub health: String,
    /// Where the environment can be reached.
    pub address: String,
    /// When the environment last changed; it must not have until it goes live.
    pub updated: Option<Timestamp>,
    /// How long it took from the request to now, in seconds.
    pub seconds: i64,
}

/// Looks once. [`Error::NotReady`] asks to look again later; every other error is the end.
pub async fn run(
    beanstalk: &(impl Beanstalk + Monitor),
    clock: &impl Clock,
    request: Request,
) -> Result<Response, Error> {
    let seconds = clock.now().duration_since(request.since).as_secs();
    let look = Look { request: &request, seconds };
    let found = beanstalk.environments(&[&request.environment]).await;
    let found = found.map_err(|error| look.later(error))?.pop();
    let Some(environment) = found else { return Err(look.missing()) };
    if environment.status.is_ending() {
        let status = environment.status.to_string();
        return Err(Error::EnvironmentTerminating { environment: environment.name, status });
    }
    if environment.status != EnvironmentStatus::Ready {
        return Err(look.unfinished(&environment));
    }
    // Ready says only that Beanstalk does nothing now, not that what it did went well.
    let events = match &request.request_id {
        Some(request_id) => {
            let events = beanstalk.events(&request.environment, Some(request_id)).await;
            events.map_err(|error| look.later(error))?
        }
        None => Vec::new(),
    };
    look.judge_events(&environment, &events)?;
    let name = &request.environment;
    let instances = beanstalk.instances(name).await.map_err(|error| look.later(error))?;
    look.judge_instances(&environment, instances.as_deref())?;
    if !request.allowed_health.allows(&environment.health) {
        let report = beanstalk.health(name).await.map_err(|error| look.later(error))?;
        let causes = report.map(|report| report.causes.join(" ")).unwrap_or_default();
        return Err(look.unhealthy(&environment, &causes));
    }
    if request.health_stable_seconds > 0 {
        let events = beanstalk.events(name, None).await.map_err(|error| look.later(error))?;
        look.judge_stability(&environment, &events, clock.now())?;
    }
    let health = environment.health.to_string();
    tracing::info!(
        environment.name = %environment.name,
        version.label = %request.version,
        "`{}` runs `{}` and is {health}", environment.name, request.version
    );
    let Environment { address, updated, .. } = environment;
    Ok(Response { health, address, updated, seconds })
}

/// One look, `seconds` after the update was asked for.
struct Look<'a> {
    request: &'a Request,
    seconds: i64,
}

impl Look<'_> {
    // Beanstalk allows few calls, and a wait makes many: a call that fails is only one look less.
    fn later(&self, error: Error) -> Error {
        let passing = matches!(error, Error::Throttled { .. } | Error::ServiceUnavailable { .. });
        if passing && self.seconds < self.request.deploy_timeout_seconds {
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
    ) -> Result<(), Error> {
        let changed = events.iter().rfind(|event| event.message.starts_with(TRANSITION));
        let changed = changed.map(|event| event.time).max(environment.updated);
        let stable = changed.map_or(i64::MAX, |changed| now.duration_since(changed).as_secs());
        if stable >= self.request.health_stable_seconds {
            return Ok(());
        }
        let patience = self.request.health_grace_seconds + self.request.health_stable_seconds;
        if self.since_update(environment) < patience {
            return Err(self.not_ready(&format!("healthy for {stable} s so far")));
        }
        Err(Error::Unhealthy {
            version: self.request.version.to_string(),
            environment: environment.name.clone(),
            health: environment.health.to_string(),
            seconds: self.since_update(environment),
            causes: format!(": it has been so for {stable} s only, and comes and goes"),
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
