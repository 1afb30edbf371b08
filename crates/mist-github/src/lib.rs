//! GitHub, over its REST API. An Enterprise Server has the same API at another URL.

mod api;
mod client;
mod deployments;
pub mod keys;
mod repositories;
#[cfg(test)]
mod tests;

pub use api::GitHubApi;
pub use keys::GitHubKeys;
pub use repositories::Archive;
