//! Markers in New Relic, over its GraphQL API (NerdGraph) or the older REST API.

mod http;
mod marker;
mod nerd_graph;
mod rest;
#[cfg(test)]
mod tests;

pub use marker::NewRelicMarker;
