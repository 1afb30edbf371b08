//! The proof that an environment runs its version, for one that goes live without a deployment: in a swap, a rollback
//! and a swap back. The label proves nothing: it stays the old one after a deployment that failed halfway, and is the
//! new one after an update that completed "with errors".

use crate::{
    beanstalk::event::{Event, last_update_failed},
    error::Error,
    names::EnvironmentName,
    ports::{Beanstalk, Monitor},
};

/// How many instances a message names at most.
const MOST_INSTANCES: usize = 5;

/// Proves that `environment` runs `version`: its last update succeeded, and no instance is known to run another version.
/// Otherwise the error is [`Error::UnprovenVersion`]. Basic health reports no instances.
pub async fn runs(
    beanstalk: &(impl Beanstalk + Monitor),
    environment: &EnvironmentName,
    version: &str,
) -> Result<(), Error> {
    let unproven = |problem: String| {
        let (environment, version) = (environment.to_string(), version.to_owned());
        Err(Error::UnprovenVersion { environment, version, problem })
    };
    let events = beanstalk.events(environment, None).await?;
    if last_update_failed(&events) {
        let failure = events.iter().rfind(|event| event.fails_update());
        let said = failure.map_or("", |event: &Event| event.message.as_str());
        return unproven(format!("its last update failed: {said}"));
    }
    let instances = beanstalk.instances(environment).await?.unwrap_or_default();
    let others = instances.iter().filter(|instance| !instance.runs(version));
    let others: Vec<_> = others.take(MOST_INSTANCES).map(ToString::to_string).collect();
    if others.is_empty() { Ok(()) } else { unproven(others.join(", ")) }
}
