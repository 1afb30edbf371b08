//! The answers of the name servers.

use std::{collections::BTreeSet, net::IpAddr};

use mist_core::{
    dns::{
        answer::{DnsTarget, NameServerAnswer},
        record::RecordKind,
    },
    error::Error,
    ports::NameServers,
};

use crate::request::Request;

/// Checks that all records point to the target on all name servers. Returns the number of servers, and the IPv4 addresses
/// of the target. The error is a fragment of a message.
pub(crate) async fn resolve(
    name_servers: &impl NameServers,
    Request { to, record: names, records, .. }: &Request,
) -> Result<(usize, Vec<IpAddr>), String> {
    let message = |error: Error| error.to_string();
    let answers = name_servers.query(records).await.map_err(message)?;
    let addresses = name_servers.addresses(to).await.map_err(message)?;
    let (v4, v6): (Vec<_>, Vec<_>) = addresses.into_iter().partition(IpAddr::is_ipv4);
    for NameServerAnswer { server, which, target } in &answers {
        let addresses = if which.kind == RecordKind::Aaaa { &v6 } else { &v4 };
        points_to(target.as_ref(), to, (which.kind, addresses)).map_err(|problem| {
            let domain = names.is_domain(which);
            let about = if domain { String::new() } else { format!(", asked for {which},") };
            format!("name server {server}{about} {problem}")
        })?;
    }
    let servers: BTreeSet<_> = answers.iter().map(|answer| &answer.server).collect();
    Ok((servers.len(), v4))
}

// An alias only shows addresses. Those of a load balancer differ from answer to answer, so one common address is enough.
fn points_to(
    target: Result<&DnsTarget, &String>,
    to: &str,
    (kind, addresses): (RecordKind, &[IpAddr]),
) -> Result<(), String> {
    match target {
        Err(problem) => Err(format!("gave no answer: {problem}")),
        Ok(DnsTarget::Name(name)) if name.eq_ignore_ascii_case(to.trim_end_matches('.')) => Ok(()),
        Ok(DnsTarget::Name(name)) => Err(format!("still points to `{name}`")),
        Ok(DnsTarget::Addresses(found)) if found.iter().any(|it| addresses.contains(it)) => Ok(()),
        // Most environments have no IPv6 address, and then their alias has none either.
        Ok(DnsTarget::Addresses(found))
            if kind == RecordKind::Aaaa && found.is_empty() && addresses.is_empty() =>
        {
            Ok(())
        }
        Ok(DnsTarget::Addresses(found)) if found.is_empty() => Err("knows no such name".to_owned()),
        Ok(DnsTarget::Addresses(found)) => {
            Err(format!("points to {found:?}, not to {addresses:?}"))
        }
    }
}
