//! Where a local cloud listens, and how programs are told.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::http::{KEY, REGION};

/// The addresses of a running cloud.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Endpoints {
    /// All of AWS but Elastic Beanstalk.
    pub aws: String,
    /// Elastic Beanstalk, and the Auto Scaling groups of its environments.
    pub beanstalk: String,
    /// The DNS server.
    pub dns: SocketAddr,
    /// Stands for the services outside AWS.
    pub recorder: String,
    /// Stands for `https://api.newrelic.com/graphql`.
    pub new_relic: String,
    /// Stands for `https://api.github.com`; empty in what an older cloud left.
    #[serde(default)]
    pub github: String,
    /// The port on which every environment serves its site.
    pub data_port: u16,
}

impl Endpoints {
    /// What to export so that `aws`, `eb`, `mist` and every other AWS client talk to this cloud.
    pub fn environment_variables(&self) -> BTreeMap<String, String> {
        [
            ("AWS_ENDPOINT_URL", self.aws.as_str()),
            ("AWS_ENDPOINT_URL_ELASTIC_BEANSTALK", &self.beanstalk),
            // The groups of the environments are where the environments are.
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
