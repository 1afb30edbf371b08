//! The contents that a cloud gets when it starts, and after each reset.

use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::pin::Pin;
use std::sync::Arc;

use crate::cloud::Cloud;
use crate::error::{Background, Error, causes};

/// Puts into a cloud what its user wants there, when it starts and after each reset. What it gives can be
/// read in [`CloudState::furnished`].
pub type Setup = Arc<dyn Fn(Arc<Cloud>) -> SetupFuture + Send + Sync>;

/// A [`Setup`] under way.
pub type SetupFuture =
    Pin<Box<dyn Future<Output = Result<SetupOutputs, Box<dyn StdError + Send + Sync>>> + Send>>;

/// What is in a cloud, by name: outputs of stacks, addresses of sites.
pub type SetupOutputs = BTreeMap<String, String>;

pub(crate) async fn run(setup: &Setup, cloud: &Arc<Cloud>) -> Result<SetupOutputs, Error> {
    setup(Arc::clone(cloud))
        .await
        .map_err(|error| Background::Setup { reason: causes(error.as_ref()) }.into())
}
