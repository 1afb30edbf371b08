//! The ports of `mist-core`, over plain HTTP.

#[cfg(feature = "certificates")]
pub mod certificate;
mod github;
pub mod github_keys;
mod name_servers;
mod new_relic;
mod probe;
mod texts;

#[cfg(feature = "certificates")]
pub use certificate::Certificates;
pub use github::{Archive, GitHubApi};
pub use github_keys::GitHubKeys;
pub use name_servers::DnsNameServers;
pub use new_relic::NewRelicMarker;
pub use probe::HttpProbe;
pub use texts::HttpTexts;

// Two libraries want to choose the TLS implementation; the first call chooses, later ones may not.
fn choose_tls() {
    drop(rustls::crypto::ring::default_provider().install_default());
}
