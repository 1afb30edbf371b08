//! The addresses of a local cloud, and the environment variables that name them.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use aws_config::SdkConfig;
use serde::{Deserialize, Serialize};

use crate::http::{self, KEY, REGION};

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
    /// The names of the variables of [`Self::environment_variables`].
    pub const VARIABLES: [&str; 8] = [
        "AWS_ACCESS_KEY_ID",
        "AWS_DEFAULT_REGION",
        "AWS_EC2_METADATA_DISABLED",
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_AUTO_SCALING",
        "AWS_ENDPOINT_URL_ELASTIC_BEANSTALK",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
    ];

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

    /// The configuration for clients of every AWS service except Elastic Beanstalk and Auto Scaling.
    pub fn sdk_config(&self) -> SdkConfig {
        http::sdk_config(&self.aws)
    }

    /// The configuration for clients of Elastic Beanstalk and Auto Scaling.
    pub fn beanstalk_config(&self) -> SdkConfig {
        http::sdk_config(&self.beanstalk)
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn every_variable_is_listed() {
        let url = || "http://127.0.0.1:1".to_owned();
        let endpoints = Endpoints {
            aws: url(),
            beanstalk: url(),
            dns: SocketAddr::from((Ipv4Addr::LOCALHOST, 1)),
            recorder: url(),
            new_relic: url(),
            github: url(),
            data_port: 1,
        };
        assert!(endpoints.environment_variables().keys().eq(Endpoints::VARIABLES));
    }
}
