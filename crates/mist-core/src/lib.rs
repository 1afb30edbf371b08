//! What mist knows about blue/green releases. Does no I/O and names no vendor's client.

pub mod application_version;
pub mod artifact;
pub mod asked;
pub mod bake;
pub mod config;
pub mod environment;
pub mod error;
pub mod health;
pub mod ledger;
pub mod lock;
pub mod names;
pub mod ports;
pub mod ranged;
pub mod record;
pub mod side;
pub mod stack;
pub mod stack_document;
pub mod target;
pub mod warm_up;

pub use application_version::{ApplicationVersion, Bundle, VersionStatus};
pub use artifact::{Artifact, ArtifactKey};
pub use asked::{Asked, Operation, Upload};
pub use bake::{BakeSettings, OnNoData};
pub use config::Config;
pub use environment::{Environment, EnvironmentStatus, Event, Severity, Tier};
pub use error::Error;
pub use health::{AllowedHealth, Health, HealthReport, InstanceHealth};
pub use ledger::{Holder, LiveSide, PastRelease, StackState};
pub use lock::{LockSettings, OnConflict};
pub use names::{DomainName, EnvironmentName, StackName, VersionLabel};
pub use record::{Change, ChangeStatus, Record, RecordRef, RecordType};
pub use side::Side;
pub use stack::{ArtifactBucket, Environments, NewRelic, RecordSettings, Stack, StackSettings};
pub use stack_document::StackDocument;
pub use target::{Live, Target};
pub use warm_up::{Paths, Scheme, VersionIn, WarmUp};
