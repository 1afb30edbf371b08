//! What everything shares: the world, the clock, the bundles, the data plane, and the tasks that run operations.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::task::JoinSet;

use crate::bundles::{Bundles, Location, Unavailable};
use crate::clock::Clock;
use crate::data_plane::DataPlane;
use crate::faults::Faults;
use crate::journal::Journal;
use crate::lifecycle::deploy;
use crate::settings::Settings;
use crate::world::{Site, SiteError, Superseded, World};

/// The simulated service.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) settings: Settings,
    pub(crate) clock: Clock,
    pub(crate) bundles: Arc<dyn Bundles>,
    pub(crate) data_plane: DataPlane,
    world: Mutex<World>,
    journal: Mutex<Journal>,
    tasks: Mutex<JoinSet<()>>,
}

/// Why a version cannot be put on an instance.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    #[error("the bundle cannot be fetched: {0}")]
    Unavailable(#[from] Unavailable),
    #[error(transparent)]
    Site(#[from] SiteError),
    #[error("reading the bundle was interrupted")]
    Interrupted,
}

impl Engine {
    pub(crate) fn new(
        settings: Settings,
        bundles: Arc<dyn Bundles>,
        data_plane: DataPlane,
    ) -> Self {
        Self {
            clock: Clock::new(settings.time_scale),
            world: Mutex::new(World::new(&settings.region, &settings.account)),
            bundles,
            data_plane,
            journal: Mutex::default(),
            tasks: Mutex::default(),
            settings,
        }
    }

    /// The state, for as long as the guard lives; it is never held while waiting.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        lock(&self.world)
    }

    pub(crate) fn journal(&self) -> MutexGuard<'_, Journal> {
        lock(&self.journal)
    }

    /// Runs an operation in the background until it ends or is superseded.
    pub(crate) fn spawn(
        &self,
        operation: impl Future<Output = Result<(), Superseded>> + Send + 'static,
    ) {
        let mut tasks = lock(&self.tasks);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(async {
            if let Err(error) = operation.await {
                tracing::debug!("an operation ended early: {error}");
            }
        });
    }

    /// Fetches and reads the site of a version; no bundle is the sample application.
    pub(crate) async fn load(&self, bundle: Option<&Location>) -> Result<Arc<Site>, LoadError> {
        let Some(location) = bundle else { return Ok(Arc::new(Site::sample())) };
        let bytes = self.bundles.fetch(location).await?;
        let site = tokio::task::spawn_blocking(move || Site::read(&bytes))
            .await
            .map_err(|_| LoadError::Interrupted)??;
        Ok(Arc::new(site))
    }

    /// How many times as long as planned a deployment takes in an environment.
    pub(crate) fn deploy_stretch(&self, faults: &Faults, environment: &str) -> f64 {
        faults.deploy_seconds(environment).unwrap_or(self.settings.deploy_seconds) / deploy::SECONDS
    }

    /// The address that a host name leads to.
    pub(crate) fn address_of(&self, name: &str) -> Option<Ipv4Addr> {
        let name = name.trim_end_matches('.');
        let is_name = |host: &Option<String>| {
            host.as_deref().is_some_and(|host| host.eq_ignore_ascii_case(name))
        };
        let world = self.world();
        let mut living = world.living();
        living
            .find(|environment| is_name(&environment.cname) || is_name(&environment.load_balancer))?
            .address
    }

    /// The bucket that Beanstalk keeps its own things in.
    pub(crate) fn storage_bucket(&self) -> String {
        format!("elasticbeanstalk-{}-{}", self.settings.region, self.settings.account)
    }

    /// Forgets everything, ends all operations and stops all sites.
    pub(crate) fn reset(&self) {
        lock(&self.tasks).abort_all();
        *self.world() = World::new(&self.settings.region, &self.settings.account);
        self.journal().clear();
        self.data_plane.close_all();
    }
}

/// A panic elsewhere leaves the state as it was, which is good enough to go on with.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
