//! A DNS client of the local cloud, which caches answers for their TTL, as real clients do.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{
    ConnectionConfig, LookupIpStrategy, NameServerConfig, ResolveHosts, ResolverConfig,
    ResolverOpts,
};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::error::{Error, causes};

/// A caching resolver for IPv4 addresses; clones share the cache.
///
/// Give it to `reqwest::ClientBuilder::dns_resolver` to open `http://qa.mist.test:PORT/` by name.
#[derive(Clone)]
pub struct Resolver(Arc<TokioResolver>);

impl Resolver {
    /// A resolver with an empty cache that queries only `server`.
    pub fn new(server: SocketAddr) -> Result<Self, Error> {
        let connections =
            [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
                connection.port = server.port();
                connection
            });
        let server = NameServerConfig::new(server.ip(), true, connections.to_vec());
        let config = ResolverConfig::from_parts(None, Vec::new(), vec![server]);
        let resolver = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
            .with_options(options())
            .build()
            .map_err(|error| Error::Invalid {
                value: error.to_string(),
                expected: "a resolver's configuration",
            })?;
        Ok(Self(Arc::new(resolver)))
    }

    /// The addresses of `name`. The error says whether the name does not exist or the server did not answer.
    pub async fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, Error> {
        let answer = self.0.lookup_ip(name).await;
        let answer = answer.map_err(|error| Error::aws(format!("lookup of `{name}`"), &error))?;
        Ok(answer.iter().collect())
    }

    /// Clears the cache, as a client that restarts.
    pub fn forget(&self) {
        self.0.clear_cache();
    }
}

impl std::fmt::Debug for Resolver {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Resolver")
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let resolver = Self::clone(self);
        Box::pin(async move {
            let addresses =
                resolver.addresses(name.as_str()).await.map_err(|error| causes(&error))?;
            let addresses: Addrs =
                Box::new(addresses.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(addresses)
        })
    }
}

fn options() -> ResolverOpts {
    let mut options = ResolverOpts::default();
    options.timeout = Duration::from_secs(2);
    options.attempts = 2;
    options.use_hosts_file = ResolveHosts::Never;
    options.ip_strategy = LookupIpStrategy::Ipv4Only;
    options.num_concurrent_reqs = 1;
    options.try_tcp_on_error = true;
    options
}
