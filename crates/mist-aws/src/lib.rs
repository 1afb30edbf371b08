//! The ports of `mist-core` on AWS, a module and a feature per service.

#[cfg(feature = "alarms")]
pub mod alarms;
#[cfg(feature = "artifacts")]
pub mod artifacts;
#[cfg(feature = "beanstalk")]
pub mod beanstalk;
#[cfg(feature = "artifacts")]
pub mod bundles;
mod clients;
mod clock;
pub mod credentials;
#[cfg(feature = "dns")]
pub mod dns;
mod error;
#[cfg(feature = "executions")]
pub mod executions;
#[cfg(feature = "groups")]
pub mod groups;
#[cfg(feature = "history")]
pub mod history;
#[cfg(feature = "locks")]
pub mod locks;
#[cfg(feature = "notifications")]
pub mod notifications;
#[cfg(feature = "quota")]
pub mod quota;
#[cfg(any(feature = "dns", feature = "secrets"))]
pub mod secrets;
#[cfg(feature = "stacks")]
pub mod stacks;
#[cfg(feature = "identity")]
pub mod sts;
#[cfg(feature = "tables")]
mod tables;
#[cfg(feature = "tasks")]
pub mod tasks;
#[cfg(any(feature = "beanstalk", feature = "executions"))]
mod time;
mod timeouts;
#[cfg(feature = "wakes")]
pub mod wakes;
#[cfg(test)]
mod wire;

#[cfg(feature = "alarms")]
pub use alarms::CloudWatch;
#[cfg(feature = "artifacts")]
pub use artifacts::S3Artifacts;
#[cfg(feature = "beanstalk")]
pub use beanstalk::ElasticBeanstalk;
pub use clients::{Aws, configure};
pub use clock::SystemClock;
#[cfg(feature = "dns")]
pub use dns::Route53;
#[cfg(feature = "executions")]
pub use executions::StepFunctions;
#[cfg(feature = "groups")]
pub use groups::AutoScaling;
#[cfg(feature = "history")]
pub use history::DynamoHistory;
#[cfg(feature = "locks")]
pub use locks::DynamoLocks;
#[cfg(feature = "notifications")]
pub use notifications::Notifications;
#[cfg(feature = "quota")]
pub use quota::DynamoQuota;
#[cfg(feature = "secrets")]
pub use secrets::SecretsManager;
#[cfg(feature = "stacks")]
pub use stacks::ParameterStore;
#[cfg(feature = "identity")]
pub use sts::Sts;
#[cfg(feature = "tasks")]
pub use tasks::WaitingTasks;
#[cfg(feature = "wakes")]
pub use wakes::{Queues, SqsWakes};
