//! The addresses of a local cloud, and the environment variables that name them.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::http::{KEY, REGION};

/// The addresses of a running cloud.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Endpoints {
    /// The URL of all of AWS except Elastic Beanstalk and Auto Scaling.
    pub aws: String,
    /// The URL of Elastic Beanstalk, and of the Auto Scaling groups of its environments.
    pub beanstalk: String,
    /// The address of the DNS server, for UDP and TCP.
    pub dns: SocketAddr,
    /// The URL of the recorder.
    pub recorder: String,
    /// The URL in place of `https://api.newrelic.com/graphql`.
    pub new_relic: String,
    /// The URL in place of `https://api.github.com`; empty in the state file of an older version.
    #[serde(default)]
    pub github: String,
    /// The port of the sites of all environments.
    pub data_port: u16,
}

impl Endpoints {
    /// The environment variables with which `aws`, `eb`, `mist` and every other AWS client call this cloud.
    pub fn environment_variables(&self) -> BTreeMap<String, String> {
        [
            ("AWS_ENDPOINT_URL", self.aws.as_str()),
            ("AWS_ENDPOINT_URL_ELASTIC_BEANSTALK", &self.beanstalk),
            // The simulator serves the groups of its environments.
            ("AWS_ENDPOINT_URL_AUTO_SCALING", &self.beanstalk),
            ("AWS_ACCESS_KEY_ID", KEY),
            ("AWS_SECRET_ACCESS_KEY", KEY),
            ("AWS_REGION", REGION),
            ("AWS_DEFAULT_REGION", REGION),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
    }
}
