//! The query protocol: parameters in, XML out.

mod error;
mod params;
mod structure;
mod xml;

pub(crate) use error::ApiError;
pub(crate) use params::Params;
pub(crate) use structure::{Structure, Value};
pub(crate) use xml::{error_body, success_body};
