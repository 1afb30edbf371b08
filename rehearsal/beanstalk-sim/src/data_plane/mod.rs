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

/// The most addresses in use that are skipped.
const ATTEMPTS: u32 = 10_000;

/// The addresses and listeners of all environments.
#[derive(Debug)]
pub(crate) struct DataPlane {
    port: u16,
    /// A listener that reserves the port.
    _reservation: Option<TcpListener>,
    first: Ipv4Addr,
    doors: Mutex<Doors>,
}

#[derive(Debug, Default)]
struct Doors {
    /// The number of addresses tried so far.
    tried: u32,
    /// The open sites by environment. Dropping a sender closes the site.
    open: HashMap<String, oneshot::Sender<()>>,
}

impl DataPlane {
    /// Reserves the configured port, or a free one.
    ///
    /// `before`, the port in the state file, is preferred to other free ports.
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
        // A bad address is reported at the start, not with the first environment.
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

    /// Serves an environment's site on the next free address.
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

    /// Serves an environment's site on its previous address.
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

    /// Stops serving all sites. Addresses start again at the first.
    pub(crate) fn close_all(&self) {
        *self.doors() = Doors::default();
    }

    fn doors(&self) -> MutexGuard<'_, Doors> {
        self.doors.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Binds the first free address after those tried before.
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
    let taken = format!("port {port} is in use on all addresses from {first}");
    Err(io::Error::new(io::ErrorKind::AddrInUse, taken))
}

/// Serves the site of an environment on a listener until the site is closed.
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
            // The dropped sender is the signal.
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
