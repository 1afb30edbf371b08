//! The AWS account that a command works with.

use aws_config::{BehaviorVersion, Region};
use mist_aws::Aws;

use crate::failure::Failure;

/// The account of the environment's credentials, or else of `profile`. `region` takes precedence over the region
/// of either, and the access keys in `AWS_APP_…` and `AWS_DNS_…` over the credentials of either.
pub(crate) async fn account(region: Option<&str>, profile: Option<&str>) -> Result<Aws, Failure> {
    let mut loader = mist_aws::configure(aws_config::defaults(BehaviorVersion::latest()));
    if let Some(region) = region {
        loader = loader.region(Region::new(region.to_owned()));
    }
    if let Some(profile) = profile {
        loader = loader.profile_name(profile);
    }
    Ok(Aws::with_pairs(loader.load().await, |name| std::env::var(name).ok()).await?)
}
