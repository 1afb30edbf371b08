//! The state machine by itself.

use mist_core::error::Error;

use crate::{
    asl::lint,
    project::{self, Result, none},
};

#[test]
fn the_state_machine_has_no_mistake_that_can_be_found_without_running_it() -> Result {
    none(&lint(&project::machine()?, Error::NAMES));
    Ok(())
}
