//! A simulator of AWS Elastic Beanstalk: the query API, environments that succeed and fail as real ones do, and a
//! data plane that serves the deployed versions.
//!
//! ```no_run
//! # async fn example() -> Result<(), beanstalk_sim::Error> {
//! use beanstalk_sim::{Fault, Settings, Simulator};
//!
//! let simulator = Simulator::start(Settings { time_scale: 60.0, ..Settings::default() }).await?;
//! println!("export AWS_ENDPOINT_URL_ELASTIC_BEANSTALK={}", simulator.url());
//! simulator.set_fault("shop-a", Fault::FailDeploy);
//! simulator.stop().await;
//! # Ok(())
//! # }
//! ```

mod api;
mod auto_scaling;
mod bundles;
mod clock;
mod connection;
mod control;
mod data_plane;
mod engine;
mod error;
mod event_bridge;
mod faults;
pub mod guard;
mod health_status;
mod host;
mod host_name;
mod journal;
mod lifecycle;
mod request;
mod scenario;
mod settings;
mod shared_world;
mod simulator;
mod state;
mod wire;
mod world;

pub use bundles::{Answer, Bundles, Location, MemoryBundles, Unavailable};
pub use clock::CannotMove;
pub use error::{Error, StateError};
pub use faults::{Fault, Scope};
pub use health_status::HealthStatus;
pub use journal::{Call, Outcome};
pub use scenario::{Scenario, ScenarioError};
pub use settings::Settings;
pub use simulator::Simulator;
