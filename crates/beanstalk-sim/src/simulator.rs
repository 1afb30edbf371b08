//! The handle of a running simulator.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::bundles::{Bundles, S3Bundles};
use crate::connection::{Cut, CuttableListener};
use crate::data_plane::DataPlane;
use crate::engine::Engine;
use crate::error::Error;
use crate::faults::Fault;
use crate::journal::Call;
use crate::settings::Settings;
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
}

impl Simulator {
    /// Starts a simulator whose bundles are in S3.
    pub async fn start(settings: Settings) -> Result<Self, Error> {
        let bundles = Arc::new(S3Bundles::new(&settings));
        Self::start_with(settings, bundles).await
    }

    /// Starts a simulator with bundles from elsewhere, such as [`MemoryBundles`](crate::MemoryBundles).
    pub async fn start_with(settings: Settings, bundles: Arc<dyn Bundles>) -> Result<Self, Error> {
        for (name, value) in
            [("time_scale", settings.time_scale), ("deploy_seconds", settings.deploy_seconds)]
        {
            if !(value.is_finite() && value > 0.0) {
                return Err(Error::NotPositive { name, value });
            }
        }
        let listen = |source| Error::Listen { address: settings.listen, source };
        let listener = TcpListener::bind(settings.listen).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let data_plane = DataPlane::reserve(&settings)?;
        let engine = Arc::new(Engine::new(settings, bundles, data_plane));
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
        Ok(Self { engine, address, server: Mutex::new(Some(Server { stop, task })) })
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

    /// Makes an environment, or [`EVERYWHERE`](crate::EVERYWHERE), misbehave; the environment need not exist yet.
    pub fn set_fault(&self, environment: &str, fault: Fault) {
        self.engine.world().faults.set(environment, fault);
    }

    /// Ends the faults that were set for exactly this name.
    pub fn clear_faults(&self, environment: &str) {
        self.engine.world().faults.clear(environment);
    }

    /// The latest calls, oldest first.
    pub fn calls(&self) -> Vec<Call> {
        self.engine.journal().calls()
    }

    /// Stops everything and waits until the API listens no more; a second time does nothing.
    pub async fn stop(&self) {
        self.engine.reset();
        let Some(server) = self.take_server() else { return };
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
        self.engine.reset();
        if let Some(server) = self.take_server() {
            let _ = server.stop.send(());
        }
    }
}
