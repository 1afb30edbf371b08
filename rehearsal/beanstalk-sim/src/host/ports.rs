//! Ports of processes, selected before the processes listen on them.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::process;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// The first port. All ports are below the ephemeral range of operating systems.
const FIRST: u16 = 20_000;
/// The distance between the ports of one application's processes, as in Beanstalk.
pub(super) const STEP: u16 = 100;
/// The most processes of an application, so that no two applications get the same port.
const PROCESSES: u16 = 10;
const BLOCKS: u16 = 12;
const SLOTS: u16 = BLOCKS * STEP;

/// The port of the first of `count` processes. Each further one has a port that is [`STEP`] higher.
///
/// The ports are free at the moment, and are not reused before all others. Another program may still take one before
/// the process does. The caller detects that from the output and tries again.
pub(super) fn reserve(count: usize) -> io::Result<u16> {
    static NEXT: OnceLock<AtomicU32> = OnceLock::new();
    // Two simulators start at different ports.
    let next = NEXT.get_or_init(|| AtomicU32::new(process::id()));
    let count = u16::try_from(count).map_err(io::Error::other)?;
    (0..SLOTS)
        .map(|_| first_port(next.fetch_add(1, Ordering::Relaxed)))
        .find(|&port| (0..count).all(|index| is_free(port_of(port, index))))
        .ok_or_else(|| io::Error::new(io::ErrorKind::AddrInUse, "no free port"))
}

/// The port of the process with this index.
pub(super) fn port_of(first: u16, index: u16) -> u16 {
    first.saturating_add(STEP.saturating_mul(index))
}

fn first_port(number: u32) -> u16 {
    let slot = u16::try_from(number % u32::from(SLOTS)).unwrap_or_default();
    FIRST + slot / STEP * STEP * PROCESSES + slot % STEP
}

fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_port_is_two_processes_until_all_were_named() {
        let ports = (0..u32::from(SLOTS))
            .flat_map(|number| (0..PROCESSES).map(move |index| port_of(first_port(number), index)));
        let distinct: BTreeSet<_> = ports.collect();
        assert_eq!(distinct.len(), usize::from(SLOTS * PROCESSES));
        assert!(distinct.iter().all(|port| (FIRST..32_768).contains(port)));
    }

    #[test]
    fn a_port_in_use_is_skipped() {
        let first = reserve(2).unwrap();
        let _taken = TcpListener::bind((Ipv4Addr::LOCALHOST, port_of(first, 1))).unwrap();
        assert!(!is_free(first + STEP));
        assert_ne!(reserve(2).unwrap(), first);
    }
}
