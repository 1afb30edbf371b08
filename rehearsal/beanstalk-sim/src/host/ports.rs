//! Ports for processes, which are named before anybody listens on them.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::process;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// The first port. All are below those that operating systems give to whoever asks for any port.
const FIRST: u16 = 20_000;
/// The processes of one application have ports this far apart, as Beanstalk has it.
pub(super) const STEP: u16 = 100;
/// How many processes fit before two applications might name one port.
const PROCESSES: u16 = 10;
const BLOCKS: u16 = 12;
const SLOTS: u16 = BLOCKS * STEP;

/// The port of the first of `count` processes; each further one has a port that is [`STEP`] higher.
///
/// Nobody listens on them at the moment, and none is named again before all others were. Another program may still
/// be faster than the process; its own message then tells, and the caller tries again.
pub(super) fn reserve(count: usize) -> io::Result<u16> {
    static NEXT: OnceLock<AtomicU32> = OnceLock::new();
    // Two simulators begin at different places.
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
    fn a_port_that_somebody_listens_on_is_passed_over() {
        let first = reserve(2).unwrap();
        let _taken = TcpListener::bind((Ipv4Addr::LOCALHOST, port_of(first, 1))).unwrap();
        assert!(!is_free(first + STEP));
        assert_ne!(reserve(2).unwrap(), first);
    }
}
