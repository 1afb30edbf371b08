//! The answers of the name servers.

use std::net::IpAddr;

use mist_core::{
    dns::answer::{DnsTarget, NameServerAnswer},
    error::Error,
    ports::NameServers,
};

use crate::request::Request;

/// Checks that the record points to the target on all name servers. Returns their number, and the addresses of the
/// target. The error is a fragment of a message.
pub(crate) async fn resolve(
    name_servers: &impl NameServers,
    request: &Request,
) -> Result<(usize, Vec<IpAddr>), String> {
    let message = |error: Error| error.to_string();
    let answers = name_servers.query(&request.record).await.map_err(message)?;
    let addresses = name_servers.addresses(&request.to).await.map_err(message)?;
    for NameServerAnswer { server, target } in &answers {
        points_to(target.as_ref(), &request.to, &addresses)
            .map_err(|problem| format!("name server {server} {problem}"))?;
    }
    Ok((answers.len(), addresses))
}

// An alias only shows addresses. Those of a load balancer differ from answer to answer, so one common address is enough.
fn points_to(
    target: Result<&DnsTarget, &String>,
    to: &str,
    addresses: &[IpAddr],
) -> Result<(), String> {
    match target {
        Err(problem) => Err(format!("gave no answer: {problem}")),
        Ok(DnsTarget::Name(name)) if name.eq_ignore_ascii_case(to.trim_end_matches('.')) => Ok(()),
        Ok(DnsTarget::Name(name)) => Err(format!("still points to `{name}`")),
        Ok(DnsTarget::Addresses(found)) if found.iter().any(|it| addresses.contains(it)) => Ok(()),
        Ok(DnsTarget::Addresses(found)) if found.is_empty() => Err("knows no such name".to_owned()),
        Ok(DnsTarget::Addresses(found)) => {
            Err(format!("points to {found:?}, not to {addresses:?}"))
        }
    }
}
