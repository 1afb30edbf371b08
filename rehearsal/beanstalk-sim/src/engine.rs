//! What everything shares: the world, the clock, the bundles, the data plane, and the tasks that run operations.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tempfile::NamedTempFile;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::bundles::{Bundles, Location, Unavailable};
use crate::clock::{Clock, Moment};
use crate::data_plane::DataPlane;
use crate::faults::{Fault, Faults, Kept, Scope, Target};
use crate::host::{Source, SourceError};
use crate::journal::Journal;
use crate::lifecycle::{Superseded, deploy};
use crate::settings::Settings;
use crate::state::{Document, StateFile};
use crate::world::{Names, World};

/// The simulated service.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) settings: Settings,
    pub(crate) clock: Clock,
    pub(crate) bundles: Arc<dyn Bundles>,
    pub(crate) data_plane: DataPlane,
    world: Mutex<World>,
    /// Told of every change of the world.
    changes: watch::Sender<()>,
    state: Mutex<Option<StateFile>>,
    journal: Mutex<Journal>,
    /// Apart from the world's names, so that looking at the world does not change what it makes up.
    request_ids: Mutex<Names>,
    tasks: Mutex<JoinSet<()>>,
    /// Where the API listens.
    pub(crate) address: SocketAddr,
}

/// Why a version cannot be put on an instance.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    #[error("the bundle cannot be fetched: {0}")]
    Unavailable(#[from] Unavailable),
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error("there is no room for the bundle")]
    File(#[source] io::Error),
    #[error("reading the bundle was interrupted")]
    Interrupted,
}

impl Engine {
    /// Must be called within a tokio runtime.
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
        Self {
            world: Mutex::new(world),
            changes: watch::Sender::new(()),
            state: Mutex::new(state),
            clock,
            bundles,
            data_plane,
            journal: Mutex::default(),
            request_ids: Mutex::new(request_ids),
            tasks: Mutex::default(),
            address,
            settings,
        }
    }

    /// The state, for as long as the guard lives; it is never held while waiting.
    pub(crate) fn world(&self) -> Held<'_> {
        Held { world: lock(&self.world), changes: &self.changes, changed: false }
    }

    /// Hears of every change of the world from now on.
    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }

    /// Writes the state file, if there is one and something has changed.
    ///
    /// The file is held from before the world is looked at until it is written, so that of two who save at a time the
    /// later one writes what is newer. The world is held only as long as it takes to copy it.
    pub(crate) fn save(&self) {
        self.save_with(StateFile::write);
    }

    fn save_with(&self, write: impl FnOnce(&mut StateFile, &Document) -> io::Result<()>) {
        let mut file = lock(&self.state);
        let Some(file) = file.as_mut() else { return };
        if let Err(error) = write(file, &self.document()) {
            tracing::warn!("the state could not be saved: {error}");
        }
    }

    /// What there is to keep at this moment.
    fn document(&self) -> Document {
        let (world, request_ids) = (lock(&self.world), lock(&self.request_ids));
        Document::of(&world, &request_ids, self.data_plane.port())
    }

    pub(crate) fn journal(&self) -> MutexGuard<'_, Journal> {
        lock(&self.journal)
    }

    /// What identifies the next call.
    pub(crate) fn request_id(&self) -> String {
        lock(&self.request_ids).uuid().to_string()
    }

    /// Runs an operation in the background until it ends or is superseded; time moved by hand waits for it.
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

    /// Fetches and unpacks the bundle of a version; no bundle is the sample application.
    pub(crate) async fn load(&self, bundle: Option<&Location>) -> Result<Arc<Source>, LoadError> {
        let Some(location) = bundle else { return Ok(Source::sample()) };
        let file = NamedTempFile::new().map_err(LoadError::File)?;
        self.bundles.fetch(location, file.path()).await?;
        let source = tokio::task::spawn_blocking(move || Source::unpack(file.path()))
            .await
            .map_err(|_| LoadError::Interrupted)??;
        Ok(Arc::new(source))
    }

    /// Sets a fault, which ends by itself when it has a lifetime.
    pub(crate) fn set_fault(self: &Arc<Self>, scope: Scope, fault: Fault) {
        let lifetime = fault.lifetime();
        self.set_fault_for(scope, fault, lifetime);
    }

    /// Sets a fault that ends after so many simulated seconds, if any.
    pub(crate) fn set_fault_for(
        self: &Arc<Self>,
        scope: Scope,
        fault: Fault,
        lifetime: Option<f64>,
    ) {
        let until = lifetime.map(|seconds| self.clock.moment().plus(seconds));
        self.set_fault_until(Kept { scope, fault, until });
    }

    /// Sets a fault that ends at its moment, if it has one.
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

    /// How many times as long as planned a deployment takes.
    pub(crate) fn deploy_stretch(&self, faults: &Faults, target: &Target<'_>) -> f64 {
        faults.deploy_seconds(target).unwrap_or(self.settings.deploy_seconds) / deploy::SECONDS
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

    /// The endpoint of the API, such as `http://127.0.0.1:4000`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The bucket that Beanstalk keeps its own things in.
    pub(crate) fn storage_bucket(&self) -> String {
        format!("elasticbeanstalk-{}-{}", self.settings.region, self.settings.account)
    }

    /// Saves what is known for the last time, and stops everything.
    pub(crate) fn end(&self) {
        lock(&self.tasks).abort_all();
        // Time goes on from its last moment, even if nothing but time has changed.
        self.save_with(StateFile::write_anyway);
        *lock(&self.state) = None;
        self.reset();
    }

    /// Forgets everything, ends all operations and stops all sites and processes.
    pub(crate) fn reset(&self) {
        lock(&self.tasks).abort_all();
        *lock(&self.request_ids) = Names::new(self.settings.seed);
        let mut world = self.world();
        let events = world.events.emptied();
        *world = World { events, ..new_world(&self.settings, &self.clock) };
        drop(world);
        self.journal().clear();
        self.data_plane.close_all();
        self.save();
    }
}

/// The world, as long as somebody holds it; whoever follows it hears when it was changed.
#[derive(Debug)]
pub(crate) struct Held<'a> {
    world: MutexGuard<'a, World>,
    changes: &'a watch::Sender<()>,
    changed: bool,
}

impl Deref for Held<'_> {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

impl DerefMut for Held<'_> {
    fn deref_mut(&mut self) -> &mut World {
        self.changed = true;
        &mut self.world
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        if self.changed {
            self.changes.send_replace(());
        }
    }
}

fn new_world(settings: &Settings, clock: &Clock) -> World {
    World::new(&settings.region, &settings.account, clock.clone(), settings.seed)
}

/// A panic elsewhere leaves the state as it was, which is good enough to go on with.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::TryLockError;

    use super::*;
    use crate::bundles::MemoryBundles;

    #[tokio::test]
    async fn the_world_is_free_while_it_is_saved_and_only_one_saves_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        let settings = Settings::default();
        let (file, before) = StateFile::open(&path, &settings).unwrap();
        let data_plane = DataPlane::reserve(&settings, None).unwrap();
        let (bundles, address) = (Arc::<MemoryBundles>::default(), settings.listen);
        let engine = Engine::new(settings, bundles, data_plane, address, Some(file), before);
        engine.world().last_operation = 7;
        engine.save_with(|file, document| {
            assert!(matches!(engine.state.try_lock(), Err(TryLockError::WouldBlock)));
            engine.world.try_lock().unwrap().last_operation = 8;
            drop(engine.request_ids.try_lock().unwrap());
            file.write(document)
        });
        let text = std::fs::read_to_string(path).unwrap();
        assert!(text.contains("\"lastOperation\":7"), "{text}");
    }
}
