//! The ports of `mist-core`, over plain HTTP.

mod github;
mod name_servers;
mod new_relic;
mod probe;

pub use github::{Archive, GitHubApi};
pub use name_servers::DnsNameServers;
pub use new_relic::NerdGraph;
pub use probe::HttpProbe;

// Two libraries want to choose the TLS implementation; the first call chooses, later ones may not.
fn choose_tls() {
    drop(rustls::crypto::ring::default_provider().install_default());
}
