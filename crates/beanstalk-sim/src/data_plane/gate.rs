//! The listener of one environment, which can be told to reset connections.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Weak};

use axum::serve::Listener;
use tokio::net::{TcpListener, TcpStream};

use crate::engine::Engine;
use crate::faults::Fault;

/// Accepts the connections of one environment.
pub(super) struct Gate {
    listener: TcpListener,
    engine: Weak<Engine>,
    environment_id: String,
}

impl Gate {
    pub(super) fn new(
        listener: std::net::TcpListener,
        engine: &Arc<Engine>,
        environment_id: &str,
    ) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        Ok(Self {
            listener: TcpListener::from_std(listener)?,
            engine: Arc::downgrade(engine),
            environment_id: environment_id.to_owned(),
        })
    }

    fn resets(&self) -> bool {
        let Some(engine) = self.engine.upgrade() else { return false };
        let mut world = engine.world();
        let Some(name) =
            world.environment(&self.environment_id).map(|environment| environment.name.clone())
        else {
            return false;
        };
        world
            .faults
            .take(&name, |fault| matches!(fault, Fault::ResetConnections { .. }).then_some(()))
            .is_some()
    }
}

impl Listener for Gate {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (stream, address) = Listener::accept(&mut self.listener).await;
            if !self.resets() {
                return (stream, address);
            }
            // Without lingering, closing sends a reset.
            if let Err(error) = stream.set_zero_linger() {
                tracing::warn!("closing a connection without a reset: {error}");
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}
