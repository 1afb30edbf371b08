//! The simulator, driven by the real SDK.

mod control;
mod deployments;
mod events;
mod faults;
mod lifecycle;
mod settings;
mod sites;
mod stage;
mod versions;
mod wire;
