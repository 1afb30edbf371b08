//! A DNS server for the zones of the local Route 53, and for the CNAMEs of Elastic Beanstalk.

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

/// The TTL of the addresses of load balancers and environments on AWS, in seconds.
pub const PLATFORM_TTL: u32 = 60;

/// The time limit of an idle TCP connection.
const TCP_LIMIT: Duration = Duration::from_secs(5);

/// The buffer of each TCP connection, in messages.
const TCP_BUFFER: usize = 32;

/// A running DNS server on 127.0.0.1, for UDP and TCP; it ends with this value.
pub(crate) struct DnsServer {
    address: SocketAddr,
    _server: Server<Handler<Route53>>,
}

impl DnsServer {
    /// Starts the server on `port`, or on a free port if it is 0. Must be called within a tokio runtime.
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

    /// The address of the server.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

#[cfg(test)]
mod tests;
