//! What a simulator can be told at its start.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use jiff::Timestamp;

/// How to start a [`Simulator`](crate::Simulator).
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Where the API and the control API listen; port 0 picks a free one.
    pub listen: SocketAddr,
    /// The port on which every environment serves its site; `None` picks a free one and keeps it reserved.
    pub data_port: Option<u16>,
    /// The address of the first environment; the others follow, and addresses in use are skipped.
    pub first_address: Ipv4Addr,
    /// The region that names, ARNs and host names carry.
    pub region: String,
    /// The twelve-digit account that ARNs carry.
    pub account: String,
    /// How many environments the account may have, which AWS raises for those who ask.
    pub environment_quota: usize,
    /// How many times faster than the real service everything runs; 1 is real time.
    ///
    /// Only waiting shrinks: dates on the wire are those of the wall clock, unless there is a `start_time`.
    pub time_scale: f64,
    /// How long a successful deployment takes, in seconds before scaling.
    ///
    /// Every stream that contains a deployment (create, failures, time-outs) keeps its proportion to it.
    pub deploy_seconds: f64,
    /// The S3 endpoint that holds the source bundles, spoken to with path-style addresses and dummy credentials.
    ///
    /// `None` leaves endpoint and credentials to the usual variables of the AWS SDKs.
    pub s3_endpoint: Option<String>,
    /// Time stands still until the control API moves it.
    ///
    /// Dates on the wire then count from `start_time`, or from the wall clock's time at the start.
    pub manual_time: bool,
    /// Dates on the wire count simulated seconds from here, instead of being those of the wall clock.
    pub start_time: Option<Timestamp>,
    /// What all names that the service makes up follow from; the same seed and the same calls make the same story.
    pub seed: Option<u64>,
    /// The file that keeps what the service knows from one run to the next; without one, everything is forgotten.
    pub state: Option<PathBuf>,
    /// The EventBridge endpoint that is told what happens to environments, such as an emulator's.
    pub events_endpoint: Option<String>,
}

impl Settings {
    /// What dates count from, unless they are those of the wall clock.
    pub(crate) fn epoch(&self) -> Option<Timestamp> {
        self.start_time.or_else(|| self.manual_time.then(Timestamp::now))
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            data_port: None,
            first_address: Ipv4Addr::new(127, 0, 1, 1),
            region: "us-east-1".to_owned(),
            account: "000000000000".to_owned(),
            environment_quota: 200,
            time_scale: 1.0,
            deploy_seconds: 42.0,
            s3_endpoint: None,
            manual_time: false,
            start_time: None,
            seed: None,
            state: None,
            events_endpoint: None,
        }
    }
}
