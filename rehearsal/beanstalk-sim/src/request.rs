//! One API call and its reply.

use std::sync::Arc;

use crate::engine::Engine;
use crate::wire::{ApiError, Params, Service, Structure};

/// One API call with the parts that an operation needs.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) engine: Arc<Engine>,
    pub(crate) params: Params,
    pub(crate) service: Service,
    /// The request ID, which the answer and the events of the operation carry.
    pub(crate) id: String,
}

/// The result element of a success, or an error. Some operations have no result element.
pub(crate) type Reply = Result<Option<Structure>, ApiError>;
