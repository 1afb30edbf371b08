//! The handle of a running simulator.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};

use crate::bundles::{Bundles, S3Bundles};
use crate::clock::CannotMove;
use crate::connection::{Cut, CuttableListener};
use crate::data_plane::DataPlane;
use crate::engine::Engine;
use crate::error::Error;
use crate::event_bridge::{self, Sender};
use crate::faults::{Fault, Scope};
use crate::journal::Call;
use crate::lifecycle::resume;
use crate::scenario::Scenario;
use crate::settings::Settings;
use crate::state::{self, Document, StateFile};
use crate::{api, control};

/// How long calls in flight may take when the simulator stops.
const GRACE: Duration = Duration::from_secs(1);

/// A running simulator; dropping it stops it.
#[derive(Debug)]
pub struct Simulator {
    engine: Arc<Engine>,
    address: SocketAddr,
    server: Mutex<Option<Server>>,
}

#[derive(Debug)]
struct Server {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
    /// Those that follow what happens in the world; dropping them ends them.
    followers: JoinSet<()>,
}

/// Has the state saved, and EventBridge told, as things happen.
fn follow(engine: &Arc<Engine>, sender: Option<Sender>) -> JoinSet<()> {
    let mut followers = JoinSet::new();
    if engine.settings.state.is_some() {
        followers.spawn(state::keep(Arc::downgrade(&engine.keeper), engine.changes()));
    }
    if let Some(sender) = sender {
        let last = engine.world().events.recorded();
        let world = Arc::downgrade(&engine.shared_world);
        followers.spawn(event_bridge::follow(world, engine.changes(), last, sender));
    }
    followers
}

impl Simulator {
    /// Starts a simulator whose bundles are in S3.
    pub async fn start(settings: Settings) -> Result<Self, Error> {
        let bundles = Arc::new(S3Bundles::new(&settings));
        Self::start_with(settings, bundles).await
    }

    /// Starts a simulator with bundles from elsewhere, such as [`MemoryBundles`](crate::MemoryBundles).
    pub async fn start_with(settings: Settings, bundles: Arc<dyn Bundles>) -> Result<Self, Error> {
        settings.check()?;
        let sender = settings.events()?.map(|endpoint| Sender::new(endpoint, &settings.region));
        let (file, before) = match &settings.state {
            Some(path) => {
                let (file, before) = StateFile::open(path, &settings)?;
                (Some(file), before)
            }
            None => (None, None),
        };
        let listen = |source| Error::Listen { address: settings.listen, source };
        let listener = TcpListener::bind(settings.listen).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let port = before.as_ref().map(|before| before.knowledge.data_port);
        let data_plane = DataPlane::reserve(&settings, port)?;
        let faults = before.as_ref().map(Document::faults).unwrap_or_default();
        let engine = Engine::new(settings, bundles, data_plane, address, file, before);
        let engine = Arc::new(engine);
        let followers = follow(&engine, sender);
        for kept in faults {
            engine.set_fault_until(kept);
        }
        resume::resume(&engine);
        let (stop, stopped) = oneshot::channel::<()>();
        let router = api::router(Arc::clone(&engine))
            .merge(control::router(Arc::clone(&engine)))
            .into_make_service_with_connect_info::<Cut>();
        let task = tokio::spawn(async {
            let stopped = async {
                // A dropped sender means the same as a message.
                let _ = stopped.await;
            };
            if let Err(error) = axum::serve(CuttableListener(listener), router)
                .with_graceful_shutdown(stopped)
                .await
            {
                tracing::error!("the API stopped: {error}");
            }
        });
        tracing::info!(
            "Elastic Beanstalk at http://{address}, environments on port {}",
            engine.data_plane.port()
        );
        Ok(Self { engine, address, server: Mutex::new(Some(Server { stop, task, followers })) })
    }

    /// The endpoint of the API, such as `http://127.0.0.1:4000`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The port on which every environment serves its site.
    pub fn data_port(&self) -> u16 {
        self.engine.data_plane.port()
    }

    /// The address that a host name of an environment or of a load balancer leads to.
    ///
    /// Case and a final dot do not matter; names that lead nowhere (yet, or any more) have none.
    pub fn address_of(&self, name: &str) -> Option<Ipv4Addr> {
        self.engine.address_of(name)
    }

    /// Makes the service misbehave within a scope, such as the name of an environment, which need not exist yet.
    ///
    /// Faults that end by themselves want to be set from within a Tokio runtime.
    pub fn set_fault(&self, scope: impl Into<Scope>, fault: Fault) {
        self.engine.set_fault(scope.into(), fault);
    }

    /// Ends the faults that were set for this scope or for a part of it.
    pub fn clear_faults(&self, scope: impl Into<Scope>) {
        self.engine.world().faults.clear(&scope.into());
    }

    /// Begins to play a scenario, whose seconds count from now.
    pub fn play(&self, scenario: Scenario) {
        scenario.play(&self.engine);
    }

    /// Stops time, or lets it run again.
    pub fn stop_time(&self, stopped: bool) {
        self.engine.clock.stand(stopped);
    }

    /// Moves time that is stopped by so many simulated seconds, and waits until all that was due has been done.
    pub async fn advance_time(&self, seconds: f64) -> Result<(), CannotMove> {
        self.engine.clock.advance(seconds).await
    }

    /// Moves time that is stopped to the next moment at which something happens; `false` when nothing will.
    pub async fn step_time(&self) -> Result<bool, CannotMove> {
        self.engine.clock.step().await
    }

    /// The latest calls, oldest first.
    pub fn calls(&self) -> Vec<Call> {
        self.engine.journal().calls().cloned().collect()
    }

    /// Stops everything and waits until the API listens no more; a second time does nothing.
    pub async fn stop(&self) {
        let Some(mut server) = self.take_server() else { return };
        server.followers.shutdown().await;
        self.engine.end();
        let _ = server.stop.send(());
        let aborter = server.task.abort_handle();
        if tokio::time::timeout(GRACE, server.task).await.is_err() {
            aborter.abort();
        }
    }

    fn take_server(&self) -> Option<Server> {
        self.server.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        if let Some(server) = self.take_server() {
            self.engine.end();
            let _ = server.stop.send(());
        }
    }
}
