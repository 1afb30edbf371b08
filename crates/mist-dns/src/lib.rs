//! The name servers of a zone, over DNS.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use futures_util::future::join_all;
use hickory_resolver::{
    TokioResolver,
    config::{
        ConnectionConfig, LookupIpStrategy, NameServerConfig, ResolveHosts, ResolverConfig,
        ResolverOpts,
    },
    net::{NetError, runtime::TokioRuntimeProvider},
    proto::rr::{RData, RecordType as DnsType},
};
use mist_core::{
    dns::{
        answer::{DnsTarget, NameServerAnswer},
        record::{RecordKind, RecordRef},
    },
    error::Error,
    names::DomainName,
    ports::NameServers,
};

/// The variable with the only server to query, as `ADDRESS:PORT`. The local cloud sets it, since no public server
/// delegates to its own. An installation in AWS does not.
const SERVER: &str = "MIST_NAME_SERVER";

/// The time limit for an answer of one server.
const PATIENCE: Duration = Duration::from_secs(2);

/// The name servers of a zone, over DNS. No answer is cached.
#[derive(Debug, Default)]
pub struct DnsNameServers {
    only: Option<SocketAddr>,
}

impl DnsNameServers {
    /// Finds the servers through public DNS, or uses `MIST_NAME_SERVER` alone. A value other than `ADDRESS:PORT` is an
    /// error.
    pub fn from_env() -> Result<Self, String> {
        match std::env::var(SERVER) {
            Ok(server) => Ok(Self { only: Some(parse(&server)?) }),
            Err(_) => Ok(Self::default()),
        }
    }

    /// Queries `server` only.
    pub fn only(server: SocketAddr) -> Self {
        Self { only: Some(server) }
    }

    fn public(&self, families: LookupIpStrategy) -> Result<TokioResolver, Error> {
        let provider = TokioRuntimeProvider::default();
        let builder = match self.only {
            Some(server) => TokioResolver::builder_with_config(config(server), provider),
            None => TokioResolver::builder(provider).map_err(|error| unavailable(&error))?,
        };
        let mut options = options(true);
        options.ip_strategy = families;
        builder.with_options(options).build().map_err(|error| unavailable(&error))
    }

    /// The servers of the zone of `name`: the longest suffix of `name` that has NS records.
    async fn servers(&self, name: &DomainName) -> Result<Vec<(String, SocketAddr)>, Error> {
        if let Some(server) = self.only {
            return Ok(vec![(server.to_string(), server)]);
        }
        let public = self.public(LookupIpStrategy::Ipv4Only)?;
        let mut zone = name.as_str();
        let mut names = Vec::new();
        while names.is_empty() && zone.contains('.') {
            if let Ok(answer) = public.lookup(format!("{zone}."), DnsType::NS).await {
                let found = answer.answers().iter().filter_map(|record| match &record.data {
                    RData::NS(server) => Some(server.0.to_string()),
                    _ => None,
                });
                names.extend(found);
            }
            zone = zone.split_once('.').map_or("", |(_, parent)| parent);
        }
        let mut servers = Vec::new();
        for name in names {
            let addresses = public.lookup_ip(name.as_str()).await;
            let address = addresses.ok().and_then(|found| found.iter().next());
            servers.extend(address.map(|address| (name, SocketAddr::new(address, 53))));
        }
        Ok(servers)
    }
}

impl NameServers for DnsNameServers {
    async fn query(&self, records: &[RecordRef]) -> Result<Vec<NameServerAnswer>, Error> {
        // All records are of one zone, so the first one is enough to find its servers.
        let Some(first) = records.first() else { return Ok(Vec::new()) };
        let servers = self.servers(&first.name).await?;
        if servers.is_empty() {
            let message = format!("`{}` has no name server that can be resolved", first.name);
            return Err(Error::ServiceUnavailable { service: "dns", message });
        }
        Ok(answers(&servers, records).await)
    }

    async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, Error> {
        match self
            .public(LookupIpStrategy::Ipv4AndIpv6)?
            .lookup_ip(format!("{}.", host.trim_end_matches('.')))
            .await
        {
            Ok(found) => Ok(found.iter().collect()),
            Err(error) if error.is_no_records_found() || error.is_nx_domain() => Ok(Vec::new()),
            Err(error) => Err(unavailable(&error)),
        }
    }
}

/// Queries all `servers` about all `records` at the same time, so that one without an answer does not delay the others.
async fn answers(servers: &[(String, SocketAddr)], records: &[RecordRef]) -> Vec<NameServerAnswer> {
    let queries =
        servers.iter().flat_map(|server| records.iter().map(move |which| (server, which)));
    let answers = queries.map(async |((server, address), which)| NameServerAnswer {
        server: server.clone(),
        which: which.clone(),
        target: target(*address, which).await,
    });
    join_all(answers).await
}

async fn target(server: SocketAddr, which: &RecordRef) -> Result<DnsTarget, String> {
    let resolver =
        TokioResolver::builder_with_config(config(server), TokioRuntimeProvider::default())
            .with_options(options(false))
            .build()
            .map_err(|error| error.to_string())?;
    let kind = match which.kind {
        RecordKind::Cname => DnsType::CNAME,
        RecordKind::A => DnsType::A,
        RecordKind::Aaaa => DnsType::AAAA,
    };
    let answer = match resolver.lookup(format!("{}.", which.name), kind).await {
        Ok(answer) => answer,
        Err(error) if error.is_no_records_found() || error.is_nx_domain() => {
            return Ok(DnsTarget::Addresses(Vec::new()));
        }
        Err(error) => return Err(error.to_string()),
    };
    let mut addresses = Vec::new();
    for record in answer.answers() {
        match &record.data {
            RData::CNAME(target) if which.kind == RecordKind::Cname => {
                let target = target.0.to_string();
                return Ok(DnsTarget::Name(target.trim_end_matches('.').to_owned()));
            }
            RData::A(address) => addresses.push(IpAddr::from(address.0)),
            RData::AAAA(address) => addresses.push(IpAddr::from(address.0)),
            _ => {}
        }
    }
    Ok(DnsTarget::Addresses(addresses))
}

fn parse(server: &str) -> Result<SocketAddr, String> {
    server.parse().map_err(|_| format!("{SERVER}: `{server}` is not ADDRESS:PORT"))
}

fn config(server: SocketAddr) -> ResolverConfig {
    let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
        connection.port = server.port();
        connection
    });
    let server = NameServerConfig::new(server.ip(), true, connections.to_vec());
    ResolverConfig::from_parts(None, Vec::new(), vec![server])
}

// No recursion at an authoritative server, and no cache: only what the server answers now counts.
fn options(recursion: bool) -> ResolverOpts {
    let mut options = ResolverOpts::default();
    options.timeout = PATIENCE;
    options.attempts = 2;
    options.cache_size = 0;
    options.recursion_desired = recursion;
    options.use_hosts_file = ResolveHosts::Never;
    options.ip_strategy = LookupIpStrategy::Ipv4Only;
    options.try_tcp_on_error = true;
    options
}

fn unavailable(error: &NetError) -> Error {
    Error::ServiceUnavailable { service: "dns", message: error.to_string() }
}

#[cfg(test)]
mod tests {
    use tokio::net::UdpSocket;

    use super::*;

    #[test]
    fn a_server_is_an_address_with_a_port() {
        assert_eq!(parse("127.0.0.1:5353").unwrap().port(), 5353);
        let problem = parse("localhost").unwrap_err();
        assert_eq!(problem, "MIST_NAME_SERVER: `localhost` is not ADDRESS:PORT");
    }

    fn which() -> RecordRef {
        RecordRef {
            zone: "Z1".to_owned(),
            name: "qa.mist.test".parse().unwrap(),
            kind: RecordKind::Cname,
        }
    }

    /// Servers that know no name, and answer only after each of them was queried.
    async fn answer_together(sockets: Vec<UdpSocket>) {
        let mut queries = Vec::new();
        for socket in &sockets {
            let mut query = [0; 512];
            let (length, client) = socket.recv_from(&mut query).await.unwrap();
            queries.push((socket, query, length, client));
        }
        for (socket, mut query, length, client) in queries {
            // The query becomes an authoritative answer with the code NXDOMAIN.
            query[2] |= 0x84;
            query[3] |= 0x03;
            socket.send_to(&query[..length], client).await.unwrap();
        }
    }

    #[tokio::test]
    async fn all_servers_are_queried_at_the_same_time() {
        let mut sockets = Vec::new();
        for _ in 0..3 {
            sockets.push(UdpSocket::bind("127.0.0.1:0").await.unwrap());
        }
        let servers: Vec<_> = sockets
            .iter()
            .map(|socket| socket.local_addr().unwrap())
            .map(|address| (address.to_string(), address))
            .collect();
        let which = which();
        let records = [which.clone()];
        let (answers, ()) = tokio::join!(answers(&servers, &records), answer_together(sockets));
        let expected = servers.into_iter().map(|(server, _)| NameServerAnswer {
            server,
            which: which.clone(),
            target: Ok(DnsTarget::Addresses(Vec::new())),
        });
        assert_eq!(answers, expected.collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn a_server_that_does_not_answer_has_an_entry() {
        // The port was just released, so it is closed.
        let free = std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let answers = DnsNameServers::only(free).query(&[which()]).await.unwrap();
        assert_eq!(answers.len(), 1);
        assert!(answers[0].target.is_err(), "{answers:?}");
    }
}
