//! The ports of `mist-core`, over plain HTTP.

mod name_servers;
mod new_relic;
mod probe;
mod texts;

pub use name_servers::DnsNameServers;
pub use new_relic::NewRelicMarker;
pub use probe::HttpProbe;
pub use texts::HttpTexts;

// Two libraries want to choose the TLS implementation; the first call chooses, later ones may not.
fn choose_tls() {
    drop(rustls::crypto::ring::default_provider().install_default());
}
