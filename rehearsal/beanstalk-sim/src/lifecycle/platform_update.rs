//! The change of an environment's platform, which replaces its instances.
//!
//! No log of a platform change with batches is published, so the order of its events is *assumed*. The developer guide
//! names the policies ("Configuration changes"); a change with new instances is that of a managed update.

use super::run::Run;
use super::{deploy, launch, recovery, scaling};
use crate::engine::Superseded;
use crate::world::{InstanceUpdate, Platform};

/// The result of replacing instances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Replaced {
    Yes,
    /// An instance does not run or is not healthy.
    No,
    /// The same, and the operation has ended.
    Ended,
}

/// Replaces the instances by those of another platform, which the environment has afterwards.
pub(super) async fn run(run: &mut Run, platform: Platform) -> Result<Replaced, Superseded> {
    let (ids, update) = run.environment(|environment| {
        // A version of the same update is deployed after the replacement, so the old one gets its old start until then.
        if environment.arriving().is_none() {
            environment.next_platform = Some(platform.clone());
        }
        let ids = environment.instance_ids();
        let update = environment.options.instance_update(ids.len());
        (ids, update)
    })?;
    let replaced = match update {
        InstanceUpdate::Immutable => {
            let version = run.world(|world| {
                let environment = world.environment(&run.environment_id)?;
                let label = environment.release.version.as_deref()?;
                world.version(&environment.application, label).cloned()
            })?;
            if deploy::renew(run, version).await? { Replaced::Yes } else { Replaced::Ended }
        }
        InstanceUpdate::Batches { size, healthy, pause } => {
            replace_batches(run, &ids, size, healthy, pause).await?
        }
    };
    run.environment(|environment| {
        environment.next_platform = None;
        if replaced == Replaced::Yes {
            environment.platform = platform;
        }
    })?;
    Ok(replaced)
}

async fn replace_batches(
    run: &mut Run,
    ids: &[String],
    size: usize,
    healthy: bool,
    pause: f64,
) -> Result<Replaced, Superseded> {
    for batch in ids.chunks(size) {
        launch::remove(run, batch).await?;
        run.assess()?;
        scaling::fit(run).await?;
        let (new, release, broken) = run.environment(|environment| {
            let instances = environment.instances.iter();
            let new = instances.filter(|instance| !ids.contains(&instance.id));
            let new: Vec<_> = new.map(|instance| instance.id.clone()).collect();
            let broken =
                environment.instances.iter().any(|instance| instance.application.is_none());
            (new, environment.release.clone(), broken)
        })?;
        if broken {
            return Ok(Replaced::No);
        }
        if healthy && !recovery::await_health(run, &new, &release, 1).await?.is_empty() {
            return Ok(Replaced::No);
        }
        run.pass(pause).await;
    }
    Ok(Replaced::Yes)
}
