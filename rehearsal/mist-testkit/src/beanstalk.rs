//! Elastic Beanstalk in memory.

mod monitor;

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard},
};

use jiff::Timestamp;
use mist_core::{
    beanstalk::{
        application_version::{ApplicationVersion, VersionStatus},
        environment::{Environment, EnvironmentStatus, Tier},
        event::{Event, Severity},
        health::{Health, HealthReport, InstanceHealth},
    },
    error::Error,
    names::{EnvironmentName, VersionLabel},
    ports::{Beanstalk, NewVersion, Update},
    release::content,
};

use crate::{clock::START, mutex::lock};

/// Elastic Beanstalk in memory. A deployment begins with [`Beanstalk::deploy`], and ends when the test calls
/// [`FakeBeanstalk::succeed`] or [`FakeBeanstalk::fail`].
#[derive(Debug, Default)]
pub struct FakeBeanstalk {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    environments: BTreeMap<String, Environment>,
    versions: BTreeMap<(String, String), ApplicationVersion>,
    updates: BTreeMap<String, (String, String)>,
    events: BTreeMap<String, Vec<Event>>,
    lose_answers: u32,
    rival: Option<ApplicationVersion>,
    order: Vec<(String, String)>,
    instances: BTreeMap<String, Vec<InstanceHealth>>,
    reports: BTreeMap<String, HealthReport>,
    calls: Vec<&'static str>,
    since: Vec<Option<Timestamp>>,
    refusals: Vec<(&'static str, Error)>,
}

impl State {
    fn answers(&mut self, name: &str) -> Result<(), Error> {
        let refusal = self.refusals.iter().position(|(call, _)| *call == name);
        refusal.map_or(Ok(()), |at| Err(self.refusals.remove(at).1))
    }
}

/// A healthy environment of application `Demo` that runs `version`.
pub fn environment(name: &str, version: &str) -> Environment {
    Environment {
        name: name.to_owned(),
        application: "Demo".to_owned(),
        version: Some(version.to_owned()),
        status: EnvironmentStatus::Ready,
        health: Health { color: "Green".to_owned(), status: Some("Ok".to_owned()) },
        tier: Tier::WebServer,
        cname: format!("{}.us-east-1.elasticbeanstalk.com", name.to_lowercase()),
        address: "192.0.2.1".to_owned(),
        platform: "arn:aws:elasticbeanstalk:us-east-1::platform/Tomcat/5.0.0".to_owned(),
        updated: Timestamp::from_second(START).ok(),
    }
}

impl FakeBeanstalk {
    /// A Beanstalk with `environments`.
    pub fn with(environments: impl IntoIterator<Item = Environment>) -> Self {
        let fake = Self::default();
        for environment in environments {
            fake.put(environment);
        }
        fake
    }

    /// Adds `environment`, or replaces the one of that name.
    pub fn put(&self, environment: Environment) {
        lock(&self.state).environments.insert(environment.name.clone(), environment);
    }

    /// Changes the environment `name` as `change` says.
    pub fn change(&self, name: &str, change: impl FnOnce(&mut Environment)) {
        if let Some(environment) = lock(&self.state).environments.get_mut(name) {
            change(environment);
        }
    }

    /// Removes the environment `name`.
    pub fn remove(&self, name: &str) {
        lock(&self.state).environments.remove(name);
    }

    /// Adds a version of `application`.
    pub fn put_version(&self, application: &str, label: &str, version: ApplicationVersion) {
        let mut state = lock(&self.state);
        let key = (application.to_owned(), label.to_owned());
        state.order.push(key.clone());
        state.versions.insert(key, version);
    }

    /// The version `label` of `application`.
    pub fn version_of(&self, application: &str, label: &str) -> Option<ApplicationVersion> {
        lock(&self.state).versions.get(&(application.to_owned(), label.to_owned())).cloned()
    }

    /// Ends the check of version `label` of `application` with `status`.
    pub fn processed(&self, application: &str, label: &str, status: VersionStatus) {
        let key = (application.to_owned(), label.to_owned());
        if let Some(version) = lock(&self.state).versions.get_mut(&key) {
            version.status = status;
        }
    }

    /// Makes another client create the next label first, as `version`.
    pub fn lose_next_label(&self, version: ApplicationVersion) {
        lock(&self.state).rival = Some(version);
    }

    /// The names of the port's functions that were called, in their order.
    pub fn calls(&self) -> Vec<&'static str> {
        lock(&self.state).calls.clone()
    }

    /// The times since which events were requested, in their order. The answers have all events.
    pub fn events_since(&self) -> Vec<Option<Timestamp>> {
        lock(&self.state).since.clone()
    }

    /// The number of calls of the port's function `name`.
    pub fn count(&self, name: &str) -> usize {
        lock(&self.state).calls.iter().filter(|call| **call == name).count()
    }

    /// Makes the next call of the port's function `name`, `environments` or `health`, end with `error`.
    pub fn refuse_next(&self, name: &'static str, error: Error) {
        lock(&self.state).refusals.push((name, error));
    }

    fn called(&self, name: &'static str) -> MutexGuard<'_, State> {
        let mut state = lock(&self.state);
        state.calls.push(name);
        state
    }

    /// The number of deployments that began.
    pub fn deployments(&self) -> usize {
        lock(&self.state).updates.len()
    }

    /// Makes the next deployment begin and lose its answer.
    pub fn lose_next_answer(&self) {
        lock(&self.state).lose_answers = 1;
    }

    /// Adds the event `message` to the update `request_id`, which continues.
    pub fn say(&self, request_id: &str, severity: Severity, message: &str) {
        let mut state = lock(&self.state);
        state.events.entry(request_id.to_owned()).or_default().push(event(severity, message));
    }

    /// Adds the event `message` of severity INFO and `time` to the update `request_id`.
    pub fn say_at(&self, request_id: &str, time: Timestamp, message: &str) {
        let event = Event { time, ..event(Severity::Info, message) };
        lock(&self.state).events.entry(request_id.to_owned()).or_default().push(event);
    }

    /// Ends the update `request_id` with success.
    pub fn succeed(&self, request_id: &str) {
        self.end(
            request_id,
            true,
            &[(Severity::Info, "Environment update completed successfully.")],
        );
    }

    /// Ends the update `request_id` with events of severity ERROR. The old version stays.
    pub fn fail(&self, request_id: &str, messages: &[&str]) {
        let messages: Vec<_> = messages.iter().map(|message| (Severity::Error, *message)).collect();
        self.end(request_id, false, &messages);
    }

    fn end(&self, request_id: &str, good: bool, messages: &[(Severity, &str)]) {
        let mut state = lock(&self.state);
        let Some((name, label)) = state.updates.get(request_id).cloned() else { return };
        if let Some(environment) = state.environments.get_mut(&name) {
            environment.status = EnvironmentStatus::Ready;
            environment.health =
                Health { color: "Green".to_owned(), status: Some("Ok".to_owned()) };
            if good {
                environment.version = Some(label);
            }
        }
        let events = messages.iter().map(|(severity, message)| event(*severity, message));
        state.events.entry(request_id.to_owned()).or_default().extend(events);
    }
}

fn event(severity: Severity, message: &str) -> Event {
    let time = Timestamp::from_second(START).unwrap_or(Timestamp::UNIX_EPOCH);
    Event { time, severity, message: message.to_owned(), request_id: None }
}

impl Beanstalk for FakeBeanstalk {
    async fn environments(&self, names: &[&EnvironmentName]) -> Result<Vec<Environment>, Error> {
        let mut state = self.called("environments");
        state.answers("environments")?;
        Ok(names.iter().filter_map(|name| state.environments.get(name.as_str()).cloned()).collect())
    }

    async fn version(
        &self,
        application: &str,
        label: &VersionLabel,
    ) -> Result<Option<ApplicationVersion>, Error> {
        drop(self.called("version"));
        Ok(self.version_of(application, label.as_str()))
    }

    async fn newest_version(&self, application: &str) -> Result<Option<VersionLabel>, Error> {
        let state = self.called("newest_version");
        let fit = state.order.iter().rev().find(|key| {
            let status = state.versions.get(key).map(|version| version.status);
            key.0 == application && status != Some(VersionStatus::Failed)
        });
        let label = fit.map(|(_, label)| label.parse());
        label.transpose().map_err(|problem| Error::InvalidInput { problem })
    }

    async fn create_version(
        &self,
        version: &NewVersion,
    ) -> Result<Option<ApplicationVersion>, Error> {
        let mut state = self.called("create_version");
        let ours = ApplicationVersion {
            bundle: Some(version.bundle.clone()),
            status: VersionStatus::Usable,
            checksum: content::recorded(&version.description),
        };
        let first = state.rival.take().unwrap_or(ours);
        let key = (version.application.clone(), version.label.to_string());
        state.order.push(key.clone());
        Ok(Some(state.versions.entry(key).or_insert(first).clone()))
    }

    async fn deploy(
        &self,
        environment: &EnvironmentName,
        label: &VersionLabel,
    ) -> Result<Update, Error> {
        let mut state = self.called("deploy");
        let request_id = format!("request-{}", state.updates.len() + 1);
        let Some(found) = state.environments.get_mut(environment.as_str()) else {
            return Err(Error::EnvironmentMissing { environment: environment.to_string() });
        };
        if found.status != EnvironmentStatus::Ready {
            let (environment, status) = (found.name.clone(), found.status.to_string());
            return Err(Error::EnvironmentBusy { environment, status });
        }
        found.status = EnvironmentStatus::Updating;
        found.health = Health { color: "Grey".to_owned(), status: None };
        let update = (environment.to_string(), label.to_string());
        state.updates.insert(request_id.clone(), update);
        let started = event(Severity::Info, "Environment update is starting.");
        state.events.insert(request_id.clone(), vec![started]);
        if std::mem::take(&mut state.lose_answers) > 0 {
            let message = "no answer".to_owned();
            return Err(Error::ServiceUnavailable { service: "elasticbeanstalk", message });
        }
        Ok(Update { request_id })
    }

    async fn events(
        &self,
        environment: &EnvironmentName,
        since: Option<Timestamp>,
    ) -> Result<Vec<Event>, Error> {
        let mut state = self.called("events");
        state.since.push(since);
        let ours = |request: &str| {
            state.updates.get(request).is_some_and(|(name, _)| name == environment.as_str())
        };
        let events = state.events.iter().filter(|(request, _)| ours(request));
        let of = |(request, events): (&String, &Vec<Event>)| {
            let request_id = Some(request.clone());
            events
                .iter()
                .cloned()
                .map(|event| Event { request_id: request_id.clone(), ..event })
                .collect::<Vec<_>>()
        };
        Ok(events.flat_map(of).collect())
    }
}
