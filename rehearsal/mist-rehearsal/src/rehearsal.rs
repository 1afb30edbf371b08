//! The installation of mist in a local cloud.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use mist_aws::{Aws, StepFunctions};
use mist_local::{Cloud, Deployment, FromEndpoints};

use crate::{error::Error, home::Home};

/// The name of mist's CloudFormation stack.
const INSTALLATION: &str = "mist";

/// The environment variables of mist's functions, besides the endpoints of AWS: the name server, which the public DNS
/// does not know.
pub fn function_environment() -> FromEndpoints {
    Arc::new(|endpoints| {
        BTreeMap::from([("MIST_NAME_SERVER".to_owned(), endpoints.dns.to_string())])
    })
}

/// The parameters of the template that differ from those of an installation on AWS.
fn parameters() -> BTreeMap<String, String> {
    let parameters = [
        // The zone is created with the first stack, so it has no name yet.
        ("HostedZoneId", "*"),
        // A local cloud limits no call rate, and simulated time is fast.
        ("ReleasesPerMinute", "600"),
        ("RecheckSeconds", "1"),
    ];
    parameters.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

/// mist, installed in a local cloud.
#[derive(Debug)]
pub struct Rehearsal {
    aws: Aws,
    state_machine: String,
    bucket: String,
}

impl Rehearsal {
    /// Installs mist in `cloud` with the built `functions`, or updates an installation.
    pub async fn install(
        cloud: &Cloud,
        home: &Home,
        functions: BTreeMap<String, PathBuf>,
    ) -> Result<Self, Error> {
        Self::install_with(cloud, home, functions, BTreeMap::new()).await
    }

    /// Installs mist with `others` as further parameters of the template. They replace those of every rehearsal.
    pub async fn install_with(
        cloud: &Cloud,
        home: &Home,
        functions: BTreeMap<String, PathBuf>,
        others: BTreeMap<String, String>,
    ) -> Result<Self, Error> {
        let mut parameters = parameters();
        parameters.extend(others);
        let deployment = Deployment {
            template: home.template(),
            stack: INSTALLATION.to_owned(),
            functions,
            parameters: Arc::new(move |_| parameters.clone()),
        };
        let deployed = cloud.deploy(&deployment).await?;
        let output = |name: &'static str| {
            deployed.outputs.get(name).cloned().ok_or(Error::MissingOutput { name })
        };
        Ok(Self {
            aws: Aws::new(cloud.sdk_config().clone()),
            state_machine: output("StateMachine")?,
            bucket: output("ArtifactBucket")?,
        })
    }

    /// The adapters for the local AWS.
    pub fn aws(&self) -> &Aws {
        &self.aws
    }

    /// The executions of the state machine.
    pub fn executions(&self) -> StepFunctions {
        self.aws.executions()
    }

    /// The ARN of the state machine.
    pub fn state_machine(&self) -> &str {
        &self.state_machine
    }

    /// The bucket for uploads of bundles.
    pub fn bucket(&self) -> &str {
        &self.bucket
    }
}
