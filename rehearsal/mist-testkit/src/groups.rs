//! Auto Scaling groups in memory.

use std::{collections::BTreeMap, sync::Mutex};

use mist_core::{
    beanstalk::capacity::{Capacity, Group},
    error::Error,
    names::EnvironmentName,
    ports::Groups,
};

use crate::mutex::lock;

/// Auto Scaling groups in memory, with the names of their environments. Instances start and stop when the test calls
/// [`FakeGroups::settle`].
#[derive(Debug, Default)]
pub struct FakeGroups {
    groups: Mutex<BTreeMap<String, Group>>,
    lose_answers: Mutex<u32>,
}

impl FakeGroups {
    /// A group for each of `environments`, with this desired capacity in service and a maximum of four.
    pub fn with(environments: impl IntoIterator<Item = (&'static str, u32)>) -> Self {
        let fake = Self::default();
        for (name, desired) in environments {
            fake.put(name, Capacity { min: desired.min(1), max: 4, desired });
        }
        fake
    }

    /// Gives the environment `name` a group of this capacity, with all instances in service.
    pub fn put(&self, name: &str, capacity: Capacity) {
        let (instances, in_service) = (capacity.desired, capacity.desired);
        let group = Group { name: name.to_owned(), capacity, instances, in_service };
        lock(&self.groups).insert(name.to_owned(), group);
    }

    /// Brings the instances in service of all groups to the desired capacity.
    pub fn settle(&self) {
        for group in lock(&self.groups).values_mut() {
            (group.instances, group.in_service) = (group.capacity.desired, group.capacity.desired);
        }
    }

    /// The capacity of the group of the environment `name`.
    pub fn capacity(&self, name: &str) -> Option<Capacity> {
        lock(&self.groups).get(name).map(|group| group.capacity)
    }

    /// Makes the next change succeed and lose its answer.
    pub fn lose_next_answer(&self) {
        *lock(&self.lose_answers) = 1;
    }
}

impl Groups for FakeGroups {
    async fn group(&self, environment: &EnvironmentName) -> Result<Group, Error> {
        let found = lock(&self.groups).get(environment.as_str()).cloned();
        found.ok_or_else(|| Error::NoGroup { environment: environment.to_string() })
    }

    async fn set_capacity(&self, name: &str, min: u32, desired: u32) -> Result<(), Error> {
        if let Some(group) = lock(&self.groups).get_mut(name) {
            (group.capacity.min, group.capacity.desired) = (min, desired);
        }
        if std::mem::take(&mut *lock(&self.lose_answers)) > 0 {
            let message = "no answer".to_owned();
            return Err(Error::ServiceUnavailable { service: "autoscaling", message });
        }
        Ok(())
    }
}
