//! Auto Scaling groups in memory.

use std::{collections::BTreeMap, sync::Mutex};

use mist_core::{
    beanstalk::capacity::{Group, Sizes},
    error::Error,
    names::EnvironmentName,
    ports::Groups,
};

use crate::lock;

/// Auto Scaling groups in memory, called like their environments. Instances come and go when the test
/// says so: [`FakeGroups::settle`].
#[derive(Debug, Default)]
pub struct FakeGroups {
    groups: Mutex<BTreeMap<String, Group>>,
    lose_answers: Mutex<u32>,
}

impl FakeGroups {
    /// A group for each of `environments`, with so many instances in service, of at most four.
    pub fn with(environments: impl IntoIterator<Item = (&'static str, u32)>) -> Self {
        let fake = Self::default();
        for (name, desired) in environments {
            fake.put(name, Sizes { min: desired.min(1), max: 4, desired });
        }
        fake
    }

    /// The environment `name` has a group of `sizes`, with all its instances in service.
    pub fn put(&self, name: &str, sizes: Sizes) {
        let (instances, in_service) = (sizes.desired, sizes.desired);
        let group = Group { name: name.to_owned(), sizes, instances, in_service };
        lock(&self.groups).insert(name.to_owned(), group);
    }

    /// All groups have just as many instances in service as they shall have.
    pub fn settle(&self) {
        for group in lock(&self.groups).values_mut() {
            (group.instances, group.in_service) = (group.sizes.desired, group.sizes.desired);
        }
    }

    /// The sizes of the group of the environment `name`.
    pub fn sizes(&self, name: &str) -> Option<Sizes> {
        lock(&self.groups).get(name).map(|group| group.sizes)
    }

    /// The next change is made, but the answer that says so is lost.
    pub fn lose_next_answer(&self) {
        *lock(&self.lose_answers) = 1;
    }
}

impl Groups for FakeGroups {
    async fn group(&self, environment: &EnvironmentName) -> Result<Group, Error> {
        let found = lock(&self.groups).get(environment.as_str()).cloned();
        found.ok_or_else(|| Error::NoGroup { environment: environment.to_string() })
    }

    async fn resize(&self, name: &str, min: u32, desired: u32) -> Result<(), Error> {
        if let Some(group) = lock(&self.groups).get_mut(name) {
            (group.sizes.min, group.sizes.desired) = (min, desired);
        }
        if std::mem::take(&mut *lock(&self.lose_answers)) > 0 {
            let message = "no answer".to_owned();
            return Err(Error::ServiceUnavailable { service: "autoscaling", message });
        }
        Ok(())
    }
}
