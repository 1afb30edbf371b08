//! The process at the other end of a local connection.

use std::fs;
use std::net::{SocketAddr, SocketAddrV4};

use rustix::process::{Pid, Signal, kill_process};

/// Kills the process with the connection between `theirs` and `ours`, and returns whether there was one.
///
/// It reads `/proc`, so it finds no process on systems without it.
pub(super) fn kill(theirs: SocketAddr, ours: SocketAddr) -> bool {
    let (SocketAddr::V4(theirs), SocketAddr::V4(ours)) = (theirs, ours) else { return false };
    let Some(pid) = socket_of(theirs, ours).and_then(|socket| owner(&socket)) else { return false };
    // In tests the caller can be this very process.
    let own = Pid::from_raw(i32::try_from(std::process::id()).unwrap_or_default());
    Some(pid) != own && kill_process(pid, Signal::KILL).is_ok()
}

// A line of the table: number, local address, remote address, state, … and the tenth is the inode.
fn socket_of(theirs: SocketAddrV4, ours: SocketAddrV4) -> Option<String> {
    let table = fs::read_to_string("/proc/net/tcp").ok()?;
    let (theirs, ours) = (as_listed(theirs), as_listed(ours));
    table.lines().find_map(|line| {
        let fields: Vec<_> = line.split_whitespace().collect();
        let same = fields.get(1) == Some(&theirs.as_str()) && fields.get(2) == Some(&ours.as_str());
        same.then(|| fields.get(9).map(|inode| format!("socket:[{inode}]"))).flatten()
    })
}

fn as_listed(address: SocketAddrV4) -> String {
    format!("{:08X}:{:04X}", u32::from_ne_bytes(address.ip().octets()), address.port())
}

fn owner(socket: &str) -> Option<Pid> {
    let processes = fs::read_dir("/proc").ok()?.flatten();
    processes.into_iter().find_map(|process| {
        let pid = Pid::from_raw(process.file_name().to_str()?.parse().ok()?)?;
        let mut files = fs::read_dir(process.path().join("fd")).ok()?.flatten();
        files
            .any(|file| fs::read_link(file.path()).is_ok_and(|it| it.as_os_str() == socket))
            .then_some(pid)
    })
}
