//! Alarms in memory.

use std::sync::Mutex;

use mist_core::{
    error::Error,
    ports::{Alarm, AlarmState, Alarms},
};

use crate::mutex::lock;

/// Alarms in memory.
#[derive(Debug, Default)]
pub struct FakeAlarms {
    alarms: Mutex<Vec<Alarm>>,
}

impl FakeAlarms {
    /// Sets the state of the alarm `name`.
    pub fn put(&self, name: &str, state: AlarmState) {
        let mut alarms = lock(&self.alarms);
        alarms.retain(|alarm| alarm.name != name);
        alarms.push(Alarm { name: name.to_owned(), state });
    }
}

impl Alarms for FakeAlarms {
    async fn states(&self, names: &[String]) -> Result<Vec<Alarm>, Error> {
        let alarms = lock(&self.alarms);
        Ok(alarms.iter().filter(|alarm| names.contains(&alarm.name)).cloned().collect())
    }
}
