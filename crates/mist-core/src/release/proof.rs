//! The proof that an environment runs its version, for one that goes live without a deployment: in a swap, a rollback
//! and a swap back. The label proves nothing: it stays the old one after a deployment that failed halfway, and is the
//! new one after an update that completed "with errors".

use crate::{
    beanstalk::{
        event::last_failure,
        health::{InstanceHealth, name_instances},
    },
    error::Error,
    names::EnvironmentName,
    ports::{Beanstalk, Monitor},
};

/// Proves that `environment` runs `version`. Otherwise the error is [`Error::UnprovenVersion`].
///
/// The instances decide: none may run another version, or have failed to get this one. One that is being launched does
/// not count. If no instance reports what it runs, as under basic health, the last update must have succeeded.
pub async fn runs(
    beanstalk: &(impl Beanstalk + Monitor),
    environment: &EnvironmentName,
    version: &str,
) -> Result<(), Error> {
    let unproven = |problem: String| {
        let (environment, version) = (environment.to_string(), version.to_owned());
        Err(Error::UnprovenVersion { environment, version, problem })
    };
    let instances = beanstalk.instances(environment).await?.unwrap_or_default();
    let (ours, others): (Vec<_>, Vec<_>) =
        instances.iter().filter(|it| !is_starting(it)).partition(|it| it.runs(version));
    if !others.is_empty() {
        return unproven(name_instances(&others));
    }
    if !ours.is_empty() {
        return Ok(());
    }
    match last_failure(&beanstalk.events(environment, None).await?) {
        Some(failure) => unproven(format!("its last update failed: {}", failure.message)),
        None => Ok(()),
    }
}

/// Whether an instance has not got its first version yet.
fn is_starting(instance: &InstanceHealth) -> bool {
    !matches!(instance.deployment.as_deref(), Some("Deployed" | "Failed"))
}
