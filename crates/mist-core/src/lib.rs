//! What mist knows about blue/green releases. Does no I/O and names no vendor's client.

pub mod application_version;
pub mod artifact;
pub mod bake;
pub mod confidential;
pub mod config;
pub mod environment;
pub mod error;
pub mod health;
pub mod instance_log;
pub mod marking;
pub mod names;
pub mod new_relic;
pub mod ports;
pub mod ranged;
pub mod record;
pub mod release;
pub mod side;
pub mod size;
pub mod source;
pub mod stack;
pub mod stack_document;
pub mod stack_report;
pub mod target;
pub mod warm_up;

pub use application_version::{ApplicationVersion, Bundle, VersionStatus};
pub use artifact::{Artifact, ArtifactKey};
pub use bake::{BakeSettings, OnNoData};
pub use confidential::is_confidential;
pub use config::Config;
pub use environment::{Environment, EnvironmentStatus, Event, Severity, Tier};
pub use error::{Error, Kind};
pub use health::{AllowedHealth, Health, HealthReport, InstanceHealth};
pub use names::{DomainName, EnvironmentName, StackName, VersionLabel};
pub use new_relic::{NewRelic, NewRelicApi, NewRelicRegion};
pub use record::{Change, Record, RecordRef, RecordType};
pub use release::{
    history::PastRelease,
    lock::{LockSettings, OnConflict},
    request::{ExecutionRef, Fetched, Operation, ReleaseRequest, Upload},
    state::{Holder, LiveSide, StackState, TaskToken},
};
pub use side::Side;
pub use size::{Group, Sizes};
pub use source::{Commit, GitHub, GitRef, RepositoryName, Sha, Source};
pub use stack::{ArtifactBucket, Environments, RecordSettings, Stack, StackSettings};
pub use stack_document::StackDocument;
pub use target::{Live, Target};
pub use warm_up::{Paths, Scheme, VersionIn, WarmUp};
