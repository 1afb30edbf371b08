//! The logs of instances, in memory.

use std::sync::Mutex;

use jiff::Timestamp;
use mist_core::{
    beanstalk::instance_log::SentLog,
    error::Error,
    names::EnvironmentName,
    ports::{Logs, Texts},
};
use secrecy::{ExposeSecret as _, SecretString};

use crate::lock;

/// The logs of instances, in memory. An address is the text that lies there.
#[derive(Debug, Default)]
pub struct FakeLogs {
    sent: Mutex<Vec<SentLog>>,
    asked: Mutex<u32>,
}

impl FakeLogs {
    /// `instance` sends `text` at `time`.
    pub fn send(&self, instance: &str, time: Timestamp, text: &str) {
        let log = SentLog { instance: instance.to_owned(), time, url: text.to_owned().into() };
        lock(&self.sent).push(log);
    }

    /// How often instances were asked.
    pub fn asked(&self) -> u32 {
        *lock(&self.asked)
    }
}

impl Logs for FakeLogs {
    async fn ask(&self, _: &EnvironmentName) -> Result<(), Error> {
        *lock(&self.asked) += 1;
        Ok(())
    }

    async fn sent(&self, _: &EnvironmentName) -> Result<Vec<SentLog>, Error> {
        Ok(lock(&self.sent).clone())
    }
}

impl Texts for FakeLogs {
    async fn read(&self, url: &SecretString, most: usize) -> Result<String, Error> {
        Ok(url.expose_secret().chars().take(most).collect())
    }
}
