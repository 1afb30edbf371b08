//! The settings of a local cloud.

use std::collections::BTreeMap;
use std::fmt;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::dns::PLATFORM_TTL;
use crate::endpoints::Endpoints;
use crate::error::Error;
use crate::progress::Progress;

/// Names and values that depend on the addresses of the cloud.
pub type FromEndpoints = Arc<dyn Fn(&Endpoints) -> BTreeMap<String, String> + Send + Sync>;

/// The settings of a [`Cloud`](crate::Cloud).
#[derive(Clone)]
pub struct Settings {
    /// Cargo's target folder, or another one for this cloud alone. Its files are in the folder `mist-local` of it.
    pub target: PathBuf,
    /// The folder that the emulator is installed in, below `mist-local`: the target folder by default. Clouds may
    /// share it.
    pub installed: PathBuf,
    /// The ports on 127.0.0.1.
    pub ports: Ports,
    /// The speed of Elastic Beanstalk; 1, the default, is real time.
    pub time_scale: f64,
    /// The factor of the waits of Step Functions; `None`, the default, leaves them unchanged.
    pub wait_scale: Option<f64>,
    /// The duration of a successful deployment of Elastic Beanstalk, in simulated seconds; 42 by default.
    pub deploy_seconds: f64,
    /// The quota of applications of Elastic Beanstalk; 75 by default, as on AWS.
    pub application_quota: usize,
    /// The quota of environments; 200 by default, as on AWS.
    pub environment_quota: usize,
    /// The TTL of the addresses of environments and load balancers, in seconds; 60 by default, as on AWS.
    pub platform_ttl: u32,
    /// The loopback address of the first environment. The others follow; addresses in use are skipped.
    pub first_address: Ipv4Addr,
    /// The Python interpreter; `None` uses the variable `MIST_PYTHON`, or searches for one.
    pub python: Option<PathBuf>,
    /// The environment variables of every function, besides the endpoints of AWS; none by default.
    pub function_environment: FromEndpoints,
    /// Whether the functions call the services through a [gate](crate::gate); `false` by default.
    pub gate: bool,
    /// The listener to progress; silent by default.
    pub progress: Progress,
}

/// The ports of a local cloud; 0, the default, is a free port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ports {
    /// The port of AWS without Elastic Beanstalk.
    pub aws: u16,
    /// The port of the API of Elastic Beanstalk.
    pub beanstalk: u16,
    /// The port of the sites of all environments, each on its own address.
    pub data: u16,
    /// The port of DNS, over UDP and TCP.
    pub dns: u16,
    /// The port of the recorder.
    pub recorder: u16,
    /// The port of the local GitHub.
    #[serde(default)]
    pub github: u16,
}

impl Settings {
    /// The defaults, with all files in `target`.
    pub fn new(target: impl Into<PathBuf>) -> Self {
        let target = target.into();
        Self {
            installed: target.clone(),
            target,
            ports: Ports::default(),
            time_scale: 1.0,
            wait_scale: None,
            deploy_seconds: beanstalk_sim::Settings::default().deploy_seconds,
            application_quota: beanstalk_sim::Settings::default().application_quota,
            environment_quota: beanstalk_sim::Settings::default().environment_quota,
            platform_ttl: PLATFORM_TTL,
            first_address: beanstalk_sim::Settings::default().first_address,
            python: None,
            function_environment: no_variables(),
            gate: false,
            progress: Progress::silent(),
        }
    }

    /// Refuses addresses beyond loopback: the cloud accepts every credential.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.first_address.is_loopback() {
            return Ok(());
        }
        let value = self.first_address.to_string();
        Err(Error::Invalid { value, expected: "a loopback address such as `127.0.1.1`" })
    }

    /// The folder of all files of local clouds.
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

/// No variables.
pub fn no_variables() -> FromEndpoints {
    Arc::new(|_| BTreeMap::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cloud_listens_on_loopback_only() {
        assert!(Settings::new("target").check().is_ok());
        for address in [Ipv4Addr::UNSPECIFIED, Ipv4Addr::new(192, 168, 1, 7)] {
            let settings = Settings { first_address: address, ..Settings::new("target") };
            let error = settings.check().unwrap_err().to_string();
            assert!(error.contains("is not a loopback address"), "{error}");
        }
    }
}
