//! The addresses on which the processes of a group listen, from `/proc`.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;

/// The tables of the system's TCP sockets.
const TABLES: [&str; 2] = ["/proc/net/tcp", "/proc/net/tcp6"];
/// The state of a socket that listens.
const LISTEN: &str = "0A";

/// A `web` process that runs, but does not listen where the proxy server passes requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Silence {
    /// The port on which nothing listens.
    pub(super) port: u16,
    /// The addresses on which the process or its children listen.
    pub(super) instead: BTreeSet<SocketAddr>,
}

impl Silence {
    /// Whether the process may still be starting, because it listens nowhere.
    pub(crate) fn is_early(&self) -> bool {
        self.instead.is_empty()
    }
}

impl fmt::Display for Silence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let port = self.port;
        write!(
            f,
            "nothing listens on 127.0.0.1:{port}, to which the proxy server passes requests; "
        )?;
        if self.instead.is_empty() {
            return f.write_str("process `web` listens on no port");
        }
        let instead: Vec<_> = self.instead.iter().map(ToString::to_string).collect();
        write!(f, "process `web` listens on {}", instead.join(", "))
    }
}

/// The addresses on which processes of a group listen. Processes that have ended are left out.
pub(super) fn addresses_of(group: u32) -> BTreeSet<SocketAddr> {
    let sockets = sockets();
    let Ok(processes) = fs::read_dir("/proc") else { return BTreeSet::new() };
    processes
        .flatten()
        .filter(|process| group_of(&process.path()) == Some(group))
        .flat_map(|process| inodes(&process.path()))
        .filter_map(|inode| sockets.get(&inode).copied())
        .collect()
}

/// The addresses of all sockets that listen, by inode.
fn sockets() -> HashMap<u64, SocketAddr> {
    let tables = TABLES.iter().filter_map(|table| fs::read_to_string(table).ok());
    tables.flat_map(|table| table.lines().filter_map(socket).collect::<Vec<_>>()).collect()
}

/// The inode and the address of a line of a table, if its socket listens.
fn socket(line: &str) -> Option<(u64, SocketAddr)> {
    let columns: Vec<_> = line.split_ascii_whitespace().collect();
    let (local, state, inode) = (columns.get(1)?, columns.get(3)?, columns.get(9)?);
    let (address, port) = local.split_once(':')?;
    let address = SocketAddr::new(address_of(address)?, u16::from_str_radix(port, 16).ok()?);
    (*state == LISTEN).then_some((inode.parse().ok()?, address))
}

/// An address as the kernel prints it: words of 32 bits in the machine's order of bytes.
fn address_of(text: &str) -> Option<IpAddr> {
    let words = text.as_bytes().chunks(8).map(|word| {
        let word = u32::from_str_radix(std::str::from_utf8(word).ok()?, 16).ok()?;
        Some(word.to_ne_bytes())
    });
    let bytes = words.collect::<Option<Vec<_>>>()?.concat();
    match bytes.len() {
        4 => <[u8; 4]>::try_from(bytes).ok().map(|bytes| Ipv4Addr::from(bytes).into()),
        16 => <[u8; 16]>::try_from(bytes).ok().map(|bytes| Ipv6Addr::from(bytes).into()),
        _ => None,
    }
}

/// The process group of a process in `/proc`.
fn group_of(process: &Path) -> Option<u32> {
    let status = fs::read_to_string(process.join("stat")).ok()?;
    // The name of the program may contain blanks and parentheses. State and parent precede the group.
    status.rsplit_once(')')?.1.split_ascii_whitespace().nth(2)?.parse().ok()
}

/// The inodes of the sockets of a process in `/proc`.
fn inodes(process: &Path) -> Vec<u64> {
    let Ok(files) = fs::read_dir(process.join("fd")) else { return Vec::new() };
    let inode = |file: fs::DirEntry| {
        let target = fs::read_link(file.path()).ok()?;
        target.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
    };
    files.flatten().filter_map(inode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_endian = "little")]
    #[test]
    fn only_sockets_that_listen_are_read_from_the_tables() {
        let rest = "00000000:00000000 00:00000000 00000000  1000        0 4711 1 0 100 0 0 10 0";
        let line = |local: &str, state: &str| format!("   0: {local} 00000000:0000 {state} {rest}");
        let found = |local: &str, state: &str| {
            socket(&line(local, state)).map(|(inode, address)| format!("{inode} {address}"))
        };
        assert_eq!(found("0100007F:1F90", "0A").as_deref(), Some("4711 127.0.0.1:8080"));
        assert_eq!(
            found("00000000000000000000000001000000:0050", "0A").as_deref(),
            Some("4711 [::1]:80")
        );
        assert_eq!(found("0100007F:1F90", "01"), None);
        assert_eq!(found("xyz:1F90", "0A"), None);
        assert_eq!(socket("  sl  local_address rem_address   st tx_queue"), None);
    }

    #[test]
    fn a_listener_of_this_process_is_found_by_its_group() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let group = group_of(Path::new("/proc/self")).unwrap();
        assert!(addresses_of(group).contains(&listener.local_addr().unwrap()));
        assert!(addresses_of(u32::MAX).is_empty());
    }

    #[test]
    fn silence_is_told_with_the_addresses_in_use() {
        let instead = |all: &[&str]| all.iter().map(|one| one.parse().unwrap()).collect();
        let early = Silence { port: 20_000, instead: instead(&[]) };
        assert!(early.is_early());
        insta::assert_snapshot!(early, @"nothing listens on 127.0.0.1:20000, to which the proxy server passes requests; process `web` listens on no port");
        let late = Silence { port: 20_000, instead: instead(&["[::1]:90", "0.0.0.0:80"]) };
        assert!(!late.is_early());
        insta::assert_snapshot!(late, @"nothing listens on 127.0.0.1:20000, to which the proxy server passes requests; process `web` listens on 0.0.0.0:80, [::1]:90");
    }
}
