//! Name servers in memory.

use std::{collections::BTreeMap, net::IpAddr, sync::Mutex};

use mist_core::{
    dns::{
        answer::{DnsTarget, NameServerAnswer},
        record::RecordRef,
    },
    error::Error,
    ports::NameServers,
};

use crate::mutex::lock;

/// Name servers in memory.
#[derive(Debug, Default)]
pub struct FakeNameServers {
    servers: Mutex<BTreeMap<String, Result<DnsTarget, String>>>,
    hosts: Mutex<BTreeMap<String, Vec<IpAddr>>>,
}

impl FakeNameServers {
    /// Makes `server` answer `target`.
    pub fn put(&self, server: &str, target: Result<DnsTarget, String>) {
        lock(&self.servers).insert(server.to_owned(), target);
    }

    /// Sets the addresses of `host`.
    pub fn put_host(&self, host: &str, addresses: impl IntoIterator<Item = IpAddr>) {
        lock(&self.hosts).insert(host.to_owned(), addresses.into_iter().collect());
    }
}

impl NameServers for FakeNameServers {
    async fn query(&self, _which: &RecordRef) -> Result<Vec<NameServerAnswer>, Error> {
        let servers = lock(&self.servers);
        if servers.is_empty() {
            let message = "no name server could be found".to_owned();
            return Err(Error::ServiceUnavailable { service: "dns", message });
        }
        let answer = |(server, target): (&String, &Result<DnsTarget, String>)| NameServerAnswer {
            server: server.clone(),
            target: target.clone(),
        };
        Ok(servers.iter().map(answer).collect())
    }

    async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, Error> {
        Ok(lock(&self.hosts).get(host).cloned().unwrap_or_default())
    }
}
