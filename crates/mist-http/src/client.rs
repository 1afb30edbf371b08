//! The client that every adapter over HTTP starts from.

use reqwest::{Client, ClientBuilder, redirect::Policy};

/// A client that names mist as its user agent and follows no redirect: a redirect would take a token, a key or
/// a password to another host.
pub fn client() -> ClientBuilder {
    // The AWS SDK and reqwest each bring a TLS provider. The first call chooses ours; a later one has no effect.
    drop(rustls::crypto::ring::default_provider().install_default());
    Client::builder()
        .redirect(Policy::none())
        .user_agent(concat!("mist/", env!("CARGO_PKG_VERSION")))
}

/// The innermost source of `error`. reqwest's own messages name its step, which can hold the address and not the
/// problem.
pub fn root_cause(error: &reqwest::Error) -> String {
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
