//! The shared parts of the simulator: world, clock, bundles, data plane, and the tasks that run operations.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard};

use tempfile::NamedTempFile;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::bundles::{Bundles, Location, Unavailable};
use crate::clock::{Clock, Moment};
use crate::data_plane::DataPlane;
use crate::faults::{Fault, Kept, Scope};
use crate::host::{Source, SourceError};
use crate::journal::Journal;
use crate::settings::Settings;
use crate::shared_world::{Held, SharedWorld, lock};
use crate::state::{Document, Keeper, StateFile};
use crate::world::{Names, World};

/// The simulated service.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) settings: Settings,
    pub(crate) clock: Clock,
    pub(crate) bundles: Arc<dyn Bundles>,
    pub(crate) data_plane: DataPlane,
    /// The state of the service. Tasks that need nothing else get it without the engine.
    pub(crate) shared_world: Arc<SharedWorld>,
    pub(crate) keeper: Arc<Keeper>,
    journal: Mutex<Journal>,
    tasks: Mutex<JoinSet<()>>,
    /// The address on which the API listens.
    pub(crate) address: SocketAddr,
}

/// The end of an operation that a later one superseded, or whose environment is gone.
#[derive(Debug, thiserror::Error)]
#[error("superseded by a later operation")]
pub(crate) struct Superseded;

/// The reason why a version cannot be deployed to an instance.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    #[error("the bundle cannot be fetched: {0}")]
    Unavailable(#[from] Unavailable),
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error("cannot create a file for the bundle")]
    File(#[source] io::Error),
    #[error("reading the bundle was interrupted")]
    Interrupted,
}

impl Engine {
    /// Must be called within a Tokio runtime.
    pub(crate) fn new(
        settings: Settings,
        bundles: Arc<dyn Bundles>,
        data_plane: DataPlane,
        address: SocketAddr,
        state: Option<StateFile>,
        before: Option<Document>,
    ) -> Self {
        let epoch = settings.epoch();
        let (from, epoch) = match &before {
            Some(before) => (before.moment, epoch.map(|_| before.epoch())),
            None => (Moment::default(), epoch),
        };
        let clock = Clock::start(from, settings.time_scale, settings.manual_time, epoch);
        let request_ids = match &before {
            Some(before) => before.knowledge.request_ids.clone(),
            None => Names::new(settings.seed),
        };
        let world = match before {
            Some(before) => before.into_world(clock.clone()),
            None => new_world(&settings, &clock),
        };
        let shared_world = Arc::new(SharedWorld::new(world, request_ids));
        Self {
            keeper: Arc::new(Keeper::new(Arc::clone(&shared_world), data_plane.port(), state)),
            shared_world,
            clock,
            bundles,
            data_plane,
            journal: Mutex::default(),
            tasks: Mutex::default(),
            address,
            settings,
        }
    }

    /// A guard of the world. It is never held across an `await`.
    pub(crate) fn world(&self) -> Held<'_> {
        self.shared_world.hold()
    }

    /// A receiver of every change of the world from now on.
    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        self.shared_world.changes()
    }

    pub(crate) fn journal(&self) -> MutexGuard<'_, Journal> {
        lock(&self.journal)
    }

    /// The request ID of the next call.
    pub(crate) fn request_id(&self) -> String {
        self.shared_world.request_id()
    }

    /// Runs an operation in the background until it ends or is superseded. Manual time waits for it.
    pub(crate) fn spawn(
        &self,
        operation: impl Future<Output = Result<(), Superseded>> + Send + 'static,
    ) {
        let worker = self.clock.worker();
        let mut tasks = lock(&self.tasks);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(async {
            if let Err(error) = operation.await {
                tracing::debug!("an operation ended early: {error}");
            }
            drop(worker);
        });
    }

    /// Fetches and unpacks the bundle of a version. `None` is the sample application.
    pub(crate) async fn load(&self, bundle: Option<&Location>) -> Result<Arc<Source>, LoadError> {
        let Some(location) = bundle else { return Ok(Source::sample()) };
        let file = NamedTempFile::new().map_err(LoadError::File)?;
        self.bundles.fetch(location, file.path()).await?;
        let source = tokio::task::spawn_blocking(move || Source::unpack(file.path()))
            .await
            .map_err(|_| LoadError::Interrupted)??;
        Ok(Arc::new(source))
    }

    /// Sets a fault, which expires if it has a lifetime.
    pub(crate) fn set_fault(self: &Arc<Self>, scope: Scope, fault: Fault) {
        let lifetime = fault.lifetime();
        self.set_fault_for(scope, fault, lifetime);
    }

    /// Sets a fault that expires after `lifetime` simulated seconds; with `None`, it does not expire.
    pub(crate) fn set_fault_for(
        self: &Arc<Self>,
        scope: Scope,
        fault: Fault,
        lifetime: Option<f64>,
    ) {
        let until = lifetime.map(|seconds| self.clock.moment().plus(seconds));
        self.set_fault_until(Kept { scope, fault, until });
    }

    /// Sets a fault that expires at its moment, if it has one.
    pub(crate) fn set_fault_until(self: &Arc<Self>, kept: Kept) {
        let Kept { scope, fault, until } = kept;
        let number = self.world().faults.set(scope, fault, until);
        let Some(moment) = until else { return };
        let engine = Arc::clone(self);
        self.spawn(async move {
            engine.clock.until(moment).await;
            engine.world().faults.end(number);
            Ok(())
        });
    }

    /// The address to which a host name resolves.
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

    /// The endpoint of the API, such as `http://127.0.0.1:4000`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The storage bucket of Elastic Beanstalk.
    pub(crate) fn storage_bucket(&self) -> String {
        format!("elasticbeanstalk-{}-{}", self.settings.region, self.settings.account)
    }

    /// Saves the state for the last time and stops everything.
    pub(crate) fn end(&self) {
        lock(&self.tasks).abort_all();
        self.keeper.close();
        self.reset();
    }

    /// Resets the state, and stops all operations, sites and processes.
    pub(crate) fn reset(&self) {
        lock(&self.tasks).abort_all();
        self.shared_world.reset_request_ids(Names::new(self.settings.seed));
        let mut world = self.world();
        let events = world.events.emptied();
        *world = World { events, ..new_world(&self.settings, &self.clock) };
        drop(world);
        self.journal().clear();
        self.data_plane.close_all();
        self.keeper.save();
    }
}

fn new_world(settings: &Settings, clock: &Clock) -> World {
    World::new(&settings.region, &settings.account, clock.clone(), settings.seed)
}
