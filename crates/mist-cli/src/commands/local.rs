//! `mist local`: a cloud on this machine, to play with.
use crate::{
    arguments::{Format, Local},
    failure::Failure,
};
pub(crate) async fn run(_command: Local, _format: Format) -> Result<(), Failure> {
    Ok(())
}
