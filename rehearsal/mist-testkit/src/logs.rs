//! The logs of instances, in memory.

use std::sync::Mutex;

use jiff::Timestamp;
use mist_core::{
    beanstalk::instance_log::LogTail,
    error::Error,
    names::EnvironmentName,
    ports::{HttpText, Logs},
};
use secrecy::{ExposeSecret as _, SecretString};

use crate::mutex::lock;

/// The logs of instances, in memory. The URL of a log is its text.
#[derive(Debug, Default)]
pub struct FakeLogs {
    sent: Mutex<Vec<LogTail>>,
    requests: Mutex<u32>,
}

impl FakeLogs {
    /// Adds the log `text` of `instance`, sent at `time`.
    pub fn send(&self, instance: &str, time: Timestamp, text: &str) {
        let log = LogTail { instance: instance.to_owned(), time, url: text.to_owned().into() };
        lock(&self.sent).push(log);
    }

    /// The number of requests for logs.
    pub fn requests(&self) -> u32 {
        *lock(&self.requests)
    }
}

impl Logs for FakeLogs {
    async fn request(&self, _: &EnvironmentName) -> Result<(), Error> {
        *lock(&self.requests) += 1;
        Ok(())
    }

    async fn retrieve(&self, _: &EnvironmentName) -> Result<Vec<LogTail>, Error> {
        Ok(lock(&self.sent).clone())
    }
}

impl HttpText for FakeLogs {
    async fn read(&self, url: &SecretString, most: usize) -> Result<String, Error> {
        Ok(url.expose_secret().chars().take(most).collect())
    }
}
