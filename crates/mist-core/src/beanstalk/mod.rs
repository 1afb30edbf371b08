//! Elastic Beanstalk in the words of mist: environments, their health and capacity, versions, logs.

pub mod application_version;
pub mod capacity;
pub mod environment;
pub mod health;
pub mod instance_log;
