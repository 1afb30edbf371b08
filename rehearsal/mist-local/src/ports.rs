//! Free ports on the loopback interface.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::net::{Ipv4Addr, TcpListener, UdpSocket};

use crate::error::Error;

/// The range of ports, below the ports of outgoing connections, so that no connection takes a free port meanwhile.
const RANGE: std::ops::Range<u16> = 20_000..32_000;

/// The number of ports to try.
const TRIES: usize = 100;

/// A free TCP port. It is not reserved, so another process may take it before it is bound.
pub(crate) fn free_tcp() -> Result<u16, Error> {
    pick(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok().map(|_| port))
}

/// A UDP and a TCP socket on the same port of 127.0.0.1; 0 picks one that is free for both.
pub(crate) fn bind_both(port: u16) -> Result<(UdpSocket, TcpListener), Error> {
    let bind = |port| {
        let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).ok()?;
        Some((udp, TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok()?))
    };
    if port == 0 { pick(bind) } else { bind(port).ok_or(Error::PortInUse { port }) }
}

/// A random number, not fit for secrets.
pub(crate) fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

fn pick<T>(bind: impl Fn(u16) -> Option<T>) -> Result<T, Error> {
    for _ in 0..TRIES {
        let offset = random() % u64::from(RANGE.end - RANGE.start);
        let port = RANGE.start + u16::try_from(offset).unwrap_or_default();
        if let Some(found) = bind(port) {
            return Ok(found);
        }
    }
    Err(Error::PortInUse { port: RANGE.start })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_free_port_is_in_the_range() {
        let port = free_tcp().unwrap();
        assert!(RANGE.contains(&port));
        TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
    }

    #[test]
    fn a_requested_port_in_use_is_an_error() {
        let (_udp, tcp) = bind_both(0).unwrap();
        let port = tcp.local_addr().unwrap().port();
        assert!(matches!(bind_both(port), Err(Error::PortInUse { port: taken }) if taken == port));
    }
}
