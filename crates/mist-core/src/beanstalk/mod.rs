//! Elastic Beanstalk: environments, their health, capacity and events, versions, and logs.

pub mod application_version;
pub mod capacity;
pub mod environment;
pub mod event;
pub mod health;
pub mod instance_log;
