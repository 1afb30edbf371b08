//! The state machine by itself.

use mist_core::error::Error;

use crate::{
    asl::lint,
    project::{self, Result, none},
};

#[test]
fn the_state_machine_passes_its_lint() -> Result {
    none(&lint(&project::machine()?, Error::NAMES));
    Ok(())
}
