//! The check that enough instances of an environment serve.

use mist_core::{
    beanstalk::{environment::EnvironmentStatus, health::AllowedHealth},
    error::Error,
    ports::{Beanstalk, Monitor},
    release::capacity::CapacityWait,
};

/// The service that an environment must provide.
pub(crate) struct Service<'a> {
    /// The minimum number of instances.
    pub(crate) instances: u32,
    /// The version that they must run; `None`: any.
    pub(crate) version: Option<&'a str>,
    /// The health statuses that are good enough.
    pub(crate) allowed: &'a AllowedHealth,
    /// The reason why there may be too few instances, as the end of a message; empty if there is none.
    pub(crate) hint: &'a str,
}

impl Service<'_> {
    /// The health of the environment of `wait`, if it provides the service. Looks once.
    pub(crate) async fn look(
        &self,
        beanstalk: &(impl Beanstalk + Monitor),
        wait: CapacityWait<'_>,
    ) -> Result<String, Error> {
        let name = wait.environment;
        let Some(found) = beanstalk.environments(&[name]).await?.pop() else {
            // Its group exists, and Beanstalk sometimes answers with an empty list.
            if wait.timed_out() {
                return Err(Error::EnvironmentMissing { environment: name.to_string() });
            }
            return Err(wait.not_ready("not listed by Beanstalk".to_owned()));
        };
        let status = found.status;
        if status.is_ending() {
            let (environment, status) = (found.name, status.to_string());
            return Err(Error::EnvironmentTerminating { environment, status });
        }
        let runs = found.version.as_deref();
        let other = self.version.filter(|version| runs != Some(*version));
        if let Some(version) = other.filter(|_| status == EnvironmentStatus::Ready) {
            let runs = runs.unwrap_or("no version");
            let problem = format!("it runs `{runs}`, not `{version}`");
            return Err(Error::TargetChanged { environment: found.name, problem });
        }
        // Only enhanced health reports the version on an instance.
        if let Some(instances) = beanstalk.instances(name).await? {
            let ours = instances.iter().filter(|it| self.version.is_none_or(|ours| it.runs(ours)));
            let ours = u32::try_from(ours.count()).unwrap_or(u32::MAX);
            if ours < self.instances {
                return Err(wait.not_reached(ours, self.instances, self.hint));
            }
        }
        // New instances make the health worse for a short time, in which the environment may not go live.
        let health = found.health.to_string();
        let problem = match status {
            EnvironmentStatus::Ready if self.allowed.allows(&found.health) => return Ok(health),
            EnvironmentStatus::Ready => format!("; its health is {health}"),
            status => format!("; it is {status}"),
        };
        Err(wait.not_reached(self.instances, self.instances, &problem))
    }
}
