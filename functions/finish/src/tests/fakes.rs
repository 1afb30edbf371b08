//! Environments with the logs of their instances, and tables that cannot be reached.

use std::{collections::BTreeMap, sync::Mutex};

use mist_core::{
    beanstalk::{
        application_version::ApplicationVersion, environment::Environment, event::Event,
        instance_log::LogTail,
    },
    names::{EnvironmentName, VersionLabel},
    ports::{NewVersion, Update},
    release::history::{Planned, ReleaseEnd},
};
use mist_testkit::FakeBeanstalk;

use super::*;

/// Environments with the logs of their instances.
#[derive(Debug, Default)]
pub(super) struct FakeInstances {
    /// The environments.
    pub(super) environments: FakeBeanstalk,
    /// The logs.
    pub(super) logs: FakeLogs,
    /// The number of tries before there is a log.
    pub(super) late: Mutex<u32>,
}

impl FakeInstances {
    pub(super) fn of(environments: impl IntoIterator<Item = Environment>) -> Self {
        Self { environments: FakeBeanstalk::with(environments), ..Self::default() }
    }
}

impl Beanstalk for FakeInstances {
    async fn environments(&self, names: &[&EnvironmentName]) -> Result<Vec<Environment>, Error> {
        self.environments.environments(names).await
    }

    async fn version(
        &self,
        application: &str,
        label: &VersionLabel,
    ) -> Result<Option<ApplicationVersion>, Error> {
        self.environments.version(application, label).await
    }

    async fn newest_version(&self, application: &str) -> Result<Option<VersionLabel>, Error> {
        self.environments.newest_version(application).await
    }

    async fn create_version(
        &self,
        version: &NewVersion,
    ) -> Result<Option<ApplicationVersion>, Error> {
        self.environments.create_version(version).await
    }

    async fn deploy(
        &self,
        environment: &EnvironmentName,
        label: &VersionLabel,
    ) -> Result<Update, Error> {
        self.environments.deploy(environment, label).await
    }

    async fn events(
        &self,
        environment: &EnvironmentName,
        since: Option<Timestamp>,
    ) -> Result<Vec<Event>, Error> {
        self.environments.events(environment, since).await
    }
}

impl Logs for FakeInstances {
    async fn request(&self, environment: &EnvironmentName) -> Result<(), Error> {
        self.logs.request(environment).await
    }

    async fn retrieve(&self, environment: &EnvironmentName) -> Result<Vec<LogTail>, Error> {
        let late = {
            let mut late = self.late.lock().unwrap();
            let before = *late;
            *late = before.saturating_sub(1);
            before > 0
        };
        if late { Ok(Vec::new()) } else { self.logs.retrieve(environment).await }
    }
}

/// Tables that cannot be reached.
#[derive(Debug, Default)]
pub(super) struct Down;

fn down<T>() -> Result<T, Error> {
    let message = "no answer".to_owned();
    Err(Error::ServiceUnavailable { service: "dynamodb", message })
}

impl Locks for Down {
    async fn state(&self, _: &StackName) -> Result<StackState, Error> {
        down()
    }

    async fn write(&self, _: &StackName, _: &StackState, _: &StackState) -> Result<bool, Error> {
        down()
    }

    async fn all(&self) -> Result<Vec<Result<(StackName, StackState), Error>>, Error> {
        down()
    }
}

impl History for Down {
    async fn open(&self, _: &PastRelease) -> Result<bool, Error> {
        down()
    }

    async fn plan(&self, _: &StackName, _: &str, _: &Planned) -> Result<(), Error> {
        down()
    }

    async fn releases(
        &self,
        _: &StackName,
        _: u32,
    ) -> Result<Vec<Result<PastRelease, Error>>, Error> {
        down()
    }

    async fn end(&self, _: &StackName, _: &str, _: &ReleaseEnd) -> Result<(), Error> {
        down()
    }

    async fn note_steps(
        &self,
        _: &StackName,
        _: &str,
        _: &BTreeMap<String, f64>,
    ) -> Result<(), Error> {
        down()
    }
}
