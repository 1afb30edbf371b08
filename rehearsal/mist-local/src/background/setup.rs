//! The setup of a cloud, when it starts and after each reset.

use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::pin::Pin;
use std::sync::Arc;

use crate::cloud::Cloud;
use crate::error::{Background, Error, causes};

/// The setup of a cloud: it runs when the cloud starts, and after each reset. Its outputs are in
/// [`CloudState::outputs`](super::CloudState::outputs).
pub type Setup = Arc<dyn Fn(Arc<Cloud>) -> SetupFuture + Send + Sync>;

/// A running [`Setup`].
pub type SetupFuture =
    Pin<Box<dyn Future<Output = Result<SetupOutputs, Box<dyn StdError + Send + Sync>>> + Send>>;

/// The outputs of a [`Setup`] by name, such as outputs of stacks and addresses of sites.
pub type SetupOutputs = BTreeMap<String, String>;

pub(crate) async fn run(setup: &Setup, cloud: &Arc<Cloud>) -> Result<SetupOutputs, Error> {
    setup(Arc::clone(cloud))
        .await
        .map_err(|error| Background::Setup { reason: causes(error.as_ref()) }.into())
}
