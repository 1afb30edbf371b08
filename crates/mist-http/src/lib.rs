//! HTTP: warm-up requests, texts at an address, and the client that every other adapter over HTTP starts from.

mod client;
mod probe;
mod texts;

pub use client::{client, root_cause};
pub use probe::HttpProbe;
pub use texts::HttpTextReader;
