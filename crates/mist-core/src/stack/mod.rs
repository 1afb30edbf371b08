//! A stack as its owner configures it in `mist.yaml`, checked and typed.

pub mod artifact;
pub mod bake;
pub mod config;
mod dns_names;
pub mod document;
mod helpers;
pub mod lock;
pub mod new_relic;
pub mod ranged;
pub mod settings;
pub mod side;
pub mod source;
pub mod warm_up;
