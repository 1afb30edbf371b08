//! The handle of a running simulator.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::middleware::from_fn;
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
use crate::{api, control, guard};

/// The time that calls in flight get when the simulator stops.
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
    /// The tasks that follow changes of the world; dropping the set ends them.
    followers: JoinSet<()>,
}

/// Starts the tasks that save the state and send events to EventBridge.
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
    /// Starts a simulator with source bundles in S3.
    pub async fn start(settings: Settings) -> Result<Self, Error> {
        let bundles = Arc::new(S3Bundles::new(&settings));
        Self::start_with(settings, bundles).await
    }

    /// Starts a simulator with another store of bundles, such as [`MemoryBundles`](crate::MemoryBundles).
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
        let mut router =
            api::router(Arc::clone(&engine)).merge(control::router(Arc::clone(&engine)));
        // An address beyond loopback is for other machines, under whatever name.
        if address.ip().is_loopback() {
            router = router.layer(from_fn(guard::check));
        }
        let router = router.into_make_service_with_connect_info::<Cut>();
        let task = tokio::spawn(async {
            let stopped = async {
                // A dropped sender stops the server as a message does.
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

    /// The address to which a host name of an environment or of a load balancer resolves.
    ///
    /// Case and a final dot are ignored. A name without an environment gives `None`.
    pub fn address_of(&self, name: &str) -> Option<Ipv4Addr> {
        self.engine.address_of(name)
    }

    /// Sets a fault in a scope, such as the name of an environment, which need not exist yet.
    ///
    /// Faults that expire must be set from within a Tokio runtime.
    pub fn set_fault(&self, scope: impl Into<Scope>, fault: Fault) {
        self.engine.set_fault(scope.into(), fault);
    }

    /// Clears the faults of this scope and of all narrower scopes.
    pub fn clear_faults(&self, scope: impl Into<Scope>) {
        self.engine.world().faults.clear(&scope.into());
    }

    /// Starts a scenario, whose seconds count from now.
    pub fn play(&self, scenario: Scenario) {
        scenario.play(&self.engine);
    }

    /// Stops time, or starts it again.
    pub fn stop_time(&self, stopped: bool) {
        self.engine.clock.stand(stopped);
    }

    /// Advances stopped time by `seconds` simulated seconds, and waits until all due work is done.
    pub async fn advance_time(&self, seconds: f64) -> Result<(), CannotMove> {
        self.engine.clock.advance(seconds).await
    }

    /// Advances stopped time to the next due moment. `false` means that nothing is due.
    pub async fn step_time(&self) -> Result<bool, CannotMove> {
        self.engine.clock.step().await
    }

    /// The latest calls, oldest first.
    pub fn calls(&self) -> Vec<Call> {
        self.engine.journal().calls().cloned().collect()
    }

    /// Stops everything and waits until the API no longer listens. A second call does nothing.
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
