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
    names: Mutex<BTreeMap<String, Result<DnsTarget, String>>>,
    hosts: Mutex<BTreeMap<String, Vec<IpAddr>>>,
}

impl FakeNameServers {
    /// Makes `server` answer `target`.
    pub fn put(&self, server: &str, target: Result<DnsTarget, String>) {
        lock(&self.servers).insert(server.to_owned(), target);
    }

    /// Makes all servers answer `target` about `record`, such as ``AAAA `qa.mist.test` ``.
    pub fn put_record(&self, record: &str, target: Result<DnsTarget, String>) {
        lock(&self.names).insert(record.to_owned(), target);
    }

    /// Sets the addresses of `host`.
    pub fn put_host(&self, host: &str, addresses: impl IntoIterator<Item = IpAddr>) {
        lock(&self.hosts).insert(host.to_owned(), addresses.into_iter().collect());
    }
}

impl NameServers for FakeNameServers {
    async fn query(&self, records: &[RecordRef]) -> Result<Vec<NameServerAnswer>, Error> {
        let servers = lock(&self.servers);
        if servers.is_empty() {
            let message = "no name server could be found".to_owned();
            return Err(Error::ServiceUnavailable { service: "dns", message });
        }
        let names = lock(&self.names);
        let mut answers = Vec::new();
        for (server, target) in servers.iter() {
            answers.extend(records.iter().map(|which| NameServerAnswer {
                server: server.clone(),
                which: which.clone(),
                target: names.get(&which.to_string()).unwrap_or(target).clone(),
            }));
        }
        Ok(answers)
    }

    async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, Error> {
        Ok(lock(&self.hosts).get(host).cloned().unwrap_or_default())
    }
}
