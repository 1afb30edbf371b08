//! One call of an API, and what it is answered.

use std::sync::Arc;

use crate::engine::Engine;
use crate::wire::{ApiError, Params, Service, Structure};

/// One call, ready to be carried out.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) engine: Arc<Engine>,
    pub(crate) params: Params,
    pub(crate) service: Service,
    /// What the answer and the events of the work carry.
    pub(crate) id: String,
}

/// The result element of a success, which some operations do not have.
pub(crate) type Reply = Result<Option<Structure>, ApiError>;
