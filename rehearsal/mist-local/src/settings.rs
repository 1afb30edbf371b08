//! What a local cloud can be told at its start.

use std::collections::BTreeMap;
use std::fmt;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::dns::PLATFORM_TTL;
use crate::endpoints::Endpoints;
use crate::progress::Progress;

/// Names and values that depend on where the cloud listens.
pub type FromEndpoints = Arc<dyn Fn(&Endpoints) -> BTreeMap<String, String> + Send + Sync>;

/// How to start a [`Cloud`](crate::Cloud).
#[derive(Clone)]
pub struct Settings {
    /// Cargo's target folder; everything is kept below its `mist-local`.
    pub target: PathBuf,
    /// Where to listen on 127.0.0.1.
    pub ports: Ports,
    /// How many times faster than the real service Elastic Beanstalk runs; 1, the default, is real time.
    pub time_scale: f64,
    /// By what Step Functions multiplies the seconds of its waits; `None`, the default, leaves them as they are.
    pub wait_scale: Option<f64>,
    /// How long a successful deployment of Elastic Beanstalk takes, in seconds before scaling; 42 by default.
    pub deploy_seconds: f64,
    /// How many applications of Elastic Beanstalk there may be; 75 by default, as on AWS.
    pub application_quota: usize,
    /// How many environments there may be; 200 by default, as on AWS.
    pub environment_quota: usize,
    /// The TTL of the addresses of environments and load balancers, in seconds; 60 by default, as on AWS.
    pub platform_ttl: u32,
    /// The address of the first environment; the others follow, and those in use are skipped.
    pub first_address: Ipv4Addr,
    /// The Python to use; `None` takes the variable `MIST_PYTHON` or looks for one.
    pub python: Option<PathBuf>,
    /// Environment variables that every function sees, besides the endpoints of AWS; none by default.
    pub functions_see: FromEndpoints,
    /// Whether the functions reach the services through a [gate](crate::gate) that knows every call; they do not by
    /// default.
    pub gate: bool,
    /// Who hears what is being done.
    pub progress: Progress,
}

/// The ports of a local cloud; 0, the default, picks a free one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ports {
    /// AWS without Elastic Beanstalk.
    pub aws: u16,
    /// The API of Elastic Beanstalk.
    pub beanstalk: u16,
    /// The sites of all environments, each on its own address.
    pub data: u16,
    /// DNS, over UDP and TCP.
    pub dns: u16,
    /// The services outside AWS.
    pub recorder: u16,
    /// GitHub.
    #[serde(default)]
    pub github: u16,
}

impl Settings {
    /// The defaults, with everything kept below `target`.
    pub fn new(target: impl Into<PathBuf>) -> Self {
        Self {
            target: target.into(),
            ports: Ports::default(),
            time_scale: 1.0,
            wait_scale: None,
            deploy_seconds: beanstalk_sim::Settings::default().deploy_seconds,
            application_quota: beanstalk_sim::Settings::default().application_quota,
            environment_quota: beanstalk_sim::Settings::default().environment_quota,
            platform_ttl: PLATFORM_TTL,
            first_address: beanstalk_sim::Settings::default().first_address,
            python: None,
            functions_see: nothing(),
            gate: false,
            progress: Progress::silent(),
        }
    }

    /// The folder of everything local.
    pub(crate) fn folder(&self) -> PathBuf {
        self.target.join("mist-local")
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Settings")
            .field("target", &self.target)
            .field("ports", &self.ports)
            .field("time_scale", &self.time_scale)
            .field("wait_scale", &self.wait_scale)
            .field("deploy_seconds", &self.deploy_seconds)
            .finish_non_exhaustive()
    }
}

/// No names and no values.
pub fn nothing() -> FromEndpoints {
    Arc::new(|_| BTreeMap::new())
}
