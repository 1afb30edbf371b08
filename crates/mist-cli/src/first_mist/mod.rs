//! The migration from the first mist (2013): its configuration, and its SSH key at GitHub. No other module knows it.

mod command;
mod convert;
mod ssh_keys;

pub(crate) use self::{
    command::{Import, run as import},
    ssh_keys::SshKeys,
};
