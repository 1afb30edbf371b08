//! The health of environments in memory.

use mist_core::{
    beanstalk::{
        environment::Environment,
        health::{HealthReport, InstanceHealth},
    },
    error::Error,
    names::EnvironmentName,
    ports::Monitor,
};

use super::FakeBeanstalk;
use crate::mutex::lock;

impl FakeBeanstalk {
    /// Gives the environment `name` these instances, in place of one with the environment's version.
    pub fn put_instances(&self, name: &str, instances: impl IntoIterator<Item = InstanceHealth>) {
        lock(&self.state).instances.insert(name.to_owned(), instances.into_iter().collect());
    }

    /// Sets the health report of the environment `name`.
    pub fn put_report(&self, name: &str, report: HealthReport) {
        lock(&self.state).reports.insert(name.to_owned(), report);
    }
}

impl Monitor for FakeBeanstalk {
    async fn instances(
        &self,
        environment: &EnvironmentName,
    ) -> Result<Option<Vec<InstanceHealth>>, Error> {
        let state = self.called("instances");
        let Some(found) = state.environments.get(environment.as_str()) else { return Ok(None) };
        if found.health.status.is_none() {
            return Ok(None);
        }
        let usual = || InstanceHealth {
            id: "i-0123456789abcdef0".to_owned(),
            version: found.version.clone(),
            deployment: Some("Deployed".to_owned()),
        };
        let known = state.instances.get(environment.as_str()).cloned();
        Ok(Some(known.unwrap_or_else(|| vec![usual()])))
    }

    async fn health(&self, environment: &EnvironmentName) -> Result<Option<HealthReport>, Error> {
        let mut state = self.called("health");
        state.answers("health")?;
        let enhanced = |found: &Environment| found.health.status.is_some();
        if !state.environments.get(environment.as_str()).is_some_and(enhanced) {
            return Ok(None);
        }
        Ok(Some(state.reports.get(environment.as_str()).cloned().unwrap_or_default()))
    }
}
