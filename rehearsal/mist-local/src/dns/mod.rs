//! A DNS server for the zones of the local Route 53 and for the names that Elastic Beanstalk gives out.

mod authority;
mod handler;
mod rdata;
mod resolver;
mod route53;
mod zones;

use std::net::SocketAddr;
use std::time::Duration;

use hickory_server::Server;

pub use resolver::Resolver;

use crate::error::{Context, Error};
use crate::ports;
use authority::{AddressOf, Authority};
use handler::Handler;
use route53::Route53;

/// The TTL that AWS gives to the addresses of its load balancers and environments, in seconds.
pub const PLATFORM_TTL: u32 = 60;

/// How long a TCP client may stay silent.
const TCP_LIMIT: Duration = Duration::from_secs(5);

/// The buffer of each TCP connection, in messages.
const TCP_BUFFER: usize = 32;

/// A running DNS server on 127.0.0.1, UDP and TCP; it ends with this value.
pub(crate) struct DnsServer {
    address: SocketAddr,
    _server: Server<Handler<Route53>>,
}

impl DnsServer {
    /// Starts serving on `port`, where 0 picks a free one; must be called within a tokio runtime.
    ///
    /// `platform_ttl` is in seconds.
    pub(crate) fn start(
        port: u16,
        route53: aws_sdk_route53::Client,
        address_of: AddressOf,
        platform_ttl: u32,
    ) -> Result<Self, Error> {
        let (udp, tcp) = ports::bind_both(port)?;
        let what = || "serve DNS".to_owned();
        udp.set_nonblocking(true).context(what)?;
        tcp.set_nonblocking(true).context(what)?;
        let address = udp.local_addr().context(what)?;
        let authority = Authority { zones: Route53::new(route53), address_of, platform_ttl };
        let mut server = Server::new(Handler::new(authority));
        server.register_socket(tokio::net::UdpSocket::from_std(udp).context(what)?);
        server.register_listener(
            tokio::net::TcpListener::from_std(tcp).context(what)?,
            TCP_LIMIT,
            TCP_BUFFER,
        );
        Ok(Self { address, _server: server })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

#[cfg(test)]
mod tests;
