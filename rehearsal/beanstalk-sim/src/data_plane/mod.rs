//! The data plane: every environment serves its site on an address of its own, all on one port.

mod front;

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::connection::{Cut, CuttableListener};
use crate::error::Error;
use crate::settings::Settings;
use crate::shared_world::SharedWorld;
use front::Front;

/// How many addresses in use are skipped before giving up.
const ATTEMPTS: u32 = 10_000;

/// The addresses and listeners of all environments.
#[derive(Debug)]
pub(crate) struct DataPlane {
    port: u16,
    /// Keeps the port from being given to anybody else who asks for a free one.
    _reservation: Option<TcpListener>,
    first: Ipv4Addr,
    doors: Mutex<Doors>,
}

#[derive(Debug, Default)]
struct Doors {
    /// How many addresses have been tried.
    tried: u32,
    /// By environment; dropping a sender closes the door.
    open: HashMap<String, oneshot::Sender<()>>,
}

impl DataPlane {
    /// Takes the configured port, or a free one.
    ///
    /// A free one is `before`, the port of an earlier simulator with the same state, where that is possible.
    pub(crate) fn reserve(settings: &Settings, before: Option<u16>) -> Result<Self, Error> {
        let bind = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
        let given = settings.data_port.filter(|port| *port != 0);
        let reservation = match given {
            Some(_) => None,
            None => Some(bind(before.unwrap_or(0)).or_else(|_| bind(0)).map_err(Error::DataPort)?),
        };
        let port = match (&reservation, given) {
            (Some(reservation), _) => reservation.local_addr().map_err(Error::DataPort)?.port(),
            (None, port) => port.unwrap_or_default(),
        };
        let first = settings.first_address;
        // Better now than when the first environment finds no place.
        bind_next(first, port, &mut 0).map_err(|error| match error.kind() {
            io::ErrorKind::AddrNotAvailable => Error::Setting {
                name: "first_address",
                problem: format!("must be an address of this machine, not `{first}`"),
            },
            _ => Error::DataPort(error),
        })?;
        Ok(Self { port, _reservation: reservation, first, doors: Mutex::default() })
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Starts to serve an environment's site on the next address that is free.
    pub(crate) fn open(
        &self,
        world: &Arc<SharedWorld>,
        environment_id: &str,
    ) -> io::Result<Ipv4Addr> {
        let mut doors = self.doors();
        let (address, listener) = bind_next(self.first, self.port, &mut doors.tried)?;
        serve(&mut doors, world, environment_id, listener)?;
        Ok(address)
    }

    /// Starts to serve an environment's site on the address that it had before.
    pub(crate) fn open_at(
        &self,
        world: &Arc<SharedWorld>,
        environment_id: &str,
        address: Ipv4Addr,
    ) -> io::Result<()> {
        let listener = TcpListener::bind((address, self.port))?;
        serve(&mut self.doors(), world, environment_id, listener)
    }

    /// Stops serving an environment's site.
    pub(crate) fn close(&self, environment_id: &str) {
        self.doors().open.remove(environment_id);
    }

    /// Stops serving all sites; addresses start again with the first.
    pub(crate) fn close_all(&self) {
        *self.doors() = Doors::default();
    }

    fn doors(&self) -> MutexGuard<'_, Doors> {
        self.doors.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes the first address that is free, after so many that have been tried.
fn bind_next(first: Ipv4Addr, port: u16, tried: &mut u32) -> io::Result<(Ipv4Addr, TcpListener)> {
    for _ in 0..ATTEMPTS {
        let address = Ipv4Addr::from_bits(first.to_bits().wrapping_add(*tried));
        *tried += 1;
        match TcpListener::bind(SocketAddr::from((address, port))) {
            Ok(listener) => return Ok((address, listener)),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
            Err(error) => return Err(error),
        }
    }
    let taken = format!("port {port} is taken on all addresses from {first}");
    Err(io::Error::new(io::ErrorKind::AddrInUse, taken))
}

/// Answers what comes to a listener with the site of an environment, until the door is closed.
fn serve(
    doors: &mut Doors,
    world: &Arc<SharedWorld>,
    environment_id: &str,
    listener: TcpListener,
) -> io::Result<()> {
    let (sender, closed) = oneshot::channel::<()>();
    let front = Front::new(world, environment_id);
    listener.set_nonblocking(true)?;
    let listener = CuttableListener(tokio::net::TcpListener::from_std(listener)?);
    tokio::spawn(async {
        let closed = async {
            // The sender is dropped without a word, and that is the message.
            let _ = closed.await;
        };
        if let Err(error) =
            axum::serve(listener, front.router().into_make_service_with_connect_info::<Cut>())
                .with_graceful_shutdown(closed)
                .await
        {
            tracing::error!("a site stopped: {error}");
        }
    });
    doors.open.insert(environment_id.to_owned(), sender);
    Ok(())
}
