//! The local cloud: the AWS services, GitHub and New Relic that an installation calls, on one machine without an account.
//!
//! ```no_run
//! # async fn example() -> Result<(), mist_local::Error> {
//! use mist_local::{Cloud, Settings, StackSpec};
//!
//! let cloud = Cloud::start(Settings { time_scale: 60.0, ..Settings::new("target") }).await?;
//! let stack = cloud.stack(StackSpec::new("QA")).await?;
//! let visitors = cloud.traffic(&stack.url, 20)?;
//! println!("{:?}", visitors.stop().await.versions);
//! cloud.stop().await;
//! # Ok(())
//! # }
//! ```

mod background;
mod cloud;
mod compile;
mod deploy;
mod dns;
mod endpoints;
mod error;
mod files;
pub mod gate;
pub mod github;
mod guard;
mod http;
mod ministack;
mod package;
mod ports;
mod progress;
mod python;
mod raw;
mod recorder;
mod resources;
mod settings;
mod shared;
mod traffic;
mod venv;
mod wait;

pub use background::{
    CloudState, Service, Setup, SetupFuture, SetupOutputs, Status, Up, down, reset, serve, status,
    up,
};
pub use cloud::Cloud;
pub use compile::{build_functions, cargo};
pub use deploy::{Deployed, Deployment};
pub use dns::{PLATFORM_TTL, Resolver};
pub use endpoints::Endpoints;
pub use error::{Background, Error, Python};
pub use github::GitHub;
pub use http::{ACCOUNT, REGION};
pub use package::zip_function;
pub use progress::Progress;
pub use recorder::{API_KEY, ApiKey, Failure, Marker, RecordedRequest, Recorder, When};
pub use resources::{BUNDLES, Record, Stack, StackSpec, Version, ZONE, bundle};
pub use settings::{FromEndpoints, Ports, Settings, no_variables};
pub use traffic::{Traffic, TrafficReport, VERSION_HEADER, VersionSeen};
pub use venv::Venv;
